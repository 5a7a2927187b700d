"""The client of OpenAI's protocol: chat, embeddings, files and fine-tuning jobs, on any server.

`client.ModelClient` is the face; what it sends is in `requests`, where it sends it in
`providers`, how often in `retry`, and `bodies` checks what comes back.
"""
