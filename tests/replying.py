"""Replies of a scripted model to the extractor `llm`, and projects that ask it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chatmill.project import Project
from chatmill.settings import (
    ExtractSettings,
    PriceSettings,
    ProjectSettings,
    ProviderSettings,
    RolesSettings,
    Settings,
    SpendSettings,
)
from openai_server import Json, Misbehaviour, OpenAIServer
from talking import AGENTS, PRODUCTS

Pair = dict[str, Any]
_BLOCK = re.compile(r"BEGIN CONVERSATION (\w+)\n(.*)\nEND CONVERSATION \1", re.DOTALL)
MODEL = "scripted-model"


def pair(
    question: str, question_ids: list[int], answer: str, answer_ids: list[int], **more: object
) -> Pair:
    """Make one pair of a reply."""
    return {
        "question": question,
        "question_ids": question_ids,
        "answer": answer,
        "answer_ids": answer_ids,
        "resolved": True,
        **more,
    }


def reply(*pairs: Pair, system: str = "", left_out: str = "") -> str:
    """Make a reply of the form the prompt asks for."""
    return json.dumps(
        {"pairs": list(pairs), "system": system, "left_out": left_out}, ensure_ascii=False
    )


def shown(body: Json) -> list[Json]:
    """Return the numbered messages of a request."""
    found = _BLOCK.search(body["messages"][1]["content"])
    assert found is not None
    return [json.loads(line) for line in found.group(2).split("\n")]


def is_repair(body: Json) -> bool:
    """Tell a repair request from a first one."""
    return len(body["messages"]) > 2


def in_turn(*answers: str) -> Callable[[Json], str]:
    """Answer the first request with the first text, repair requests with the later ones."""

    def answer(body: Json) -> str:
        return answers[min(len(body["messages"]) // 2 - 1, len(answers) - 1)]

    return answer


def first_pair(body: Json) -> str:
    """Answer as a good model would where message 1 asks and message 2 answers."""
    messages = shown(body)
    if len(messages) < 2:
        return reply(left_out="nobody answered")
    return reply(pair(messages[0]["text"], [1], messages[1]["text"], [2]))


def cut_by_length(text: str = '{"pairs": [{"quest') -> Misbehaviour:
    """Answer with a text that ran into its length."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "length"}
    usage = {"prompt_tokens": 7, "completion_tokens": 64}
    return Misbehaviour(text=json.dumps({"choices": [choice], "usage": usage}))


def asking(
    server: OpenAIServer, *, base: Settings | None = None, trusted: bool = True, **options: Any
) -> Settings:
    """Return settings whose extractor `llm` asks the scripted server; options of `[extract]`."""
    base = base or Settings(
        roles=RolesSettings(agents=AGENTS), project=ProjectSettings(products=PRODUCTS)
    )
    provider = ProviderSettings(
        base_url=server.base_url, trusted=trusted, max_attempts=2, timeout_seconds=20.0
    )
    return replace(
        base,
        providers={"scripted": provider},
        prices={MODEL: PriceSettings(input_per_million=1.0, output_per_million=2.0)},
        spend=SpendSettings(confirm_above_usd=100.0),
        extract=ExtractSettings(extractor="llm", model=MODEL, provider="scripted", **options),
    )


def ask_scripted(project: Project, server: OpenAIServer, **options: Any) -> None:
    """Let a project's extractor ask the scripted server."""
    project.settings = asking(server, base=project.settings, **options)
