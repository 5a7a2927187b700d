"""The synchronous face of a model's server: chat, embeddings, files and fine-tuning jobs."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from chatmill.models.background import BackgroundLoop
from chatmill.models.progress import Progress, no_progress
from chatmill.models.providers import Endpoint, open_endpoint, untrusted
from chatmill.models.requests import ChatReply, ChatRequest
from chatmill.models.spending import Spending
from chatmill.settings import Settings
from chatmill.store.database import Database
from chatmill.text.masking import MaskedText

if TYPE_CHECKING:
    import numpy as np

    from chatmill.models.accounts import Answers
    from chatmill.models.connection import Connection
    from chatmill.models.tuning import JobEvent, JobRequest, RemoteJob


T = TypeVar("T")


class ModelClient:
    """Calls one server; a context manager. asyncio runs inside, in a thread of its own.

    Args:
        endpoint: The server.
        spending: How calls may use stored replies and money; without limits when None.
    """

    def __init__(self, endpoint: Endpoint, spending: Spending | None = None) -> None:
        self.endpoint = endpoint
        self.spending = spending or Spending()
        self._loop = BackgroundLoop()
        self._connection: Connection = self._loop.run(_connect(endpoint))

    @classmethod
    def for_provider(
        cls,
        name: str,
        settings: Settings,
        *,
        base_model: str | None = None,
        progress: Progress | None = None,
        spending: Spending | None = None,
    ) -> "ModelClient":
        """Open a client for `local` or a provider of the settings.

        Args:
            name: `local`, or the name of a `[providers.NAME]` section.
            settings: The project's.
            base_model: Model the local server has to have; when None, the project's, where
                this machine trains.
            progress: Told about the download of a base model.
            spending: How calls may use stored replies and money; as `[spend]` says when None.

        Raises:
            SettingsError: There is no such provider, or its key is not in the environment.
            ModelFetchError: The base model cannot be fetched.
            ServerDownError: The server of this machine does not start.
        """
        endpoint = open_endpoint(name, settings, base_model=base_model, progress=progress)
        return cls(endpoint, spending or Spending.from_settings(settings))

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Cancel what runs and let go of the sockets and the thread."""
        self._loop.close(self._connection.close)

    def chat_many(
        self,
        requests: Sequence[ChatRequest],
        *,
        stage: str,
        database: Database | None,
        concurrency: int | None = None,
        progress: Progress | None = None,
    ) -> list[ChatReply]:
        """Answer every request; a reply is stored the moment it arrives and never paid twice.

        Equal requests are sent once, also with a temperature above 0. One failed call does
        not stop the others: the error comes when all have been tried.

        Args:
            requests: In any number.
            stage: Stage that pays, noted with each reply.
            database: Where replies are read and stored; nowhere when None.
            concurrency: Most calls in flight; the provider's `max_concurrency` bounds it.
            progress: Told how many different requests are answered.

        Returns:
            One reply a request, in the order of the requests.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: Calls failed after all their tries, or were refused.
            StorageError: A reply cannot be stored.
        """
        answers = self.ask_many(
            requests, stage=stage, database=database, concurrency=concurrency, progress=progress
        )
        return answers.require_all()

    def ask_many(  # noqa: PLR0913 - what there is to say of a run
        self,
        requests: Sequence[ChatRequest],
        *,
        stage: str,
        database: Database | None,
        concurrency: int | None = None,
        accept: Callable[[str], str] | None = None,
        progress: Progress | None = None,
    ) -> "Answers":
        """Answer every request like `chat_many`, and account for those without an answer.

        Args:
            requests: In any number.
            stage: Stage that pays, noted with each reply.
            database: Where replies are read and stored; nowhere when None.
            concurrency: Most calls in flight; the provider's `max_concurrency` bounds it.
            accept: Says what is wrong with an answer, nothing where it can be used; a bad answer
                is not stored, and asked again as often as the provider's settings say.
            progress: Told how many different requests are answered.

        Returns:
            One reply or None a request, in the order of the requests, and the account.

        Raises:
            UntrustedProviderError: The server may only be sent `MaskedText`; nothing was sent.
            SpendError: The estimate was not confirmed, or a price is missing; nothing was sent.
            ModelCallError: Calls are in a batch that is under way, or batches were asked for of a
                server that has none.
            StorageError: A reply cannot be stored.
        """
        self._require_masked(each.content for one in requests for each in one.messages)
        from chatmill.models.batch import answer_in_batches, refuse_waiting
        from chatmill.models.runs import RunOptions, answer_all, plan_run

        limit = self.endpoint.limits.max_concurrency
        options = RunOptions(
            stage=stage,
            database=database,
            answered_since=self.spending.answered_since(),
            concurrency=min(concurrency or limit, limit),
            prices=self.spending.prices_at(self.endpoint),
            max_usd=self.spending.max_usd,
            accept=accept,
        )
        plan = plan_run(self.endpoint.identity, requests, options)
        if plan.missing:
            if database is not None and not self.spending.is_batch:
                refuse_waiting(database, plan, is_store_read=self.spending.is_store_read)
            self._say_shutdowns([plan.asked[key].model for key in plan.missing])
            self.spending.approve(plan, options, self.endpoint)
        answer = answer_in_batches if self.spending.is_batch else answer_all
        return self._loop.run(answer(self._connection, plan, options, progress or no_progress))

    def run(self, work: "Callable[[Connection], Coroutine[Any, Any, T]]") -> "T":
        """Run work of another module on this client's connection and event loop."""
        return self._loop.run(work(self._connection))

    def _require_masked(self, texts: Iterable[str]) -> None:
        """Let nothing but masked text pass to a server that is not trusted."""
        if self.endpoint.privacy is not None and not all(
            isinstance(text, MaskedText) for text in texts
        ):
            raise untrusted(self.endpoint.provider)

    def _say_shutdowns(self, models: Sequence[str]) -> None:
        """Say which models are switched off soon, before money is spent on them."""
        from chatmill.models.retirements import near_shutdowns

        if self.spending.warn is None:
            return
        distinct = list(dict.fromkeys(models))
        today = datetime.now(UTC).date()
        for each in self._loop.run(near_shutdowns(self._connection, distinct, today)):
            self.spending.warn(each.line(today))

    def chat_stream(self, request: ChatRequest) -> Iterator[str]:
        """Yield an answer piece by piece; it is not stored.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: The server refused, or broke off in the middle.
        """
        from chatmill.models.chat import stream

        self._require_masked(each.content for each in request.messages)
        pieces = stream(self._connection, request)
        try:
            while (piece := self._loop.run(_next_piece(pieces))) is not None:
                yield piece
        finally:
            if not self._loop.is_closed:
                self._loop.run(_close_pieces(pieces))

    def embed(
        self, texts: Sequence[str], *, model: str, progress: Progress | None = None
    ) -> "np.ndarray":
        """Turn texts into vectors; equal texts are sent once.

        Args:
            texts: Empty texts are sent too; some servers refuse them.
            model: Embedding model.
            progress: Told how many different texts are done.

        Returns:
            float32, shape (n_texts, n_dims); row i belongs to texts row i. Without texts,
            shape (0, 0).

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: The server refused, or its rows do not fit the texts.
        """
        import numpy as np

        from chatmill.models.embeddings import embed_all

        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        self._require_masked(texts)
        return self._loop.run(embed_all(self._connection, texts, model, progress or no_progress))

    def upload_file(self, path: Path | str, purpose: str = "fine-tune") -> str:
        """Upload a file and return the id the server gives it.

        Raises:
            StorageError: The file cannot be read.
            ModelError: The server refused it, or nothing answers.
        """
        from chatmill.models import tuning

        if self.endpoint.privacy is not None:
            raise untrusted(self.endpoint.provider)
        return self._loop.run(tuning.upload_file(self._connection, Path(path), purpose))

    def create_job(self, request: "JobRequest") -> "RemoteJob":
        """Start a fine-tuning job, or return the one that runs under the same key already.

        Raises:
            ModelError: The server refused, had all its tries, or nothing answers.
        """
        from chatmill.models import tuning

        return self._loop.run(tuning.create_job(self._connection, request))

    def find_job(self, key: str) -> "RemoteJob | None":
        """Return the server's newest job of this key that did not end in vain, or None."""
        from chatmill.models import tuning

        return self._loop.run(tuning.find_job(self._connection, key))

    def get_job(self, job_id: str) -> "RemoteJob":
        """Return one job as it stands.

        Raises:
            RefusedCallError: The server does not know it (`status` 404).
        """
        from chatmill.models import tuning

        return self._loop.run(tuning.get_job(self._connection, job_id))

    def list_jobs(self) -> "list[RemoteJob]":
        """Return the server's jobs, newest first."""
        return self._loop.run(_all_jobs(self._connection))

    def list_events(self, job_id: str, after: str | None = None) -> "list[JobEvent]":
        """Return a job's events after the one with this id (all when None), oldest first."""
        from chatmill.models import tuning

        return self._loop.run(tuning.list_events(self._connection, job_id, after))

    def cancel_job(self, job_id: str) -> "RemoteJob":
        """Ask the server to stop a job."""
        from chatmill.models import tuning

        return self._loop.run(tuning.cancel_job(self._connection, job_id))

    def file_content(self, file_id: str) -> bytes:
        """Download a file's bytes, such as a job's result CSV."""
        from chatmill.models import tuning

        return self._loop.run(tuning.file_content(self._connection, file_id))

    def list_models(self) -> list[str]:
        """Return the ids of the models the server offers."""
        from chatmill.models import tuning

        return self._loop.run(tuning.list_models(self._connection))


async def _connect(endpoint: Endpoint) -> "Connection":
    from chatmill.models.connection import Connection

    return Connection(endpoint)


async def _next_piece(pieces: AsyncGenerator[str]) -> str | None:
    return await anext(pieces, None)


async def _close_pieces(pieces: AsyncGenerator[str]) -> None:
    await pieces.aclose()


async def _all_jobs(connection: "Connection") -> "list[RemoteJob]":
    from chatmill.models.tuning import iterate_jobs

    return [job async for job in iterate_jobs(connection)]
