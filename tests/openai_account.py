"""A scripted account of OpenAI's: files, tuning jobs with events and checkpoints, and batches.

Mounted on the scripted server. It lists in pages, keeps what is uploaded, carries batches out with
the server's own `answer`, and lets single lines and whole batches fail on request.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openai_server import Json, OpenAIServer, Received

Answer = tuple[int, Json | bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """What happens to one line of a batch in place of an answer."""

    status: int = 0
    """Answered with this error status; 0 for the faults below."""
    is_missing: bool = False
    """The line comes back in no file."""
    is_expired: bool = False
    """The line comes back as not done in time."""
    text: str = ""
    """The line comes back as this."""


@dataclass(slots=True, kw_only=True)
class Account:
    """The account; `mounted` puts it on a server."""

    server: OpenAIServer
    files: dict[str, Json] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    events: dict[str, list[Json]] = field(default_factory=dict)
    checkpoints: dict[str, list[Json]] = field(default_factory=dict)
    batches: dict[str, Json] = field(default_factory=dict)
    shutdown_dates: dict[str, str] = field(default_factory=dict)
    polls_until_done: int = 1
    """Looks at a batch before it ends."""
    most_lines: int = 1_000_000
    """A batch of more lines fails for want of room."""
    line_fault: Callable[[Json, int], LineFault | None] = lambda _line, _batch: None
    """Says what happens to a line of the batch of this number, from 1."""
    is_doubled: bool = False
    """Every line of an output file stands there twice."""
    page_size: int = 100
    """Most entries of a page, whatever is asked for."""
    polls: dict[str, int] = field(default_factory=dict)

    @classmethod
    def mounted(cls, server: OpenAIServer) -> "Account":
        """Make an empty account and put it on a server."""
        account = cls(server=server)
        server.mount(account.route)
        return account

    def add_file(self, file_id: str, content: bytes, *, name: str, purpose: str) -> None:
        """Put a file into the account."""
        self.contents[file_id] = content
        self.files[file_id] = {
            "id": file_id,
            "object": "file",
            "bytes": len(content),
            "created_at": 1_700_000_000 + len(self.files),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }

    def add_job(self, job_id: str, **fields: Any) -> None:
        """Put a finished tuning job with events and a checkpoint into the account."""
        model = fields.get("fine_tuned_model")
        self.jobs[job_id] = {
            "id": job_id,
            "object": "fine_tuning.job",
            "created_at": 1_700_000_000 + len(self.jobs),
            "status": "succeeded" if model else "failed",
            "model": "gpt-4o-mini-2024-07-18",
            "fine_tuned_model": None,
            "validation_file": None,
            "result_files": [],
            "a_field_of_tomorrow": {"kept": True},
            **fields,
        }
        self.events[job_id] = [
            {
                "id": f"ftevent-{job_id}-{number}",
                "object": "fine_tuning.job.event",
                "created_at": 1_700_000_000 + number,
                "level": "info",
                "message": f"Step {number}",
            }
            for number in range(5)
        ]
        self.checkpoints[job_id] = [
            {"id": f"ftckpt-{job_id}", "fine_tuned_model_checkpoint": f"{model}:ckpt-step-3"}
        ]

    def lines_of(self, batch_id: str) -> list[Json]:
        """Read the lines a batch was created with."""
        content = self.contents[self.batches[batch_id]["input_file_id"]]
        return [json.loads(line) for line in content.splitlines()]

    def route(self, received: Received) -> Answer | None:  # noqa: C901, PLR0911, PLR0912 - one branch a route
        """Answer what belongs to the account."""
        query = received.query
        match [received.method, *received.path.strip("/").split("/")]:
            case ["POST", "files"]:
                return 200, self._upload(received.body["raw"])
            case ["GET", "files"]:
                return 200, self._page(self.files, query)
            case ["GET", "files", file_id, "content"] if file_id in self.contents:
                return 200, self.contents[file_id]
            case ["DELETE", "files", file_id] if file_id in self.files:
                del self.files[file_id], self.contents[file_id]
                return 200, {"id": file_id, "object": "file", "deleted": True}
            case ["GET", "fine_tuning", "jobs", job_id] if job_id in self.jobs:
                return 200, self.jobs[job_id]
            case ["GET", "fine_tuning", "jobs"]:
                return 200, self._page(self.jobs, query)
            case ["GET", "fine_tuning", "jobs", job_id, "events"] if job_id in self.jobs:
                return 200, self._page(_by_id(self.events[job_id]), query)
            case ["GET", "fine_tuning", "jobs", job_id, "checkpoints"] if job_id in self.jobs:
                return 200, self._page(_by_id(self.checkpoints[job_id]), query)
            case ["GET", "models", model] if model in self.shutdown_dates:
                return 200, {"id": model, "shutdown_date": self.shutdown_dates[model]}
            case ["POST", "batches"]:
                return 200, self._create_batch(received.body)
            case ["POST", "batches", batch_id, "cancel"] if batch_id in self.batches:
                self.batches[batch_id]["status"] = "cancelling"
                return 200, self.batches[batch_id]
            case ["GET", "batches"]:
                return 200, self._page(self.batches, query)
            case ["GET", "batches", batch_id] if batch_id in self.batches:
                return 200, self._look_at(batch_id)
        return None

    def _upload(self, raw: bytes) -> Json:
        """Take a file out of a multipart body."""
        boundary = raw.split(b"\r\n", 1)[0]
        fields: dict[str, bytes] = {}
        name = ""
        for part in raw.split(boundary)[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            disposition = head.decode()
            if "filename=" in disposition:
                name = disposition.split('filename="')[1].split('"')[0]
                fields["file"] = content.removesuffix(b"\r\n")
            elif 'name="purpose"' in disposition:
                fields["purpose"] = content.removesuffix(b"\r\n")
        file_id = f"file-up{len(self.files) + 1}"
        self.add_file(file_id, fields["file"], name=name, purpose=fields["purpose"].decode())
        return self.files[file_id]

    def _create_batch(self, body: Json) -> Json:
        batch_id = f"batch_{len(self.batches) + 1}"
        self.batches[batch_id] = {
            "id": batch_id,
            "object": "batch",
            "status": "validating",
            "endpoint": body["endpoint"],
            "input_file_id": body["input_file_id"],
            "completion_window": body["completion_window"],
            "metadata": body.get("metadata"),
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
        }
        return self.batches[batch_id]

    def _look_at(self, batch_id: str) -> Json:
        batch = self.batches[batch_id]
        if batch["status"] not in ("validating", "in_progress"):
            return batch
        self.polls[batch_id] = self.polls.get(batch_id, 0) + 1
        batch["status"] = "in_progress"
        if self.polls[batch_id] >= self.polls_until_done:
            self._carry_out(batch)
        return batch

    def _carry_out(self, batch: Json) -> None:
        lines = self.lines_of(batch["id"])
        if len(lines) > self.most_lines:
            error = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
            batch.update(status="failed", errors={"object": "list", "data": [error]})
            return
        number = int(batch["id"].removeprefix("batch_"))
        answered: list[str] = []
        failed: list[str] = []
        for line in lines[::-1]:  # in any order
            fault = self.line_fault(line, number)
            if fault is not None and fault.is_missing:
                continue
            done, is_answer = self._answered(line, fault)
            (answered if is_answer else failed).append(done)
        if self.is_doubled:
            answered += answered
        for kind, rows in (("output", answered), ("error", failed)):
            if rows:
                file_id = f"file-{kind}-{batch['id']}"
                content = "\n".join(rows).encode() + b"\n"
                self.add_file(file_id, content, name=f"{kind}.jsonl", purpose="batch_output")
                batch[f"{kind}_file_id"] = file_id
        batch["status"] = "completed"

    def _answered(self, line: Json, fault: LineFault | None) -> tuple[str, bool]:
        """Return a line of an output or error file, and whether it is an output."""
        custom_id = line["custom_id"]
        if fault is not None and fault.text:
            return fault.text, True
        if fault is not None and fault.is_expired:
            error = {"code": "batch_expired", "message": "not done in time"}
            return json.dumps({"custom_id": custom_id, "response": None, "error": error}), False
        if fault is not None:
            body: Json = {"error": {"message": f"scripted {fault.status}"}}
            response = {"status_code": fault.status, "body": body}
            return json.dumps({"custom_id": custom_id, "response": response, "error": None}), False
        text = self.server.answer(line["body"])
        message = {"role": "assistant", "content": text}
        body = {
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": len(text.split())},
        }
        response = {"status_code": 200, "body": body}
        return json.dumps({"custom_id": custom_id, "response": response, "error": None}), True

    def _page(self, rows: Mapping[str, Json], query: Mapping[str, str]) -> Json:
        """Return one page, newest first, as the hosted service does."""
        newest_first = list(rows.values())[::-1]
        if "after" in query:
            ids = [row["id"] for row in newest_first]
            newest_first = newest_first[ids.index(query["after"]) + 1 :]
        limit = min(int(query.get("limit", 20)), self.page_size)
        return {
            "object": "list",
            "data": newest_first[:limit],
            "has_more": len(newest_first) > limit,
        }


def _by_id(rows: list[Json]) -> dict[str, Json]:
    return {row["id"]: row for row in rows}
