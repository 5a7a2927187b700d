"""Who answers the extractor `llm`: a model's server, or a person who pastes prompts and replies."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from chatmill.errors import ModelError, StorageError
from chatmill.extractors.masked_requests import MaskedRequest
from chatmill.models.accounts import cost_usd
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress
from chatmill.models.providers import LOCAL
from chatmill.models.requests import ChatRequest
from chatmill.store.database import Database

STAGE = "extract"
PASTED = "pasted"
"""Stands for the name of a model nobody told us."""
NO_REPLY = "no reply yet"
PROMPT_ENDING, REPLY_ENDING = ".prompt.txt", ".reply.txt"
_KEY_LETTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came back for one request."""

    text: str = ""
    failure: str = ""
    """Why there is no answer; empty where there is one."""
    is_cut: bool = False
    """The answer ran into its length."""
    cost_usd: float | None = 0.0
    """What it costs when it is asked; None where the model has no price in settings."""
    n_tokens: int = 0
    """Of question and answer together."""


class Asker(Protocol):
    """Somebody who answers chat requests."""

    model: str
    """Sent as the model's name."""
    name: str
    """Provider and model: another name, another extraction."""
    keeps_schema: bool
    """Whether requests carry a JSON Schema."""
    stopped_by: ModelError | None
    """Why nothing more is asked, once that happened."""

    def ask(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        """Answer every request, in their order; a failed one says why."""
        ...


class ClientAsker:
    """Asks through the model client, so that answers are stored, accounted and never paid twice.

    A server that is not trusted is asked in masked words, and its answers get the real ones back.

    Args:
        client: Open.
        model: Name of the model.
        database: The project's; answers are not stored where None.
        progress: Told how many requests are answered.
    """

    def __init__(
        self,
        client: ModelClient,
        model: str,
        database: Database | None,
        progress: Progress | None = None,
    ) -> None:
        self.model = model
        self.name = f"{client.endpoint.provider}/{model}"
        self.keeps_schema = client.endpoint.profile.schema in ("yes", "depends on the model")
        self.stopped_by: ModelError | None = None
        self._client = client
        self._database = database
        self._progress = progress

    def ask(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        """Answer every request, in their order; a failed one says why."""
        privacy = self._client.endpoint.privacy
        if privacy is None:
            return self._ask(requests)
        masked = [MaskedRequest.of(each, privacy) for each in requests]
        heard = self._ask([each.request for each in masked])
        return [
            replace(each, text=own.unmasked(each.text))
            for own, each in zip(masked, heard, strict=True)
        ]

    def _ask(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        heard = self._ask_once(requests)
        if self._client.endpoint.profile.schema != "depends on the model":
            return heard
        refused = [
            place
            for place, each in enumerate(heard)
            if each.failure and requests[place].schema and self.stopped_by is None
        ]
        if refused and len(refused) == len(requests):  # a model that takes no schema refuses all
            self.keeps_schema = False
            return self._ask_once([replace(each, schema="") for each in requests])
        return heard

    def _ask_once(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        if not requests:
            return []
        if self.stopped_by is not None:
            return [Heard(failure=self.stopped_by.what) for _ in requests]
        answers = self._client.ask_many(
            requests, stage=STAGE, database=self._database, progress=self._progress
        )
        self.stopped_by = answers.stopped_by
        reason_of = {
            position: failure.reason
            for failure in answers.account.failures
            for position in failure.positions
        }
        unsent = self.stopped_by.what if self.stopped_by is not None else NO_REPLY
        return [
            Heard(failure=reason_of.get(place, unsent))
            if reply is None
            else Heard(
                text=reply.text,
                is_cut=reply.finish_reason == "length",
                cost_usd=self._cost(requests[place], reply.prompt_tokens, reply.completion_tokens),
                n_tokens=reply.prompt_tokens + reply.completion_tokens,
            )
            for place, reply in enumerate(answers.replies)
        ]

    def _cost(self, request: ChatRequest, n_prompt: int, n_reply: int) -> float | None:
        return cost_usd(
            request,
            self._client.spending.prices,
            is_free=self._client.endpoint.provider == LOCAL,
            prompt_tokens=n_prompt,
            completion_tokens=n_reply,
        )


class FolderAsker:
    """Writes prompts to paste into a chat window, and reads the replies put beside them.

    A prompt is `KEY.prompt.txt`, its reply `KEY.reply.txt`; the key is a hash of the prompt, so a
    reply can never answer another prompt than its own.

    Args:
        folder: Made where it is missing.
    """

    model = PASTED
    name = PASTED
    keeps_schema = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopped_by: ModelError | None = None
        self.n_written = 0
        """Prompts that were not there before."""
        self.n_waiting = 0
        """Prompts without a reply."""
        self.n_read = 0
        """Replies."""

    def ask(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        """Read the replies there are, and write the prompts of the others.

        Raises:
            StorageError: The folder cannot be written, or a reply cannot be read.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return [self._one(request) for request in requests]
        except UnicodeDecodeError as error:
            raise StorageError("not UTF-8", where=str(self.folder), fix="Save it so") from error
        except OSError as error:
            raise StorageError(
                f"cannot be used: {error.strerror}",
                where=str(error.filename or self.folder),
                fix="Check its rights",
            ) from error

    def _one(self, request: ChatRequest) -> Heard:
        text = pasted_text(request)
        key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_KEY_LETTERS]
        reply, prompt = self.folder / f"{key}{REPLY_ENDING}", self.folder / f"{key}{PROMPT_ENDING}"
        if reply.is_file() and (said := reply.read_text(encoding="utf-8-sig")).strip():
            self.n_read += 1
            return Heard(text=said)
        if not prompt.is_file():
            prompt.write_text(text, encoding="utf-8", errors="replace")
            self.n_written += 1
        self.n_waiting += 1
        return Heard(failure=NO_REPLY)


def pasted_text(request: ChatRequest) -> str:
    """Write a request as one text to paste; what a model said before is quoted."""
    head = {"assistant": "# your reply\n\n"}
    return "\n\n".join(head.get(each.role, "") + each.content for each in request.messages) + "\n"
