"""Old code names a hosted model; the machine trains and answers with what stands behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from chatmill.server.app import create_app
from chatmill.server.home import find_home
from chatmill.store.server_jobs import find_job
from tiny_model import as_jsonl, chat_lines

HOSTED = "gpt-4o-mini-2024-07-18"
EMBEDDER = "universal-sentence-encoder-multilingual-v3"


@pytest.fixture
def client(tmp_path: Path, tiny_base: Path) -> Iterator[TestClient]:
    """A server with two aliases; its supervisor does not run, so no job moves."""
    aliases = {HOSTED: str(tiny_base), "text-embedding-3-small": EMBEDDER}
    app = create_app(find_home(tmp_path / "home"), api_key="k", aliases=aliases)
    yield TestClient(app, headers={"Authorization": "Bearer k"})
    app.state.server.database.close()


def test_a_job_says_what_it_really_trains(client: TestClient, tiny_base: Path) -> None:
    """The job keeps the name it was asked for, and shows the model behind it."""
    content = as_jsonl(chat_lines(12))
    upload = client.post(
        "/v1/files", files={"file": ("train.jsonl", content)}, data={"purpose": "fine-tune"}
    )
    made = client.post(
        "/v1/fine_tuning/jobs", json={"model": HOSTED, "training_file": upload.json()["id"]}
    ).json()
    assert made["model"] == HOSTED
    assert made["chatmill"]["base_model"] == str(tiny_base)
    stored = find_job(client.app.state.server.database, made["id"])  # type: ignore[attr-defined] # a FastAPI app
    assert stored is not None
    assert (stored.model, stored.base_model) == (HOSTED, str(tiny_base))


def test_an_alias_is_listed_and_embeds(client: TestClient) -> None:
    """Aliases stand among the models, and embeddings are asked for by them too."""
    listed = [each["id"] for each in client.get("/v1/models").json()["data"]]
    assert {HOSTED, "text-embedding-3-small"} <= set(listed)
    assert client.get(f"/v1/models/{HOSTED}").json()["id"] == HOSTED
    answer = client.post(
        "/v1/embeddings", json={"model": "text-embedding-3-small", "input": "안녕하세요"}
    ).json()
    assert answer["model"] == "text-embedding-3-small"
    assert len(answer["data"][0]["embedding"]) == 512


def test_a_name_without_alias_is_unknown(client: TestClient) -> None:
    """Nothing is made up for a hosted model that no alias names."""
    answer = client.post(
        "/v1/chat/completions",
        json={"model": "gpt-4o", "messages": [{"role": "user", "content": "a"}]},
    )
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
