"""The client of OpenAI's protocol, over real HTTP against a scripted server."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatmill.errors import (
    ModelCallError,
    ServerDownError,
    SettingsError,
    StorageError,
    UntrustedProviderError,
)
from chatmill.models.client import ModelClient
from chatmill.models.connection import RefusedCallError
from chatmill.models.requests import ChatMessage, ChatReply, ChatRequest
from chatmill.models.tuning import JobRequest
from chatmill.records import Hyperparameters
from chatmill.settings import ProviderSettings, Settings
from chatmill.store.database import Database, sqlite_url
from chatmill.text.masking import Masker
from openai_server import (
    BROKEN_STREAM,
    ENDLESS,
    ENDLESS_STREAM,
    LOST_ANSWER,
    REPEATED_STREAM,
    RESET,
    OpenAIServer,
    malformed,
    refusal,
    vector_of,
)

CHAT = "/chat/completions"
JOBS = "/fine_tuning/jobs"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(sqlite_url(tmp_path / "chatmill.db"))
    yield opened
    opened.close()


def settings_for(base_url: str, **options: object) -> Settings:
    """Name the scripted server as a trusted provider."""
    provider = replace(ProviderSettings(base_url=base_url, trusted=True), **options)  # type: ignore[arg-type] # a test's own options
    return Settings(providers={"scripted": provider})


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[ModelClient]:
    """A client of the scripted server."""
    with ModelClient.for_provider("scripted", settings_for(server.base_url)) as opened:
        yield opened


def question(text: str, model: str = "m") -> ChatRequest:
    """Make a request of one message."""
    return ChatRequest(
        model=model, messages=(ChatMessage(role="user", content=text),), max_tokens=50
    )


def ask(
    client: ModelClient, *texts: str, database: Database | None = None, concurrency: int = 8
) -> list[ChatReply]:
    """Ask each text as a question of its own."""
    return client.chat_many(
        [question(text) for text in texts],
        stage="evaluate",
        database=database,
        concurrency=concurrency,
    )


def test_replies_keep_the_order_of_the_requests(client: ModelClient) -> None:
    """An answer never lands on another question, however many run at once."""
    texts = [f"질문 {number}" for number in range(40)]
    replies = ask(client, *texts)
    assert [reply.text for reply in replies] == [f"echo: {text}" for text in texts]
    assert replies[0].finish_reason == "stop"
    assert replies[0].prompt_tokens == 7
    assert not replies[0].is_cached


def test_second_run_sends_nothing(
    server: OpenAIServer, client: ModelClient, database: Database
) -> None:
    """What was paid for once is read from the store, by a new client too."""
    first = ask(client, "W5500의 소켓은 몇 개인가요?", "b", database=database)
    n_sent = len(server.requests)
    with ModelClient.for_provider("scripted", settings_for(server.base_url)) as other:
        second = ask(other, "W5500의 소켓은 몇 개인가요?", "b", database=database)
    assert len(server.requests) == n_sent == 2
    assert [reply.text for reply in second] == [reply.text for reply in first]
    assert all(reply.is_cached for reply in second)


def test_anything_that_determines_the_reply_changes_the_key(
    server: OpenAIServer, client: ModelClient, database: Database
) -> None:
    """Another model, length, temperature or role is another question."""
    base = question("a")
    system = (ChatMessage(role="system", content="s"), *base.messages)
    variants = [
        base,
        replace(base, model="n"),
        replace(base, max_tokens=51),
        replace(base, temperature=0.5),
        replace(base, messages=system),
    ]
    for variant in variants:
        client.chat_many([variant], stage="s", database=database)
    assert len(server.requests) == len(variants)


def test_equal_requests_are_sent_once(server: OpenAIServer, client: ModelClient) -> None:
    """The same question twice in one run is paid once and answered twice."""
    replies = ask(client, "a", "b", "a")
    assert [reply.text for reply in replies] == ["echo: a", "echo: b", "echo: a"]
    assert len(server.requests) == 2


def test_concurrency_is_bounded(server: OpenAIServer, client: ModelClient) -> None:
    """A local server is never sent more at once than the settings say."""
    server.seconds_per_chat = 0.02
    ask(client, *(str(number) for number in range(20)), concurrency=3)
    assert 1 <= server.most_in_flight <= 3


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429, retry_after="0.01"),
        refusal(500, retry_after_ms="1"),
        refusal(503, retry_after_ms="1"),
        RESET,
        malformed(),
        malformed('{"choices": []}'),
        malformed("<html>busy</html>"),
    ],
    ids=["429", "500", "503", "reset", "truncated", "no choices", "html"],
)
def test_passing_faults_are_tried_again(
    server: OpenAIServer, client: ModelClient, fault: object
) -> None:
    """A busy or broken moment of the server loses no question."""
    server.script(CHAT, fault)  # type: ignore[arg-type] # a fault from the list above
    assert [reply.text for reply in ask(client, "a")] == ["echo: a"]
    assert len(server.requests) == 2


def test_retry_after_is_honoured(server: OpenAIServer, client: ModelClient) -> None:
    """A server that asks for a second is left alone for a second."""
    server.script(CHAT, refusal(429, retry_after="1"))
    started = time.monotonic()
    ask(client, "a")
    assert time.monotonic() - started >= 1


def test_a_waiting_call_holds_no_slot(server: OpenAIServer, client: ModelClient) -> None:
    """One rate-limited question does not stop the others, even with one slot."""
    server.script(CHAT, refusal(429, retry_after="1"))
    ask(client, "first", *(str(number) for number in range(5)), concurrency=1)
    order = [each.body["messages"][0]["content"] for each in server.requests]
    assert order == ["first", "0", "1", "2", "3", "4", "first"]


def test_endless_answer_ends_at_the_timeout(server: OpenAIServer) -> None:
    """An answer that trickles for ever is cut off and asked again."""
    server.script(CHAT, ENDLESS)
    settings = settings_for(server.base_url, timeout_seconds=0.3)
    with ModelClient.for_provider("scripted", settings) as client:
        assert [reply.text for reply in ask(client, "a")] == ["echo: a"]


def test_one_bad_question_does_not_lose_the_others(
    server: OpenAIServer, client: ModelClient, database: Database
) -> None:
    """A refused call is told in one line, and what the others cost is kept."""
    server.script(CHAT, refusal(400))
    with pytest.raises(ModelCallError, match=r"1 of 3 calls failed.*scripted 400"):
        ask(client, "a", "b", "c", database=database, concurrency=1)
    assert len(server.requests) == 3
    replies = ask(client, "a", "b", "c", database=database)
    assert [reply.is_cached for reply in replies] == [False, True, True]


def test_calls_give_up_after_their_tries(server: OpenAIServer) -> None:
    """A server that fails for good is named with its own words."""
    server.script(CHAT, *[refusal(500, retry_after_ms="1")] * 3)
    settings = settings_for(server.base_url, max_attempts=3)
    with (
        ModelClient.for_provider("scripted", settings) as client,
        pytest.raises(ModelCallError, match=r"3 times with 500: scripted 500"),
    ):
        ask(client, "a")
    assert len(server.requests) == 3


def test_wrong_key_stops_at_once(server: OpenAIServer, client: ModelClient) -> None:
    """Nobody is locked out for hammering a server with a wrong key."""
    server.script(CHAT, *[refusal(401)] * 50)
    with pytest.raises(RefusedCallError, match="401"):
        ask(client, *(str(number) for number in range(50)), concurrency=1)
    assert len(server.requests) <= 2  # one more may have been on its way


def test_a_server_that_is_down_is_one_line() -> None:
    """A stopped server is said soon, with its address and what to do."""
    with OpenAIServer() as gone:
        base_url = gone.base_url
    started = time.monotonic()
    with (
        ModelClient.for_provider("scripted", settings_for(base_url)) as client,
        pytest.raises(ServerDownError) as caught,
    ):
        ask(client, "a", "b")
    assert time.monotonic() - started < 5
    assert str(caught.value).startswith(f"{base_url}: nothing answers")
    assert "[providers.scripted]" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_untrusted_provider_is_refused_before_anything_leaves(server: OpenAIServer) -> None:
    """Plain text never reaches a provider nobody marked trusted; masked text does."""
    settings = settings_for(server.base_url, trusted=False)
    with ModelClient.for_provider("scripted", settings) as client:
        for attempt in (
            lambda: ask(client, "a"),
            lambda: list(client.chat_stream(question("a"))),
            lambda: client.embed(["a"], model="embedder"),
            lambda: client.upload_file(__file__),
        ):
            with pytest.raises(UntrustedProviderError, match=r"\[providers.scripted\]"):
                attempt()
        assert server.requests == []
        masked = Masker(settings.privacy).mask("Call 010-1234-5678.").text
        said = replace(question("a"), messages=(ChatMessage(role="user", content=masked),))
        client.chat_many([said], stage="test", database=None)
    assert "010-1234-5678" not in str(server.requests)
    assert "Call the phone number." in str(server.requests)


def test_unknown_provider_and_missing_key_are_named(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo or a forgotten export is said before anything is sent."""
    with pytest.raises(SettingsError, match=r"no provider nobody.*local, scripted"):
        ModelClient.for_provider("nobody", settings_for(server.base_url))
    monkeypatch.delenv("SCRIPTED_KEY", raising=False)
    keyed = settings_for(server.base_url, api_key_env="SCRIPTED_KEY")
    with pytest.raises(SettingsError, match="SCRIPTED_KEY"):
        ModelClient.for_provider("scripted", keyed)


def test_the_key_is_sent_and_never_shown(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key comes from the environment and stays out of what is printed."""
    monkeypatch.setenv("SCRIPTED_KEY", "sk-secret")
    keyed = settings_for(server.base_url, api_key_env="SCRIPTED_KEY")
    with ModelClient.for_provider("scripted", keyed) as client:
        ask(client, "a")
        assert "sk-secret" not in repr(client.endpoint)
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret"


def test_stream_yields_pieces_and_stops_early(client: ModelClient) -> None:
    """A person sees words as they come, and may turn away in the middle."""
    pieces = list(client.chat_stream(question("하나 둘 셋")))
    assert pieces == ["echo: ", "하나 ", "둘 ", "셋 "]
    unfinished = client.chat_stream(question("one two three"))
    assert next(unfinished) == "echo: "
    unfinished.close()  # type: ignore[attr-defined] # it is a generator
    assert ask(client, "still here")[0].text == "echo: still here"


def test_streams_that_repeat_themselves_are_shown_once(
    server: OpenAIServer, client: ModelClient
) -> None:
    """What a server sends after the end of its answer is not part of it."""
    server.script(CHAT, REPEATED_STREAM)
    assert list(client.chat_stream(question("하나 둘"))) == ["echo: ", "하나 ", "둘 "]


def test_streams_that_never_end_or_break_off_are_said(
    server: OpenAIServer, client: ModelClient
) -> None:
    """A model that talks for ever is left, and half an answer is never taken for a whole one."""
    server.script(CHAT, ENDLESS_STREAM, BROKEN_STREAM)
    with pytest.raises(ModelCallError, match="does not end"):
        list(client.chat_stream(question("a")))
    with pytest.raises(ModelCallError, match="broke off"):
        list(client.chat_stream(question("one two three")))
    assert ask(client, "still here")[0].text == "echo: still here"


def test_stream_tells_refusals(server: OpenAIServer, client: ModelClient) -> None:
    """A model that is not there is said in the server's words."""
    server.script(CHAT, refusal(404))
    with pytest.raises(RefusedCallError, match="404: scripted 404"):
        list(client.chat_stream(question("a")))


def test_embeddings_keep_rows_and_send_duplicates_once(
    server: OpenAIServer, client: ModelClient
) -> None:
    """Row i is text i, in whatever order the server answers."""
    texts = [f"텍스트 {number % 600}" for number in range(1300)]
    vectors = client.embed(texts, model="e")
    assert vectors.dtype == np.float32
    expected = np.array([vector_of(text) for text in texts], dtype=np.float32)
    np.testing.assert_array_equal(vectors, expected)
    sent = [each.body["input"] for each in server.seen("/embeddings")]
    assert [len(batch) for batch in sent] == [512, 88]
    assert client.embed([], model="e").shape == (0, 0)


def test_embeddings_that_do_not_fit_are_refused(server: OpenAIServer, client: ModelClient) -> None:
    """Vectors that cannot belong to the texts are never passed on."""
    server.script("/embeddings", malformed('{"data": [{"index": 0, "embedding": [1.0]}]}'))
    with pytest.raises(ModelCallError, match="1 vectors for 2 texts"):
        client.embed(["a", "b"], model="e")


def job_request(key: str = "k1") -> JobRequest:
    """Make a request for three epochs."""
    return JobRequest(
        model="base-model",
        training_file="file-1",
        validation_file=None,
        suffix="",
        seed=7,
        hyperparameters=Hyperparameters(n_epochs=3),
        key=key,
    )


def test_a_job_is_created_once_though_the_answer_is_lost(
    server: OpenAIServer, client: ModelClient
) -> None:
    """A connection that breaks after the server started the job does not start a second one."""
    server.script(JOBS, LOST_ANSWER)
    job = client.create_job(job_request())
    assert (job.id, job.key, job.hyperparameters.n_epochs) == ("ftjob-1", "k1", 3)
    assert client.create_job(job_request()).id == "ftjob-1"
    assert len(server.jobs) == 1


def test_events_come_once_and_oldest_first(server: OpenAIServer, client: ModelClient) -> None:
    """Following a job shows every step once, over any number of pages."""
    server.polls_until_done = 250
    job = client.create_job(job_request())
    for _ in range(120):
        client.get_job(job.id)
    events = client.list_events(job.id)
    steps = [event.metrics.step for event in events if event.metrics]
    assert steps == list(range(1, 121))
    client.get_job(job.id)
    later = client.list_events(job.id, after=events[-1].id)
    assert [event.metrics.step for event in later if event.metrics] == [121]


def test_files_go_up_and_come_down(
    server: OpenAIServer, client: ModelClient, tmp_path: Path
) -> None:
    """A training file arrives byte for byte under its own name."""
    path = tmp_path / "train.jsonl"
    path.write_text('{"messages": "안녕"}\n', encoding="utf-8")
    file_id = client.upload_file(path)
    assert path.read_bytes() in server.files[file_id]
    assert b'filename="train.jsonl"' in server.files[file_id]
    assert client.file_content(file_id) == server.files[file_id]
    with pytest.raises(StorageError, match="nowhere"):
        client.upload_file(tmp_path / "nowhere")


def test_jobs_are_listed_cancelled_and_models_named(client: ModelClient) -> None:
    """The remaining verbs of the protocol reach the server."""
    first = client.create_job(job_request("k1"))
    second = client.create_job(job_request("k2"))
    assert [job.id for job in client.list_jobs()] == [second.id, first.id]
    assert client.cancel_job(second.id).status == "cancelled"
    assert client.find_job("k2") is None
    assert "base-model" in client.list_models()
    with pytest.raises(RefusedCallError) as caught:
        client.get_job("ftjob-none")
    assert caught.value.status == 404
