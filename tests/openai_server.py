"""A scripted server of OpenAI's protocol: real HTTP on a free loopback port, in its own thread.

It answers by echo unless told otherwise, misbehaves on request (`script`), and keeps every
request it saw (`requests`), so that a test can say what was sent and how often. More routes come
in with `mount`; they answer before the ones here.
"""

import base64
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
N_DIMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as the server saw it."""

    method: str
    path: str
    """Without `/v1` and the query."""
    body: Json
    """Decoded JSON; of an upload, its raw parts under `raw`."""
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    """The last value of each name."""
    connection: int = 0
    """The client's port: the same for requests over one connection."""


Route = Callable[[Received], "tuple[int, Json | bytes] | None"]
"""Answers a request with a status and a body, or leaves it to the next route with None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """What happens to one request in place of an answer."""

    status: int = 0
    """Error status; 0 for the faults below."""
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    """Body sent as it is, with status 200 unless `status` says otherwise."""
    is_reset: bool = False
    """The connection is reset before anything is sent."""
    is_lost: bool = False
    """The request is carried out, then the connection is reset before the answer."""
    is_endless: bool = False
    """The answer begins and never ends."""
    stream: str = ""
    """How a streamed answer misbehaves: `endless`, `repeated`, or `broken` off in the middle."""


def refusal(status: int, **headers: str) -> Misbehaviour:
    """Answer with an error; header names with `_` for `-`."""
    said = {"error": {"message": f"scripted {status}", "type": "scripted", "code": None}}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Misbehaviour(status=status, headers=names, text=json.dumps(said))


def malformed(text: str = '{"choices": [') -> Misbehaviour:
    """Answer 200 with something that is not the protocol."""
    return Misbehaviour(text=text)


RESET = Misbehaviour(is_reset=True)
ENDLESS_STREAM = Misbehaviour(stream="endless")
REPEATED_STREAM = Misbehaviour(stream="repeated")
BROKEN_STREAM = Misbehaviour(stream="broken")
LOST_ANSWER = Misbehaviour(is_lost=True)
ENDLESS = Misbehaviour(is_endless=True)


def echo(body: Json) -> str:
    """Answer with the last message."""
    return f"echo: {body['messages'][-1]['content']}"


def vector_of(text: str) -> list[float]:
    """Give a text a vector that depends on its letters alone."""
    padded = text.encode("utf-8").ljust(N_DIMS, b"\1")[:N_DIMS]
    return [float(byte) for byte in padded]


class OpenAIServer:
    """The server; a context manager.

    `answer` makes the text of a chat reply from the request's body, `vector` the embedding of a
    text. `polls_until_done` is how
    often a job must be looked at before it ends as `job_outcome` says.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.answer: Callable[[Json], str] = echo
        self.before_answer: Callable[[Received], None] = lambda _request: None
        self.vector: Callable[[str], Sequence[float]] = vector_of
        self.polls_until_done = 2
        self.job_outcome: Json = {"status": "succeeded"}
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, Json] = {}
        self.events: dict[str, list[Json]] = {}
        self.n_in_flight = 0
        self.most_in_flight = 0
        self.seconds_per_chat = 0.0
        self.lock = threading.RLock()
        self._script: dict[tuple[str, str], deque[Misbehaviour]] = {}
        self._polls: dict[str, int] = {}
        self._routes: list[Route] = []
        self.is_stopping = threading.Event()
        self._http = _HTTPServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        """Start listening."""
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop, and end the thread."""
        self.is_stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """Address up to and including /v1."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def script(self, path: str, *misbehaviours: Misbehaviour, method: str = "POST") -> None:
        """Let the next requests of a path (`/chat/completions`) misbehave, one after the other."""
        self._script.setdefault((method, path), deque()).extend(misbehaviours)

    def mount(self, route: Route) -> None:
        """Put a route before all others; scripted faults and `before_answer` apply to it too."""
        self._routes.insert(0, route)

    def route(self, received: Received) -> tuple[int, Json | bytes]:
        """Ask the mounted routes, the newest first, then the server's own."""
        for each in self._routes:
            answer = each(received)
            if answer is not None:
                return answer
        return _route(self, received)

    def next_misbehaviour(self, method: str, path: str) -> Misbehaviour | None:
        """Take the next scripted fault of a path."""
        with self.lock:
            waiting = self._script.get((method, path))
            return waiting.popleft() if waiting else None

    def seen(self, path: str, method: str = "POST") -> list[Received]:
        """Return the requests of one path."""
        return [each for each in self.requests if (each.path, each.method) == (path, method)]

    def create_job(self, body: Json) -> Json:
        """Start a job with four steps of scripted loss."""
        number = len(self.jobs) + 1
        job: Json = {
            "id": f"ftjob-{number}",
            "object": "fine_tuning.job",
            "created_at": 1_700_000_000 + number,
            "finished_at": None,
            "model": body["model"],
            "fine_tuned_model": None,
            "organization_id": "org-test",
            "status": "validating_files",
            "error": {"code": None, "message": None, "param": None},
            "result_files": [],
            "seed": body.get("seed", 0),
            "trained_tokens": None,
            "training_file": body["training_file"],
            "validation_file": body.get("validation_file"),
            "method": body.get("method"),
            "metadata": body.get("metadata"),
        }
        self.jobs[job["id"]] = job
        self.events[job["id"]] = []
        self._add_event(job["id"], "Created fine-tuning job")
        return job

    def look_at_job(self, job_id: str) -> Json:
        """Let a job go on by one poll; the last one ends it."""
        job = self.jobs[job_id]
        if job["status"] in ("succeeded", "failed", "cancelled"):
            return job
        polls = self._polls.get(job_id, 0) + 1
        self._polls[job_id] = polls
        job["status"] = "running"
        self._add_event(job_id, f"Step {polls}", step=polls, train_loss=2.0 / polls)
        if polls >= self.polls_until_done:
            self._finish(job)
        return job

    def _finish(self, job: Json) -> None:
        file_id = f"file-result-{job['id']}"
        self.files[file_id] = b"step,train_loss\n1,2.0\n"
        job.update(
            finished_at=job["created_at"] + 60,
            fine_tuned_model=f"ft:{job['model']}:test::{job['id']}",
            trained_tokens=1234,
            result_files=[file_id],
        )
        job.update(self.job_outcome)
        self._add_event(job["id"], f"The job has {job['status']}")

    def _add_event(self, job_id: str, message: str, **metrics: float) -> None:
        events = self.events[job_id]
        if metrics:
            metrics["total_steps"] = self.polls_until_done
        events.append(
            {
                "id": f"ftevent-{job_id}-{len(events)}",
                "object": "fine_tuning.job.event",
                "created_at": 1_700_000_000,
                "level": "info",
                "message": message,
                "type": "metrics" if metrics else "message",
                "data": metrics or None,
            }
        )


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: clients that turn away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HTTPServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Stay quiet."""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve({})

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._serve({})

    def do_POST(self) -> None:
        """Answer a POST."""
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        is_json = self.headers.get("content-type", "").startswith("application/json")
        self._serve(json.loads(raw) if is_json and raw else {"raw": raw})

    def _serve(self, body: Json) -> None:
        owner = self.server.owner
        address = urlsplit(self.path)
        path = address.path.removeprefix("/v1")
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        received = Received(
            method=self.command,
            path=path,
            body=body,
            headers={name.lower(): value for name, value in self.headers.items()},
            query=query,
            connection=self.client_address[1],
        )
        with owner.lock:
            owner.requests.append(received)
        fault = owner.next_misbehaviour(self.command, path)
        if fault is not None and fault.stream:
            self._stream(owner.answer(body), fault.stream)
            return
        if fault is not None and not fault.is_lost:
            self._misbehave(fault)
            return
        if path == "/chat/completions":
            self._chat(body)
            return
        with owner.lock:
            status, answer = owner.route(received)
        owner.before_answer(received)
        if fault is not None:
            self._reset()
        elif isinstance(answer, bytes):
            self._send(status, answer, {"content-type": "application/octet-stream"})
        else:
            self._send_json(answer, status=status)

    def _chat(self, body: Json) -> None:
        owner = self.server.owner
        with owner.lock:
            owner.n_in_flight += 1
            owner.most_in_flight = max(owner.most_in_flight, owner.n_in_flight)
        try:
            if owner.seconds_per_chat:
                time.sleep(owner.seconds_per_chat)
            text = owner.answer(body)
        finally:
            with owner.lock:
                owner.n_in_flight -= 1
        if body.get("stream"):
            self._stream(text)
            return
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }
        usage = {"prompt_tokens": 7, "completion_tokens": len(text.split()), "total_tokens": 0}
        self._send_json({"id": "chatcmpl-1", "choices": [choice], "usage": usage})

    def _stream(self, text: str, fault: str = "") -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        pieces = text.split(" ")
        for piece in pieces[: 1 if fault == "broken" else None]:
            self._send_piece(f"{piece} ")
        if fault == "broken":
            self._reset()
            return
        try:
            while fault == "endless" and not self.server.owner.is_stopping.is_set():
                self._send_piece("again ")
        except OSError:
            return  # the client had enough
        self._send_piece("", finish_reason="stop")
        for piece in pieces if fault == "repeated" else ():
            self._send_piece(f"{piece} ")
        self.wfile.write(b"data: [DONE]\n\n")

    def _send_piece(self, piece: str, finish_reason: str | None = None) -> None:
        delta = {"index": 0, "delta": {"content": piece}, "finish_reason": finish_reason}
        chunk = {"id": "c", "object": "chat.completion.chunk", "choices": [delta]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _misbehave(self, fault: Misbehaviour) -> None:
        if fault.is_reset:
            self._reset()
        elif fault.is_endless:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "1000000")
            self.end_headers()
            while not self.server.owner.is_stopping.wait(0.01):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    break
            self.close_connection = True
        else:
            headers = {"content-type": "application/json", **fault.headers}
            self._send(fault.status or 200, fault.text.encode(), headers)

    def _reset(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RD)
        self.wfile = _Nowhere()  # type: ignore[assignment] # the handler flushes it after us
        self.connection.close()

    def _send_json(self, body: Json, *, status: int = 200) -> None:
        self._send(status, json.dumps(body).encode(), {"content-type": "application/json"})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Nowhere:
    closed = False

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _route(  # noqa: PLR0911 - one return a route
    owner: OpenAIServer, received: Received
) -> tuple[int, Json | bytes]:
    body, query = received.body, received.query
    match [received.method, *received.path.strip("/").split("/")]:
        case ["GET", "models"]:
            names = ["base-model", *(job["fine_tuned_model"] for job in owner.jobs.values())]
            return 200, {"object": "list", "data": [{"id": name} for name in names if name]}
        case ["POST", "embeddings"]:
            return 200, _embeddings(body, owner.vector)
        case ["POST", "files"]:
            file_id = f"file-{len(owner.files) + 1}"
            owner.files[file_id] = body["raw"]
            return 200, {"id": file_id, "object": "file", "bytes": len(body["raw"])}
        case ["GET", "files", file_id, "content"] if file_id in owner.files:
            return 200, owner.files[file_id]
        case ["POST", "fine_tuning", "jobs"]:
            return 200, owner.create_job(body)
        case ["GET", "fine_tuning", "jobs"]:
            return 200, _page(list(owner.jobs.values()), query)
        case ["GET", "fine_tuning", "jobs", job_id] if job_id in owner.jobs:
            return 200, owner.look_at_job(job_id)
        case ["GET", "fine_tuning", "jobs", job_id, "events"] if job_id in owner.jobs:
            return 200, _page(owner.events[job_id], query)
        case ["POST", "fine_tuning", "jobs", job_id, "cancel"] if job_id in owner.jobs:
            owner.jobs[job_id]["status"] = "cancelled"
            return 200, owner.jobs[job_id]
    return 404, {"error": {"message": f"no {received.path}", "code": "not_found"}}


def _embeddings(body: Json, vector_of_text: Callable[[str], Sequence[float]]) -> Json:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    rows: list[Json] = []
    for index, text in enumerate(texts):
        vector: Any = vector_of_text(text)
        if body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        rows.append({"index": index, "object": "embedding", "embedding": vector})
    return {"object": "list", "data": rows[::-1], "model": body["model"]}


def _page(oldest_first: list[Json], query: Mapping[str, str]) -> Json:
    """Return one page, newest first, as the hosted service does."""
    rows = oldest_first[::-1]
    if "after" in query:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(query["after"]) + 1 :]
    limit = int(query.get("limit", 20))
    return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit}
