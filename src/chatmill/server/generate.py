"""Answers chats in batches: requests join and leave a running batch between two tokens."""

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

from chatmill.errors import ChatmillError
from chatmill.server.choosing import Chooser, ChosenToken, Sampling

MAX_ROWS = 32
"""Most answers in progress at once."""
MAX_PREFILL_TOKENS = 4096
"""Most prompt tokens read in one go."""
MAX_CACHED_TOKENS = 32_768
"""Most places of the key-value cache, over all rows."""
GATHER_SECONDS = 0.005
"""A batch that starts from nothing waits so long for company."""
MAX_STARVED_SECONDS = 2.0
"""A request for another model waits at most so long before the running batch takes no more in."""
UNFINISHED = "\ufffd"
"""What the tokenizer shows for a character of which not all bytes are there yet."""

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One finished answer."""

    text: str
    finish_reason: FinishReason
    n_prompt_tokens: int
    n_completion_tokens: int
    chances: tuple[ChosenToken, ...] = ()
    """One a token of the text, where the request wants them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of an answer in progress."""

    text: str
    chances: tuple[ChosenToken, ...] = ()


@dataclass(slots=True)
class ChatRequest:
    """One answer somebody waits for."""

    model: str
    prompt: list[int]
    sampling: Sampling
    on_piece: Callable[[Piece], None] | None = None
    """Gets each new part of the answer, called from the engine's thread."""
    future: "Future[Completion]" = field(default_factory=Future)
    asked_at: float = field(default_factory=time.monotonic)
    is_dropped: bool = False
    """Set by whoever no longer waits; the answer ends at its next token."""


@dataclass(slots=True)
class _Row:
    request: ChatRequest
    chooser: Chooser
    ids: list[int] = field(default_factory=list)
    said: int = 0
    """Characters handed to `on_piece`."""
    n_told: int = 0
    """Chances handed to `on_piece`."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What answers under a name: a loaded base and perhaps an adapter of it."""

    language_model: Any
    adapter: str | None


class GenerationEngine:
    """One thread that owns the models and answers everybody.

    Args:
        find_model: Returns what serves a name, loading it when needed; raises ChatmillError.
    """

    def __init__(self, find_model: Callable[[str], ServedModel]) -> None:
        self._find_model = find_model
        self._queue: queue.Queue[ChatRequest | None] = queue.Queue()
        self._waiting: list[ChatRequest] = []
        self._thread = threading.Thread(target=self._run, name="generation", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End after the token in progress; whoever still waits is told."""
        self._queue.put(None)
        self._thread.join(timeout=60)

    def submit(self, request: ChatRequest) -> "Future[Completion]":
        """Queue a request; set its `is_dropped` when nobody waits any more."""
        self._queue.put(request)
        return request.future

    def _run(self) -> None:
        while self._take(block=True):
            request = self._waiting[0]
            try:
                served = self._find_model(request.model)
                _Batch(self, request.model, served).run()
            except ChatmillError as error:
                self._fail(request.model, error)
            except (RuntimeError, MemoryError) as error:
                reason = f"the model failed while answering: {error}"
                self._fail(request.model, ChatmillError(reason, fix="Ask again"))
        for request in self._waiting:
            request.future.cancel()

    def _fail(self, model: str, error: ChatmillError) -> None:
        for request in [each for each in self._waiting if each.model == model]:
            self._waiting.remove(request)
            if request.future.set_running_or_notify_cancel():
                request.future.set_exception(error)

    def _take(self, *, block: bool) -> bool:
        """Move new requests to the waiting list; returns False when the engine must end."""
        wait_until = None
        while True:
            try:
                if block and not self._waiting:
                    item = self._queue.get()
                    wait_until = time.monotonic() + GATHER_SECONDS
                elif wait_until is not None:
                    item = self._queue.get(timeout=max(0.0, wait_until - time.monotonic()))
                else:
                    item = self._queue.get_nowait()
            except queue.Empty:
                return True
            if item is None:
                self._queue.put(None)  # for whoever looks next
                return False
            self._waiting.append(item)

    def take_for(self, model: str, n_free: int, n_tokens: int) -> list[ChatRequest]:
        """Hand the running batch requests of its model, oldest first.

        Args:
            model: The batch's model.
            n_free: Rows it may take.
            n_tokens: Prompt tokens it may take; one request always fits.
        """
        if not self._take(block=False):
            return []
        oldest_other = min(
            (each.asked_at for each in self._waiting if each.model != model), default=math.inf
        )
        if time.monotonic() - oldest_other > MAX_STARVED_SECONDS:
            return []
        taken: list[ChatRequest] = []
        for request in [each for each in self._waiting if each.model == model]:
            if len(taken) == n_free or (taken and len(request.prompt) > n_tokens):
                break
            n_tokens -= len(request.prompt)
            self._waiting.remove(request)
            if request.future.set_running_or_notify_cancel():
                taken.append(request)
        return taken


class _Batch:
    """Answers in progress with one model, until none is left."""

    def __init__(self, engine: GenerationEngine, model: str, served: ServedModel) -> None:
        self._engine = engine
        self._model = model
        self._language = served.language_model
        self._language.use_adapter(served.adapter)
        self._ends = self._language.chat_format.end_ids
        self._cache = self._language.new_cache()
        self._rows: list[_Row] = []

    def run(self) -> None:
        try:
            self._admit()
            while self._rows:
                logits = self._language.step(self._cache, [row.ids[-1] for row in self._rows])
                self._advance(self._rows, logits)
                self._drop_finished()
                self._admit()
        except (RuntimeError, MemoryError) as error:
            for row in self._rows:
                reason = f"the model failed while answering: {error}"
                row.request.future.set_exception(ChatmillError(reason, fix="Ask again"))

    def _admit(self) -> None:
        """Read the prompts of requests that wait, and choose their first tokens."""
        longest = max(
            (len(row.request.prompt) + row.request.sampling.max_tokens for row in self._rows),
            default=1,
        )
        n_free = min(MAX_ROWS, max(1, MAX_CACHED_TOKENS // longest)) - len(self._rows)
        if n_free <= 0:
            return
        requests = self._engine.take_for(self._model, n_free, MAX_PREFILL_TOKENS)
        if not requests:
            return
        requests.sort(key=lambda each: len(each.prompt))
        rows = [row for request in requests if (row := self._row(request)) is not None]
        if not rows:
            return
        self._rows += rows
        logits = self._language.prefill(self._cache, [row.request.prompt for row in rows])
        self._advance(rows, logits)
        self._drop_finished()

    def _row(self, request: ChatRequest) -> _Row | None:
        """Begin an answer; whoever wants what cannot be followed is told."""
        sampling = request.sampling
        needs_words = sampling.schema is not None or sampling.n_logprobs is not None
        try:
            vocabulary = self._language.vocabulary if needs_words else None
            return _Row(request, Chooser(sampling, vocabulary))
        except ChatmillError as error:
            request.future.set_exception(error)
            return None

    def _advance(self, rows: Sequence[_Row], logits: Any) -> None:  # noqa: ANN401 - a tensor
        likeliest = logits.max(dim=-1).indices.tolist()
        for at, row in enumerate(rows):
            is_plain = row.request.sampling.is_plain
            row.ids.append(likeliest[at] if is_plain else row.chooser.choose(logits[at]))

    def _drop_finished(self) -> None:
        kept = [at for at, row in enumerate(self._rows) if not self._settle(row)]
        if len(kept) < len(self._rows):
            self._cache.keep(kept)
            self._rows = [self._rows[at] for at in kept]

    def _settle(self, row: _Row) -> bool:
        """Tell whether a row is done; hand out what it said."""
        sampling = row.request.sampling
        ended = row.ids[-1] in self._ends
        n_used = len(row.request.prompt) + len(row.ids)
        if row.request.is_dropped:
            row.request.future.set_exception(ChatmillError("nobody waits for this answer"))
            return True
        is_full = len(row.ids) >= sampling.max_tokens or n_used >= self._language.context_tokens
        if not (ended or is_full or row.request.on_piece or sampling.stop):
            return False
        text = self._language.chat_format.decode(row.ids[:-1] if ended else row.ids)
        cut = min((at for stop in sampling.stop if (at := text.find(stop)) >= 0), default=-1)
        if cut >= 0:
            text, ended = text[:cut], True
        is_done = ended or is_full
        self._say(row, text, is_done=is_done)
        if is_done:
            row.request.future.set_result(
                Completion(
                    text=text,
                    finish_reason="stop" if ended else "length",
                    n_prompt_tokens=len(row.request.prompt),
                    n_completion_tokens=len(row.ids),
                    chances=_chances_of(row, text),
                )
            )
        return is_done

    def _say(self, row: _Row, text: str, *, is_done: bool) -> None:
        """Hand out new text, but nothing that a later token could still change or cut."""
        if row.request.on_piece is None:
            return
        safe = len(text)
        if not is_done:
            safe = len(text.rstrip(UNFINISHED))
            held_back = max((len(stop) - 1 for stop in row.request.sampling.stop), default=0)
            safe = max(0, safe - held_back)
        if safe > row.said:
            chances = _chances_of(row, text[:safe])
            row.request.on_piece(Piece(text[row.said : safe], chances[row.n_told :]))
            row.said, row.n_told = safe, len(chances)


def _chances_of(row: _Row, text: str) -> tuple[ChosenToken, ...]:
    """Return what is known of the tokens that wrote a text, without the end token."""
    n_bytes = len(text.encode())
    ends = itertools.accumulate(len(each.chosen.token) for each in row.chooser.chances)
    n_tokens = sum(end <= n_bytes for end in ends)
    return tuple(row.chooser.chances[:n_tokens])
