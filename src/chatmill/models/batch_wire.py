"""The batch endpoints: the file of lines, creating a batch exactly once, what came of each line."""

import asyncio
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from chatmill.errors import ModelCallError, ServerDownError
from chatmill.models.bodies import ChatBody, FileBody
from chatmill.models.connection import Connection, RefusedCallError
from chatmill.models.faults import words_of
from chatmill.models.requests import ChatReply, ChatRequest, request_body
from chatmill.models.retry import delay_seconds, is_retried_status
from chatmill.models.tuning import file_content

ENDPOINT = "/v1/chat/completions"
WINDOW = "24h"
"""The only one there is."""
KEY_FIELD = "chatmill_batch"
"""Metadata field that carries our own id of a batch."""
PAGE_SIZE = 100
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
OK = 200
WORDS_CHARACTERS = 300


def _none_to_empty(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return {} if value is None else value


class CountsBody(BaseModel):
    """How far a batch is."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class BatchErrorBody(BaseModel):
    """Why a batch as a whole was refused."""

    code: str | None = None
    message: str | None = None


class BatchErrorsBody(BaseModel):
    """A list of them."""

    data: list[BatchErrorBody] = []


class BatchBody(BaseModel):
    """One batch."""

    id: str
    status: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: BatchErrorsBody | None = None
    request_counts: CountsBody | None = None
    metadata: Annotated[dict[str, str], BeforeValidator(_none_to_empty)] = {}


class BatchesBody(BaseModel):
    """`GET /batches`, newest first."""

    data: list[BatchBody]
    has_more: bool = False


class LineResponseBody(BaseModel):
    """What the server answered to one line."""

    status_code: int
    body: Any = None


class LineBody(BaseModel):
    """One line of an output or error file."""

    custom_id: str
    response: LineResponseBody | None = None
    error: BatchErrorBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWork:
    """One file to hand over."""

    model: str
    keys: tuple[str, ...]
    content: bytes
    """JSONL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBatch:
    """One batch as its server reports it."""

    id: str
    status: str
    output_files: tuple[str, ...]
    """Answers and errors; lines in any order."""
    n_done: int
    reason: str
    """Why the batch as a whole did not run, in the server's words; empty where it did."""
    reason_code: str

    @property
    def has_ended(self) -> bool:
        """Say whether nothing more will come."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome:
    """What came of one line: a reply, or a reason why not."""

    reply: ChatReply | None = None
    reason: str = ""
    is_refused: bool = False
    """The server would refuse it again."""


def work_for(
    model: str, requests: Mapping[str, ChatRequest], *, most_lines: int, most_bytes: int
) -> Iterator[BatchWork]:
    """Cut requests into files within the limits; a line longer than a file goes alone.

    Args:
        model: As chatmill calls it.
        requests: By reply key, which becomes the line's `custom_id`; models as the server calls
            them.
        most_lines: Of one file.
        most_bytes: Of one file.
    """
    keys: list[str] = []
    lines: list[bytes] = []
    n_bytes = 0
    for key, request in requests.items():
        line = _line(key, request)
        if keys and (len(keys) >= most_lines or n_bytes + len(line) > most_bytes):
            yield BatchWork(model=model, keys=tuple(keys), content=b"".join(lines))
            keys, lines, n_bytes = [], [], 0
        keys.append(key)
        lines.append(line)
        n_bytes += len(line)
    if keys:
        yield BatchWork(model=model, keys=tuple(keys), content=b"".join(lines))


async def create_batch(connection: Connection, batch_id: str, content: bytes) -> RemoteBatch:
    """Upload a file and create its batch, once, whatever gets lost on the way.

    A try whose answer got lost may have created the batch, so every later try looks for it first.

    Raises:
        RefusedCallError: The server does not want it.
        ModelError: It had all its tries, or nothing answers.
    """
    upload: Any = connection.sdk.files.with_raw_response.create
    name = f"chatmill-{batch_id}.jsonl"
    uploaded = await connection.call(
        lambda: upload(file=(name, content), purpose="batch"), FileBody
    )
    create: Any = connection.sdk.batches.with_raw_response.create
    chance = random.Random()  # noqa: S311 - jitter, not a secret
    attempt = 0
    while True:
        attempt += 1
        try:
            body = await connection.call(
                lambda: create(
                    input_file_id=uploaded.id,
                    endpoint=ENDPOINT,
                    completion_window=WINDOW,
                    metadata={KEY_FIELD: batch_id},
                ),
                BatchBody,
                max_attempts=1,
            )
            return _batch(body)
        except RefusedCallError as error:
            if not is_retried_status(error.status or 0) or _is_last(connection, attempt):
                raise
        except (ModelCallError, ServerDownError):
            if _is_last(connection, attempt):
                raise
        await asyncio.sleep(delay_seconds(attempt, None, chance))
        known = await find_batch(connection, batch_id)
        if known is not None:
            return known


async def get_batch(connection: Connection, remote_id: str) -> RemoteBatch:
    """Return a batch as it stands."""
    retrieve = connection.sdk.batches.with_raw_response.retrieve
    return _batch(await connection.call(lambda: retrieve(remote_id), BatchBody))


async def find_batch(connection: Connection, batch_id: str) -> RemoteBatch | None:
    """Look for a batch by our own id, newest first."""
    listing: Any = connection.sdk.batches.with_raw_response.list
    position: dict[str, str] = {}
    while True:
        page = await connection.call(
            lambda position=position: listing(limit=PAGE_SIZE, **position),  # type: ignore[misc] # bound now, called later
            BatchesBody,
        )
        for body in page.data:
            if body.metadata.get(KEY_FIELD) == batch_id:
                return _batch(body)
        if not page.has_more or not page.data:
            return None
        position = {"after": page.data[-1].id}


async def read_outcomes(connection: Connection, batch: RemoteBatch) -> dict[str, LineOutcome]:
    """Read what came of each line, by `custom_id`; an answer counts more than an error.

    Lines that cannot be read are left out: they are asked again.
    """
    outcomes: dict[str, LineOutcome] = {}
    for file_id in batch.output_files:
        content = await file_content(connection, file_id)
        for line in content.split(b"\n"):
            found = _outcome(line)
            if found is None:
                continue
            custom_id, outcome = found
            known = outcomes.get(custom_id)
            if known is None or (known.reply is None and outcome.reply is not None):
                outcomes[custom_id] = outcome
    return outcomes


def _is_last(connection: Connection, attempt: int) -> bool:
    return attempt >= connection.endpoint.limits.max_attempts


def _line(key: str, request: ChatRequest) -> bytes:
    line = {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": request_body(request)}
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def _batch(body: BatchBody) -> RemoteBatch:
    errors = body.errors.data if body.errors else []
    files = (body.output_file_id, body.error_file_id)
    counts = body.request_counts or CountsBody()
    return RemoteBatch(
        id=body.id,
        status=body.status,
        output_files=tuple(each for each in files if each),
        n_done=counts.completed,
        reason=_reason(body.status, errors),
        reason_code=errors[0].code or "" if errors else "",
    )


def _reason(status: str, errors: list[BatchErrorBody]) -> str:
    if errors:
        said = errors[0].message or errors[0].code or "no reason given"
        return f"the batch was refused: {said}"[:WORDS_CHARACTERS]
    if status == "expired":
        return "the batch was not done within its day"
    return f"the batch ended as {status}" if status in {"failed", "cancelled"} else ""


def _outcome(line: bytes) -> tuple[str, LineOutcome] | None:
    if not line.strip():
        return None
    try:
        body = LineBody.model_validate_json(line)
    except ValidationError:
        return None
    return body.custom_id, _judge(body)


def _judge(line: LineBody) -> LineOutcome:
    if line.response is None:
        error = line.error or BatchErrorBody()
        return LineOutcome(reason=error.message or error.code or "no answer and no reason")
    if line.response.status_code != OK:
        said = words_of(line.response.body, "no reason given")
        return LineOutcome(
            reason=f"the server refused with {line.response.status_code}: {said}",
            is_refused=not is_retried_status(line.response.status_code),
        )
    try:
        body = ChatBody.model_validate(line.response.body)
    except ValidationError:
        return LineOutcome(reason="the server's answer is not the protocol")
    choice, usage = body.choices[0], body.usage
    return LineOutcome(
        reply=ChatReply(
            text=choice.message.content or "",
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
            is_cached=False,
            finish_reason=choice.finish_reason or "",
        )
    )
