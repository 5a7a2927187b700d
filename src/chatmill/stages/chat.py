"""Chat: talk to the tuned model with the line it will be served with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from chatmill.errors import ServerDownError, TuningError
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.models.system_line import chat_system_line
from chatmill.project import Project
from chatmill.store.jobs import latest_job, list_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenModel:
    """A model and who serves it."""

    model: str
    provider: str
    base_model: str
    """What the provider `local` must have to serve it."""


class Chat:
    """One conversation with a model; a context manager.

    Args:
        open_client: Finds the server; called again where it has ended (the one of this machine
            does after some idle time).
        model: Name of the model.
        system: First line of every request.
        max_tokens: Longest answer.
    """

    def __init__(
        self, open_client: Callable[[], ModelClient], model: str, system: str, max_tokens: int
    ) -> None:
        self.model = model
        self.system = system
        self._open_client = open_client
        self._client = open_client()
        self._max_tokens = max_tokens
        self._said: list[ChatMessage] = []

    def __enter__(self) -> Self:
        """Return the chat itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the server."""
        self._client.close()

    def say(self, text: str) -> Iterator[str]:
        """Ask and yield the answer piece by piece; both are remembered once it is complete.

        Raises:
            ModelError: The server refused, broke off, or nothing answers.
        """
        asked = ChatMessage(role="user", content=text)
        system = ChatMessage(role="system", content=self.system)
        request = ChatRequest(
            model=self.model,
            messages=(system, *self._said, asked),
            max_tokens=self._max_tokens,
        )
        pieces: list[str] = []
        for piece in self._pieces(request):
            pieces.append(piece)
            yield piece
        self._said += [asked, ChatMessage(role="assistant", content="".join(pieces))]

    def _pieces(self, request: ChatRequest) -> Iterator[str]:
        try:
            yield from self._client.chat_stream(request)
        except ServerDownError:  # nothing was answered yet, so asking again repeats nothing
            self._client.close()
            self._client = self._open_client()
            yield from self._client.chat_stream(request)


def open_chat(
    project: Project,
    *,
    model: str | None = None,
    system: str | None = None,
    progress: Progress | None = None,
) -> Chat:
    """Start a conversation.

    Args:
        project: An open project.
        model: A tuned or base model; the newest tuned one when None.
        system: First line; `[chat] system`, else made from the products, when None.
        progress: Told about the download of a base model.

    Raises:
        TuningError: No model was tuned and none is named.
        ModelError: The server cannot be reached.
    """
    chosen = choose_model(project, model)

    def open_client() -> ModelClient:
        return ModelClient.for_provider(
            chosen.provider, project.settings, base_model=chosen.base_model, progress=progress
        )

    return Chat(
        open_client,
        chosen.model,
        chat_system_line(project.settings) if system is None else system,
        project.settings.chat.max_answer_tokens,
    )


def choose_model(project: Project, model: str | None) -> ChosenModel:
    """Return the model to talk to and who serves it.

    A name no job of the project has is taken for a model of the training provider.

    Raises:
        TuningError: No model was tuned and none is named.
    """
    options = project.settings.train
    if model is None:
        job = latest_job(project.database)
        if job is None:
            raise TuningError(
                "no model was tuned yet",
                fix="Tune one: chatmill train, or name one: chatmill chat --model MODEL",
            )
    else:
        known = [each for each in list_jobs(project.database) if each.fine_tuned_model == model]
        job = known[-1] if known else None
    if job is not None and job.fine_tuned_model is not None:
        return ChosenModel(
            model=job.fine_tuned_model, provider=job.provider, base_model=job.base_model
        )
    return ChosenModel(
        model=model or options.base_model, provider=options.provider, base_model=options.base_model
    )
