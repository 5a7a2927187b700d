"""What one running server holds: its home, its database, its engine, and which models it serves."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatmill.errors import ModelError
from chatmill.server.base_models import (
    EMBEDDED_MODELS,
    base_model_folder,
    ensure_base_model,
    require_local_extra,
)
from chatmill.server.embed import Embedder
from chatmill.server.generate import GenerationEngine, ServedModel
from chatmill.server.home import ServerHome
from chatmill.server.jobs import JobSupervisor
from chatmill.server.limits import KeyLimits
from chatmill.server.measures import Measures
from chatmill.store import server_jobs as store
from chatmill.store.database import Database

MAX_JOBS = 100
"""Fine-tuning jobs that may wait or run at once, unless told otherwise."""
MAX_LOADED_BASES = 2
"""Base models kept in memory; the one used longest ago makes room."""


class ModelShelf:
    """Finds what answers under a name, and keeps it loaded. Used from the engine's thread only."""

    def __init__(
        self, home: ServerHome, database: Database, aliases: Mapping[str, str] | None = None
    ) -> None:
        self._home = home
        self._database = database
        self.aliases = dict(aliases or {})
        self._loaded: dict[Path, Any] = {}

    def base_of(self, name: str) -> tuple[str, Path | None]:
        """Return the base model's name and the adapter's folder behind a served name.

        Raises:
            ModelError: Nothing is served under that name.
        """
        job = store.find_job_of_model(self._database, name)
        if job is not None and job.adapter_path is not None:
            return job.base_model, Path(job.adapter_path)
        checkpoint = store.find_checkpoint_of_model(self._database, name)
        if checkpoint is not None:
            owner = store.find_job(self._database, checkpoint.job_id)
            if owner is not None:
                return owner.base_model, Path(checkpoint.folder)
        name = self.resolve(name)
        if name in EMBEDDED_MODELS or base_model_folder(name, self._home) is not None:
            return name, None
        raise ModelError("no such model", where=name, fix="GET /v1/models lists what there is")

    def resolve(self, name: str) -> str:
        """Return what an alias stands for; any other name is itself."""
        return self.aliases.get(name, name)

    def find(self, name: str) -> ServedModel:
        """Load what serves a name.

        Raises:
            ModelError: There is no such model, or it cannot be fetched or loaded.
        """
        base_name, adapter = self.base_of(name)
        require_local_extra()
        language_model = self._load(ensure_base_model(base_name, home=self._home))
        if adapter is None:
            return ServedModel(language_model, None)
        try:
            language_model.load_adapter(name, adapter)
        except OSError as error:
            raise ModelError("its adapter is gone", where=str(adapter)) from error
        return ServedModel(language_model, name)

    def _load(self, folder: Path) -> Any:  # noqa: ANN401 - a LanguageModel; torch is imported lazily
        from chatmill.server.device import choose_device
        from chatmill.server.language_model import LanguageModel

        found = self._loaded.pop(folder, None)
        if found is None:
            while len(self._loaded) >= MAX_LOADED_BASES:
                del self._loaded[next(iter(self._loaded))]
            found = LanguageModel(folder, choose_device())
        self._loaded[folder] = found
        return found


@dataclass(slots=True)
class Activity:
    """When the server was last asked for something, and what it is still answering."""

    last_at: float = field(default_factory=time.monotonic)
    n_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Note a request's start."""
        with self.lock:
            self.n_open += 1
            self.last_at = time.monotonic()

    def end(self) -> None:
        """Note a request's end."""
        with self.lock:
            self.n_open -= 1
            self.last_at = time.monotonic()

    def idle_seconds(self) -> float:
        """Return how long nothing was asked; 0 while something is answered."""
        with self.lock:
            return 0.0 if self.n_open else time.monotonic() - self.last_at


@dataclass(slots=True, kw_only=True)
class ServerState:
    """Everything the routes need."""

    home: ServerHome
    database: Database
    api_key: str
    shelf: ModelShelf
    engine: GenerationEngine
    embedder: Embedder
    supervisor: JobSupervisor
    activity: Activity
    limits: KeyLimits
    measures: Measures
    max_jobs: int
    """Fine-tuning jobs that may wait or run at once."""


def open_state(  # noqa: PLR0913 - what a server is started with
    home: ServerHome,
    *,
    api_key: str,
    max_trainers: int = 1,
    stale_seconds: float | None = None,
    aliases: Mapping[str, str] | None = None,
    max_jobs: int = MAX_JOBS,
) -> ServerState:
    """Open a home's database and put the parts together; nothing runs yet."""
    database = Database.open(home.database_url, schema="server")
    shelf = ModelShelf(home, database, aliases)
    limits = {} if stale_seconds is None else {"stale_seconds": stale_seconds}
    return ServerState(
        home=home,
        database=database,
        api_key=api_key,
        shelf=shelf,
        engine=GenerationEngine(shelf.find),
        embedder=Embedder(),
        supervisor=JobSupervisor(home, database, max_trainers=max_trainers, **limits),
        activity=Activity(),
        limits=KeyLimits(),
        measures=Measures(),
        max_jobs=max_jobs,
    )
