"""chatmill's own OpenAI-compatible server: files, tuning jobs, chat, embeddings, for open models.

- `app.py` builds the HTTP app, one `routes_*.py` a part of the protocol, `wire.py` its error shape.
- `front.py` is the door: keys, limits, heads of answers; `not_supported.json` says what is not
  served.
- `jobs.py` moves jobs through their states and starts one `trainer.py` process at a time.
- `generate.py` answers chats in batches, `embed.py` turns text into vectors.
- `tuning.py` and `fast_layers.py` are the training itself, `language_model.py` its counterpart.
- `home.py` says where everything lies, `launch.py` joins or starts a server,
  `base_models.py` fetches models.
"""
