"""Schemas, log probabilities, penalties and biases, over real HTTP with the official client."""

import json
import math
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAI
from transformers import AutoTokenizer

from server_under_test import ServerUnderTest

QUESTION: list[Any] = [{"role": "user", "content": "소켓이 몇 개인가요?"}]
SCHEMA = {
    "type": "object",
    "properties": {
        "sockets": {"type": "integer", "minimum": 1, "maximum": 8},
        "name": {"enum": ["W5500", "소켓"]},
    },
    "required": ["sockets", "name"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def client(server: ServerUnderTest) -> OpenAI:
    """The official client."""
    return server.client()


def ask(client: OpenAI, server: ServerUnderTest, **options: Any) -> Any:
    """Ask the tiny model, whose words are noise."""
    options = {"max_tokens": 12, "temperature": 0, **options}
    return client.chat.completions.create(model=server.base, messages=QUESTION, **options)


def in_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the option as OpenAI's documentation writes it."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


@pytest.mark.parametrize("temperature", [0, 1.5])
def test_an_answer_follows_its_schema(
    client: OpenAI, server: ServerUnderTest, temperature: float
) -> None:
    """Even a model that talks nonsense writes what the schema says, and ends by itself."""
    answer = ask(
        client,
        server,
        response_format=in_schema(SCHEMA),
        temperature=temperature,
        seed=1,
        max_tokens=80,
    )
    told = json.loads(answer.choices[0].message.content)
    assert 1 <= told["sockets"] <= 8
    assert told["name"] in ("W5500", "소켓")
    assert answer.choices[0].finish_reason == "stop"


def test_a_streamed_answer_follows_its_schema(client: OpenAI, server: ServerUnderTest) -> None:
    """Streamed, the pieces make the same text."""
    options: dict[str, Any] = {"response_format": in_schema(SCHEMA), "max_tokens": 80}
    whole = ask(client, server, **options).choices[0].message.content
    chunks = ask(client, server, stream=True, **options)
    assert "".join(each.choices[0].delta.content or "" for each in chunks) == whole


def test_a_schema_nobody_can_follow_is_refused(client: OpenAI, server: ServerUnderTest) -> None:
    """The answer says what is wrong with the schema; others are answered all the same."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, server, response_format=in_schema({"type": "sandwich"}))
    assert caught.value.param == "response_format"
    assert "sandwich" in caught.value.message
    assert ask(client, server).usage.completion_tokens == 12


def test_a_format_of_another_kind_is_refused(client: OpenAI, server: ServerUnderTest) -> None:
    """A format this server does not know is refused, not ignored."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, server, response_format={"type": "grammar", "grammar": "x"})
    assert caught.value.param == "response_format"


def test_log_probabilities_are_of_the_text(client: OpenAI, server: ServerUnderTest) -> None:
    """Their bytes put together are the answer, and the greedy choice is the likeliest."""
    choice = ask(client, server, logprobs=True, top_logprobs=3).choices[0]
    told = choice.logprobs.content
    assert (
        b"".join(bytes(each.bytes) for each in told)
        .decode(errors="replace")
        .startswith(choice.message.content.rstrip("\ufffd"))
    )
    for each in told:
        assert each.top_logprobs[0].bytes == each.bytes
        assert each.logprob == each.top_logprobs[0].logprob < 0
        assert sum(math.exp(other.logprob) for other in each.top_logprobs) <= 1.0001


def test_streamed_log_probabilities_are_the_same(client: OpenAI, server: ServerUnderTest) -> None:
    """Streamed, each piece brings its own."""
    whole = ask(client, server, logprobs=True).choices[0].logprobs.content
    chunks = ask(client, server, logprobs=True, stream=True)
    found = [
        each
        for chunk in chunks
        if chunk.choices[0].logprobs is not None
        for each in chunk.choices[0].logprobs.content
    ]
    assert [each.bytes for each in found] == [each.bytes for each in whole]


def test_top_logprobs_need_logprobs(client: OpenAI, server: ServerUnderTest) -> None:
    """As at OpenAI."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, server, top_logprobs=2)
    assert caught.value.param == "top_logprobs"


def test_a_forbidden_token_does_not_come(client: OpenAI, server: ServerUnderTest) -> None:
    """A bias of -100 forbids, one of 100 forces."""
    forced = ask(client, server, logit_bias={"70": 100}, logprobs=True).choices[0].logprobs.content
    assert len({bytes(each.bytes) for each in forced}) == 1
    tokenizer = AutoTokenizer.from_pretrained(server.base)
    likeliest = ask(client, server).choices[0].message.content[0]
    (unwanted,) = tokenizer.encode(likeliest)
    forbidden = ask(client, server, logit_bias={str(unwanted): -100}, logprobs=True)
    assert not [
        each
        for each in forbidden.choices[0].logprobs.content
        if bytes(each.bytes) == likeliest.encode()
    ]


def test_a_penalty_ends_repetition(client: OpenAI, server: ServerUnderTest) -> None:
    """A forced token that is penalised gives way to others."""
    forced = ask(
        client,
        server,
        logit_bias={"70": 3, "71": 2.9, "72": 2.8},
        frequency_penalty=2,
        presence_penalty=2,
        logprobs=True,
    )
    said = [bytes(each.bytes) for each in forced.choices[0].logprobs.content]
    assert len(set(said)) > 3


@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.integers(-50, 50), st.sampled_from(["예", "아니요", "W5500"])),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    seed=st.integers(0, 1000),
)
def test_any_choice_is_kept(
    client: OpenAI, server: ServerUnderTest, values: list[Any], seed: int
) -> None:
    """Whatever values a schema allows, one of them comes."""
    schema = {"enum": values}
    answer = ask(
        client,
        server,
        response_format=in_schema(schema),
        temperature=1,
        seed=seed,
        max_tokens=40,
    )
    assert json.loads(answer.choices[0].message.content) in values
