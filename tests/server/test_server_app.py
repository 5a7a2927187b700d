"""The protocol over real HTTP with the official client: files, models, embeddings, errors."""

import base64
import json
import urllib.request
from typing import Any

import numpy as np
import openai
import pytest
from openai import OpenAI

from server_under_test import ServerUnderTest
from tiny_model import as_jsonl, chat_lines

EMBEDDER = "universal-sentence-encoder-multilingual-v3"


@pytest.fixture
def client(server: ServerUnderTest) -> OpenAI:
    """The official client."""
    return server.client()


def test_health_needs_no_key(server: ServerUnderTest) -> None:
    """Whoever joins a server first asks whether it is up and which version it is."""
    address = server.running.base_url.removesuffix("/v1") + "/health"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own address
        assert json.load(answer)["status"] == "ok"


def test_a_wrong_key_is_refused(server: ServerUnderTest) -> None:
    """Another user of the machine reaches the port, but not what is behind it."""
    stranger = OpenAI(base_url=server.running.base_url, api_key="guess", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="API key"):
        stranger.models.list()


def test_the_key_is_kept_from_other_users(server: ServerUnderTest) -> None:
    """The file with the key can be read by its owner only."""
    assert (server.home / "server.json").stat().st_mode & 0o777 == 0o600


def test_files_come_back_as_they_went(client: OpenAI) -> None:
    """Upload, list, content and delete give the same bytes and then nothing."""
    content = as_jsonl(chat_lines(3)) + "\n한글".encode()
    file = client.files.create(file=("학습.jsonl", content), purpose="fine-tune")
    assert (file.filename, file.bytes, file.status) == ("학습.jsonl", len(content), "processed")
    assert client.files.content(file.id).read() == content
    assert file.id in [each.id for each in client.files.list(purpose="fine-tune")]
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)


def test_a_foreign_purpose_is_refused(client: OpenAI) -> None:
    """A purpose this server cannot serve is refused by name."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(file=("a.jsonl", b"{}"), purpose="vision")
    assert caught.value.param == "purpose"


def test_embeddings_are_unit_vectors_in_both_formats(client: OpenAI) -> None:
    """Floats and base64 carry the same unit vectors; Korean is near its English."""
    texts = ["How many sockets does the W5500 have?", "W5500에는 소켓이 몇 개 있나요?", "고양이"]
    floats = client.embeddings.create(model=EMBEDDER, input=texts, encoding_format="float")
    vectors = np.array([each.embedding for each in floats.data], dtype=np.float32)
    assert vectors.shape == (3, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
    raw = client.embeddings.with_raw_response.create(
        model=EMBEDDER, input=texts[:1], encoding_format="base64"
    )
    packed = json.loads(raw.text)["data"][0]["embedding"]
    decoded = np.frombuffer(base64.b64decode(packed), dtype="<f4")
    np.testing.assert_allclose(decoded, vectors[0], rtol=1e-4, atol=1e-5)


def test_embeddings_can_be_shorter(client: OpenAI) -> None:
    """Fewer dimensions are the first ones, of unit length again, as OpenAI shortens them."""
    texts = ["소켓이 몇 개인가요?", "How many sockets?"]
    whole = np.array([each.embedding for each in embedded(client, texts)])
    short = np.array([each.embedding for each in embedded(client, texts, dimensions=64)])
    assert short.shape == (2, 64)
    expected = whole[:, :64] / np.linalg.norm(whole[:, :64], axis=1, keepdims=True)
    np.testing.assert_allclose(short, expected, rtol=1e-3, atol=1e-5)


def embedded(client: OpenAI, texts: list[str], **options: Any) -> Any:
    """Embed texts."""
    return client.embeddings.create(model=EMBEDDER, input=texts, **options).data


def test_files_are_listed_from_either_end(client: OpenAI) -> None:
    """Newest first, or in the order they came; pages go on where the last one ended."""
    made = [
        client.files.create(file=(f"{at}.jsonl", b"{}"), purpose="user_data").id for at in range(3)
    ]
    newest = [each.id for each in client.files.list(purpose="user_data", limit=2)]
    assert newest == made[::-1]
    oldest = [each.id for each in client.files.list(purpose="user_data", limit=2, order="asc")]
    assert oldest == made


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"dimensions": 513}, "dimensions"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": [1, 2, 3]}, "input"),
    ],
)
def test_embeddings_refuse_what_they_cannot_do(
    client: OpenAI, options: dict[str, object], param: str
) -> None:
    """Nothing is made up: an option that has no effect is an error that names it."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(**{"model": EMBEDDER, "input": "x", **options})  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.param == param


def test_unknown_models_are_not_found(client: OpenAI) -> None:
    """A name nobody serves is a 404 for chat, embeddings and jobs."""
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "a"}])
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="gpt-9", input="a")
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_base_models_are_listed(client: OpenAI) -> None:
    """The embedded base model can be named before it was ever fetched."""
    names = [model.id for model in client.models.list()]
    assert names[:2] == ["smollm2-135m-instruct", EMBEDDER]
    assert client.models.retrieve("smollm2-135m-instruct").owned_by == "chatmill"


def test_unknown_addresses_and_bad_bodies_keep_the_shape(client: OpenAI) -> None:
    """Every error is OpenAI's error object, whatever went wrong."""
    with pytest.raises(openai.NotFoundError, match="Unknown request URL"):
        client.get("/nothing", cast_to=object)
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/fine_tuning/jobs", cast_to=object, body={"model": "x"})
    assert caught.value.param == "training_file"


@pytest.mark.parametrize(
    "options",
    [
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"modalities": ["audio"]},
        {"top_logprobs": 21},
        {"n": 99},
        {"temperature": 3},
    ],
)
def test_chat_refuses_what_it_cannot_do(
    server: ServerUnderTest, options: dict[str, object]
) -> None:
    """An option this server lacks is refused by name instead of being ignored."""
    with server.client() as client, pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model=server.base, messages=[{"role": "user", "content": "a"}], extra_body=options
        )
    assert caught.value.param == next(iter(options))


def test_a_chat_longer_than_the_context_is_refused(server: ServerUnderTest) -> None:
    """Nothing is cut in silence."""
    with server.client() as client, pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model=server.base, messages=[{"role": "user", "content": "긴 글 " * 300}]
        )
    assert caught.value.code == "context_length_exceeded"


def test_chat_answers_whole_and_streamed_alike(server: ServerUnderTest) -> None:
    """Greedy answers are the same text, streamed or not, and usage counts their tokens."""
    asked: dict[str, Any] = {
        "model": server.base,
        "messages": [{"role": "user", "content": "소켓이 몇 개인가요?"}],
        "temperature": 0,
        "max_tokens": 12,
    }
    client: Any = server.client()
    with client:
        whole = client.chat.completions.create(**asked)
        streamed = list(
            client.chat.completions.create(
                **asked, stream=True, stream_options={"include_usage": True}
            )
        )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices)
    assert text == whole.choices[0].message.content
    assert streamed[-1].usage == whole.usage
    assert whole.usage.completion_tokens <= 12


def test_seeds_repeat_and_choices_differ(server: ServerUnderTest) -> None:
    """The same seed draws the same answers; several choices are several answers."""

    def ask() -> list[str | None]:
        with server.client() as client:
            answer = client.chat.completions.create(
                model=server.base,
                messages=[{"role": "user", "content": "a"}],
                seed=5,
                n=3,
                max_tokens=16,
            )
        return [choice.message.content for choice in answer.choices]

    first = ask()
    assert first == ask()
    assert len(set(first)) == 3
