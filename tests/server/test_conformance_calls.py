"""Files, chat, embeddings, keys and errors through the official Python SDK, call by call."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import httpx2
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from chatmill.server.not_supported import missing_calls, missing_options
from chatmill.store import server_keys
from chatmill.store.database import Database
from server_under_test import ServerUnderTest
from tiny_model import as_jsonl, chat_lines

QUESTION: list[Any] = [{"role": "user", "content": "소켓이 몇 개인가요?"}]
EMBEDDER = "universal-sentence-encoder-multilingual-v3"
SDK_CALL = re.compile(
    r'self\._(get|post|delete|put|patch|get_api_list)\(\s*(?:path_template\(\s*)?f?"(/[^"?]+)"'
)


@pytest.fixture(scope="module")
def client(server: ServerUnderTest) -> OpenAI:
    """The official client, as it comes."""
    return server.client()


@pytest.fixture(scope="module")
def training_file(server: ServerUnderTest) -> str:
    """Twelve examples."""
    return server.upload(as_jsonl(chat_lines(12)))


# Files -----------------------------------------------------------------------------------------


def test_a_file_has_every_field(client: OpenAI) -> None:
    """What is uploaded comes back with OpenAI's fields, as it went, from every way of asking."""
    content = as_jsonl(chat_lines(2))
    made = client.files.create(
        file=("가.jsonl", content),
        purpose="fine-tune",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert made.to_dict() == {
        "id": made.id,
        "object": "file",
        "bytes": len(content),
        "created_at": made.created_at,
        "filename": "가.jsonl",
        "purpose": "fine-tune",
        "status": "processed",
        "status_details": None,
        "expires_at": made.created_at + 3600,
    }
    assert client.files.retrieve(made.id) == made
    assert client.files.wait_for_processing(made.id) == made
    assert client.files.content(made.id).read() == content
    with client.files.with_streaming_response.content(made.id) as streamed:
        assert b"".join(streamed.iter_bytes()) == content
    deleted = client.files.delete(made.id).to_dict()
    assert deleted == {"id": made.id, "object": "file", "deleted": True}
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match="No such File object"):
            call(made.id)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"purpose": "nothing"}, "purpose"),
        ({"file": ("a.jsonl", b"")}, "file"),
        ({"file": ("a.csv", b"a,b")}, "file"),
        ({"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after.seconds"),
        ({"expires_after": {"anchor": "used_at", "seconds": 3600}}, "expires_after.anchor"),
    ],
)
def test_files_that_cannot_be_kept(client: OpenAI, options: Any, param: str) -> None:
    """Purpose, size, name and lifetime are checked before anything is stored."""
    before = [each.id for each in client.files.list()]
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(**{"file": ("a.jsonl", b"{}"), "purpose": "fine-tune", **options})
    assert caught.value.param == param
    assert [each.id for each in client.files.list()] == before


def test_pages_of_files_carry_their_ends(client: OpenAI, training_file: str) -> None:
    """`first_id`, `last_id` and `has_more` are what other clients page by."""
    assert training_file
    page: Any = client.files.list(limit=1)
    assert page.object == "list"
    assert page.first_id == page.last_id == page.data[0].id
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.list(limit=0)
    assert caught.value.param == "limit"


# Chat and embeddings ---------------------------------------------------------------------------


def test_an_answer_has_every_field(client: OpenAI, server: ServerUnderTest) -> None:
    """The whole answer object, as the SDK's own types describe it."""
    answer = client.chat.completions.create(
        model=server.base,
        messages=[{"role": "developer", "content": [{"type": "text", "text": "짧게"}]}, *QUESTION],
        max_completion_tokens=4,
        temperature=0,
        user="누구",
        metadata={"a": "b"},
        service_tier="auto",
        store=False,
    )
    told = answer.to_dict()
    assert answer.id.startswith("chatcmpl-")
    assert (answer.object, answer.model) == ("chat.completion", server.base)
    (choice,) = answer.choices
    assert (choice.index, choice.message.role, choice.message.refusal) == (0, "assistant", None)
    assert choice.finish_reason in ("stop", "length")
    assert told["choices"][0]["logprobs"] is None  # type: ignore[index] # JSON
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details is not None


def test_chunks_have_every_field(client: OpenAI, server: ServerUnderTest) -> None:
    """A stream is one id, a role first, a reason last, and usage where it was asked for."""
    chunks = list(
        client.chat.completions.create(
            model=server.base,
            messages=QUESTION,
            max_tokens=4,
            stop=["\n"],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert len({each.id for each in chunks}) == 1
    assert {each.object for each in chunks} == {"chat.completion.chunk"}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason in ("stop", "length")
    assert [each.usage for each in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


class Register(BaseModel):
    """What an answer is to hold."""

    name: Literal["W5500", "소켓"]
    is_known: bool


def test_parsing_by_the_sdks_own_helpers(client: OpenAI, server: ServerUnderTest) -> None:
    """`parse` and `stream` send a schema, put the answer together and find a valid object."""
    options: Any = {"model": server.base, "messages": QUESTION, "response_format": Register}
    parsed = client.chat.completions.parse(**options, max_tokens=100, temperature=0)
    with client.chat.completions.stream(**options, max_tokens=100, temperature=0) as stream:
        streamed = stream.get_final_completion()
    assert isinstance(parsed.choices[0].message.parsed, Register)
    assert streamed.choices[0].message.parsed == parsed.choices[0].message.parsed


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "judge", "content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0]"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_p": 0}, "top_p"),
        ({"stop": list("abcde")}, "stop"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_bad_chats_name_what_is_bad(
    client: OpenAI, server: ServerUnderTest, options: Any, param: str
) -> None:
    """An option outside its limits, or unknown, is a 400 with its name; nothing is ignored."""
    body = {"model": server.base, "messages": QUESTION, **options}
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", cast_to=object, body=body)
    assert caught.value.param == param


def test_embeddings_have_every_field(client: OpenAI) -> None:
    """One object a text, in order, with usage."""
    answer = client.embeddings.create(model=EMBEDDER, input=["가", "나"], user="누구")
    assert (answer.object, answer.model) == ("list", EMBEDDER)
    assert [(each.object, each.index) for each in answer.data] == [
        ("embedding", 0),
        ("embedding", 1),
    ]
    assert answer.usage.total_tokens == answer.usage.prompt_tokens > 0


# What is not there -----------------------------------------------------------------------------


def sdk_calls() -> set[tuple[str, str]]:
    """Return method and address of everything the installed SDK can call."""
    found = set()
    for source in (Path(openai.__file__).parent / "resources").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        for match in SDK_CALL.finditer(text):
            verb = match[1].upper()
            if verb == "GET_API_LIST":
                after = text[match.end() : match.end() + 600].split("get_api_list", 1)[0]
                verb = "POST" if 'method="post"' in after else "GET"
            found.add((verb, "/v1" + match[2]))
    return found


def test_every_call_of_the_sdk_is_served_or_recorded(client: OpenAI) -> None:
    """A call that is neither served nor in the record would answer something nobody decided."""
    served = served_calls(client)
    recorded = [each.prefix for each in missing_calls()]
    calls = sdk_calls()
    assert len(calls) > 300
    unknown = [
        (verb, path)
        for verb, path in sorted(calls)
        if (verb, shape(path)) not in served
        and not any(path == each or path.startswith(f"{each}/") for each in recorded)
    ]
    assert unknown == []
    for verb, path in (("POST", "/v1/files"), ("POST", "/v1/fine_tuning/jobs/{}/pause")):
        assert (verb, path) in served


def served_calls(client: OpenAI) -> set[tuple[str, str]]:
    """Return what the OpenAPI document says is served."""
    address = str(client.base_url).removesuffix("/v1/")
    headers = {"authorization": f"Bearer {client.api_key}"}
    document = httpx2.get(f"{address}/openapi.json", headers=headers).json()
    return {
        (verb.upper(), shape(path)) for path, verbs in document["paths"].items() for verb in verbs
    }


def shape(path: str) -> str:
    """Return an address without the names of its parts."""
    return re.sub(r"{[^}]*}", "{}", path)


@pytest.mark.parametrize("prefix", [each.prefix for each in missing_calls()])
def test_recorded_calls_are_refused(client: OpenAI, prefix: str) -> None:
    """Each call of the SDK under a recorded address is a 501 in OpenAI's error shape."""
    calls = [
        (verb, path)
        for verb, path in sorted(sdk_calls() | {("GET", f"{prefix}/x")})
        if (path == prefix or path.startswith(f"{prefix}/")) and path != "/v1/chat/completions"
    ]
    for verb, path in calls[:4]:
        with pytest.raises(openai.APIStatusError) as caught:
            call_anything(client, verb, path)
        assert (caught.value.status_code, caught.value.code) == (501, "not_supported")
        assert caught.value.type == "server_error"
        assert caught.value.request_id is not None


def call_anything(client: OpenAI, verb: str, path: str) -> None:
    """Call an address of which nothing is known but its name."""
    address = re.sub(r"{[^}]*}", "x", path).removeprefix("/v1")
    call: Any = {"GET": client.get, "POST": client.post, "DELETE": client.delete}.get(verb)
    (call or client.put)(address, cast_to=object)


@pytest.mark.parametrize("at", range(len(missing_options())))
def test_recorded_options_are_refused(
    client: OpenAI, server: ServerUnderTest, training_file: str, at: int
) -> None:
    """Each recorded option is refused with its recorded status, by its name."""
    missing = missing_options()[at]
    _verb, path = missing.call.split()
    bodies: dict[str, dict[str, Any]] = {
        "/v1/chat/completions": {"model": server.base, "messages": QUESTION},
        "/v1/fine_tuning/jobs": {"model": server.base, "training_file": training_file},
        "/v1/embeddings": {"model": EMBEDDER},
    }
    body = {**bodies.get(path, {}), missing.option: missing.value}
    file = {"file": ("a.jsonl", b"{}")} if path == "/v1/files" else None
    head = {"content-type": "multipart/form-data"} if file else {}
    with pytest.raises(openai.APIStatusError) as caught:
        client.post(
            path.removeprefix("/v1"),
            cast_to=object,
            body=body,
            files=file,
            options={"headers": head},
        )
    assert caught.value.status_code == missing.status
    assert caught.value.param in (missing.option, "lora")


def test_docs_name_everything_that_is_not_served() -> None:
    """The page a person reads and the record the server answers from are one list."""
    page = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")
    missing = [each.prefix for each in missing_calls() if f"`{each.prefix}`" not in page]
    missing += [each.option for each in missing_options() if f"`{each.option}`" not in page]
    assert missing == []


# Keys, limits, heads and errors ----------------------------------------------------------------


def test_every_answer_says_who_and_how_long(client: OpenAI) -> None:
    """Support asks for the request id, dashboards for the time: both stand in every head."""
    answer = client.models.with_raw_response.list()
    assert answer.headers["x-request-id"].startswith("req_")
    assert int(answer.headers["openai-processing-ms"]) >= 1
    again = client.models.with_raw_response.list().headers["x-request-id"]
    assert again != answer.headers["x-request-id"]
    assert "x-ratelimit-limit-requests" not in answer.headers


@pytest.fixture
def keys(server: ServerUnderTest) -> Any:
    """The store of named keys."""
    database = Database.open(f"sqlite:///{server.home / 'server.db'}", schema="server")
    yield database
    database.close()


def test_a_named_key_has_its_own_limit(server: ServerUnderTest, keys: Database) -> None:
    """A key with a limit gets 429 and when to come back; other keys notice nothing."""
    key = server_keys.add_key(keys, "연구실", requests_per_minute=3)
    guest = OpenAI(base_url=server.running.base_url, api_key=key, max_retries=0)
    heads = [guest.models.with_raw_response.list().headers for _ in range(3)]
    assert [each["x-ratelimit-remaining-requests"] for each in heads] == ["2", "1", "0"]
    assert heads[0]["x-ratelimit-limit-requests"] == "3"
    with pytest.raises(openai.RateLimitError) as caught:
        guest.models.list()
    assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "requests")
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 20
    assert server.client().models.list()
    assert server_keys.remove_key(keys, "연구실")
    with pytest.raises(openai.AuthenticationError):
        guest.models.list()


def test_tokens_are_counted_against_a_key(server: ServerUnderTest, keys: Database) -> None:
    """Whoever used up a minute's tokens waits; the key itself is stored nowhere."""
    key = server_keys.add_key(keys, "tokens", tokens_per_minute=10)
    guest = OpenAI(base_url=server.running.base_url, api_key=key, max_retries=0)
    list(
        guest.chat.completions.create(
            model=server.base, messages=QUESTION, max_tokens=8, stream=True
        )
    )
    with pytest.raises(openai.RateLimitError) as caught:
        guest.embeddings.create(model=EMBEDDER, input="가")
    assert caught.value.type == "tokens"
    assert not any(key.encode() in path.read_bytes() for path in server.home.glob("server.db*"))


def test_metrics_count_what_was_done(client: OpenAI, server: ServerUnderTest) -> None:
    """Prometheus reads requests, tokens and jobs, with the key only."""
    client.embeddings.create(model=EMBEDDER, input="가나다")
    address = server.running.base_url.removesuffix("/v1") + "/metrics"
    assert httpx2.get(address).status_code == 401
    answer = httpx2.get(address, headers={"authorization": f"Bearer {server.running.api_key}"})
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    counted = 'chatmill_requests_total{method="POST",route="/v1/embeddings",status="200"}'
    assert any(line.startswith(counted) for line in lines)
    assert any(line.startswith("chatmill_tokens_total{") for line in lines)
    assert 'chatmill_jobs{status="failed"} 0' in lines
    assert all(re.fullmatch(r"#.*|[a-z_]+({.*})? [-+.e0-9]+", line) for line in lines)


def test_errors_keep_openais_shape(client: OpenAI) -> None:
    """Four fields, whatever is wrong: no key, a body that is no JSON, an address of nobody."""
    address = str(client.base_url)
    headers = {"authorization": f"Bearer {client.api_key}", "content-type": "application/json"}
    for answer, status in (
        (httpx2.get(f"{address}models"), 401),
        (httpx2.get(f"{address}models", headers={"authorization": "Basic eA=="}), 401),
        (httpx2.post(f"{address}embeddings", headers=headers, content=b"{"), 400),
        (httpx2.get(f"{address}nothing", headers=headers), 404),
        (httpx2.put(f"{address}files", headers=headers), 404),
    ):
        assert answer.status_code == status
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
        assert "x-request-id" in answer.headers


def test_the_openapi_document_is_one(client: OpenAI) -> None:
    """Generators find every served call, with the key it needs and OpenAI's error."""
    address = str(client.base_url).removesuffix("/v1/")
    headers = {"authorization": f"Bearer {client.api_key}"}
    document = httpx2.get(f"{address}/openapi.json", headers=headers).json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "422" not in json.dumps(document)
    upload = document["paths"]["/v1/files"]["post"]
    assert upload["responses"]["default"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/ErrorAnswer"
    }
    assert document["paths"]["/health"]["get"]["security"] == []
