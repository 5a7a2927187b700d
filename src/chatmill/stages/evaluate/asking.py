"""Asking: every question of the tuned and the base model, with each system line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress
from chatmill.models.requests import ChatReply, ChatRequest
from chatmill.settings import EvaluateSettings
from chatmill.stages.evaluate.questions import AskedQuestion, request_for
from chatmill.stages.evaluate.scoring import Answered
from chatmill.store.database import Database

CUT = "length"
"""What a server says when an answer ran into the token limit."""
Prompt = Literal["example", "serving", "phrasing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondents:
    """Who is asked, through which client, and how."""

    client: ModelClient
    database: Database
    """Where replies are stored, so that none is asked twice."""
    model: str
    """The tuned one."""
    base_model: str
    """Empty where there is none to compare with."""
    serving_line: str
    """Empty where questions are asked with their own line only."""
    settings: EvaluateSettings


def ask(
    respondents: Respondents,
    questions: Sequence[AskedQuestion],
    phrasings: Sequence[AskedQuestion],
    progress: Progress,
) -> list[Answered]:
    """Ask all questions with their own line, then with the serving line, then reworded.

    Args:
        respondents: Who is asked.
        questions: As they stand in the dataset.
        phrasings: The same in other words; only the tuned model is asked.
        progress: Told how many are answered.

    Raises:
        ModelError: The server cannot be reached or refuses.
        SpendError: The calls would cost too much, or were not confirmed.
    """
    line = respondents.serving_line
    asked: list[tuple[AskedQuestion, Prompt, str]] = [
        *((each, "example", each.system) for each in questions),
        *((each, "serving", line) for each in questions if line),
        *((each, "phrasing", each.system) for each in phrasings),
    ]
    limit = respondents.settings.max_answer_tokens

    def requests_to(model: str, n: int) -> list[ChatRequest]:
        return [
            request_for(each, model=model, system=system, max_tokens=limit)
            for each, _, system in asked[:n]
        ]

    n_base = len(questions) if respondents.base_model else 0
    if n_base and respondents.settings.base_with_serving_line:
        n_base = len(asked) - len(phrasings)
    to_tuned = requests_to(respondents.model, len(asked))
    tuned = _chat(respondents, to_tuned, "asking the tuned model", progress)
    to_base = requests_to(respondents.base_model, n_base)
    base = _chat(respondents, to_base, "asking the base model", progress) if to_base else []
    return [
        Answered(
            question=each,
            prompt=prompt,
            system=system,
            answer=tuned[at].text,
            is_cut=tuned[at].finish_reason == CUT,
            base_answer=base[at].text if at < n_base else None,
        )
        for at, (each, prompt, system) in enumerate(asked)
    ]


def _chat(
    respondents: Respondents, requests: Sequence[ChatRequest], what: str, progress: Progress
) -> list[ChatReply]:
    """Ask one model, requests of similar length together: the server answers them in batches."""
    order = sorted(range(len(requests)), key=lambda at: (_expected_bytes(requests[at]), at))
    asked_of = what

    def renamed(what: str, done: int, total: int) -> None:
        del what
        progress(asked_of, done, total)

    replies = respondents.client.chat_many(
        [requests[at] for at in order],
        stage="evaluate",
        database=respondents.database,
        concurrency=respondents.settings.concurrency,
        progress=renamed,
    )
    by_place = dict(zip(order, replies, strict=True))
    return [by_place[at] for at in range(len(requests))]


def _expected_bytes(request: ChatRequest) -> int:
    """Guess at a request's work; bytes, because a Hangul syllable costs three times a letter."""
    return sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
