"""The project folder: finds it, opens its store, settings and conversations, and holds its lock."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from chatmill.errors import (
    NoProjectError,
    ProjectBusyError,
    ProjectExistsError,
    SettingsError,
    StorageError,
    UsageError,
)
from chatmill.settings import FILE_NAME, ProviderSettings, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatmill.frames import ConversationStore, Engine
    from chatmill.store.database import Database
    from chatmill.store.speaker_names import SpeakerOverlay

DATABASE_NAME = "chatmill.db"
LOCK_NAME = ".chatmill.lock"
CONVERSATIONS_NAME = "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitAnswers:
    """What `chatmill init` asks; every answer may be skipped."""

    language: str = ""
    """Main language of the conversations, `ko` or `en`."""
    agents: tuple[str, ...] = ()
    """Names of the people who answer, as exported."""
    products: tuple[str, ...] = ()
    """Products the chats are about."""
    provider: str = "local"
    """Who trains: `local`, or the name of a provider."""
    provider_settings: ProviderSettings = field(default_factory=ProviderSettings)
    """Address and key variable of that provider, where it is not `local`."""


class Project:
    """One project; use it as a context manager, or `close` it.

    Args:
        folder: A folder that holds a chatmill.toml.
        settings: Its settings, environment included.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    @classmethod
    def open(cls, folder: Path | str = ".") -> Project:
        """Open the project in this folder or the nearest one above it.

        Raises:
            NoProjectError: There is none.
            SettingsError: Its chatmill.toml cannot be used.
        """
        start = Path(folder).absolute()
        for candidate in (start, *start.parents):
            if (candidate / FILE_NAME).is_file():
                return cls(candidate, load_settings(candidate / FILE_NAME))
        raise NoProjectError(
            "no chatmill project here or in any folder above",
            where=str(folder),
            fix="Make one: chatmill init",
        )

    @classmethod
    def create(cls, folder: Path | str, answers: InitAnswers | None = None) -> Project:
        """Make a project folder with a commented chatmill.toml.

        Raises:
            ProjectExistsError: There is one already.
            StorageError: The folder cannot be written.
        """
        path = Path(folder).absolute()
        require_new(path)
        answers = answers or InitAnswers()
        _require_usable(answers)
        try:
            path.mkdir(parents=True, exist_ok=True)
            text = settings_text(path.name, answers)
            (path / FILE_NAME).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}",
                where=str(folder),
                fix="Choose another place",
            ) from error
        return cls.open(path)

    def __enter__(self) -> Self:
        """Hand over the project."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close it."""
        self.close()

    @property
    def name(self) -> str:
        """Name shown in reports."""
        return self.settings.project.name or self.folder.name

    @cached_property
    def database(self) -> Database:
        """The project's database, migrated.

        Raises:
            ProjectTooNewError: A newer chatmill wrote it.
        """
        from chatmill.store.database import Database, sqlite_url

        return Database.open(
            self.settings.store.url or sqlite_url(self.folder / DATABASE_NAME), schema="project"
        )

    @cached_property
    def conversations(self) -> ConversationStore:
        """The imported conversations."""
        from chatmill.frames import ConversationStore
        from chatmill.frames.places import is_url

        location = self.settings.store.conversations
        return ConversationStore(
            location if is_url(location) else self.folder / (location or CONVERSATIONS_NAME),
            engine=self.engine,
            names=self._speaker_overlay,
        )

    def _speaker_overlay(self) -> SpeakerOverlay:
        """Return what some speakers are called in place of their exported names."""
        from chatmill.store.speaker_names import read_overlay

        return read_overlay(self.database) if self.has_database else {}

    @property
    def has_database(self) -> bool:
        """Whether there is a database already; opening it makes one."""
        return bool(self.settings.store.url) or (self.folder / DATABASE_NAME).exists()

    @property
    def engine(self) -> Engine:
        """What runs over dataframes."""
        from chatmill.frames import Engine

        chosen = self.settings.engine
        return Engine(runner=chosen.runner, address=chosen.address)

    def remember(
        self, section: str, name: str, value: str | Sequence[str] | Mapping[str, str]
    ) -> None:
        """Write one option to chatmill.toml, comments and everything else kept, and use it.

        Args:
            section: `roles`, `import` …
            name: `agents`, `timezone` …
            value: What it is from now on.

        Raises:
            SettingsError: The option cannot have this value; the file stays as it was.
            StorageError: The file cannot be written.
        """
        path = self.folder / FILE_NAME
        partial = path.with_name(f".{FILE_NAME}.partial")
        try:
            text = path.read_bytes().decode("utf-8-sig")
            partial.write_bytes(with_option(text, section, name, value).encode("utf-8"))
            load_settings(partial)
            partial.replace(path)
        except SettingsError as error:
            raise SettingsError(
                error.what, where=f"{path} [{section}] {name}", fix=error.fix
            ) from error
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}", where=str(path), fix="Check its rights"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        self.settings = load_settings(path)

    @property
    def own_paths(self) -> list[Path]:
        """What a project keeps in its folder; nobody's exports."""
        database = [f"{DATABASE_NAME}{ending}" for ending in ("", "-wal", "-shm")]
        made = ("datasets", "models", "reports", "masked")
        names = (FILE_NAME, "chatmill.key", *database, CONVERSATIONS_NAME, *made)
        return [self.folder / name for name in names]

    @property
    def datasets_folder(self) -> Path:
        """Where dataset versions lie."""
        return self.folder / "datasets"

    @property
    def models_folder(self) -> Path:
        """Where copies of tuned adapters and their cards lie, one folder a job."""
        return self.folder / "models"

    @property
    def reports_folder(self) -> Path:
        """Where reports lie, one folder an evaluation."""
        return self.folder / "reports"

    @contextmanager
    def lock(self, stage: str) -> Iterator[None]:
        """Hold the project for one stage; let go by the operating system if we are killed.

        Raises:
            ProjectBusyError: Another stage is running.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / LOCK_NAME)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ProjectBusyError(
                "another chatmill stage is running in this project",
                where=str(self.folder),
                fix=f"Wait for it, then run {stage} again",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Let go of the database, where it was opened."""
        if "database" in self.__dict__:
            self.database.close()


def require_new(folder: Path | str) -> None:
    """Refuse a folder that is a project already.

    Raises:
        ProjectExistsError: It holds a chatmill.toml.
    """
    if (Path(folder) / FILE_NAME).exists():
        raise ProjectExistsError(
            "is a chatmill project already", where=str(folder), fix="Go on: chatmill status"
        )


def _require_usable(answers: InitAnswers) -> None:
    """Refuse answers that could only fail later."""
    chosen = answers.provider_settings
    if answers.provider == "local":
        if chosen.base_url:
            raise UsageError(
                "an address without a provider", where="--base-url", fix="Add --provider"
            )
        return
    if not chosen.base_url.startswith(("http://", "https://")):
        raise UsageError(
            f"{chosen.base_url!r} is no address",
            where="--base-url",
            fix="Give one that begins with https:// and ends with /v1",
        )
    if chosen.api_key_env and not chosen.api_key_env.isidentifier():
        raise UsageError(
            "not the name of a variable",
            where="--api-key-env",
            fix="Put the key into a variable and give the variable's name; keys are never stored",
        )


def settings_text(name: str, answers: InitAnswers) -> str:
    """Write a chatmill.toml that says what was answered and where the rest is explained."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("Every option, its unit and default: chatmill settings"))
    project = tomlkit.table()
    project["name"] = name
    if answers.language:
        project["language"] = answers.language
    project["products"] = list(answers.products)
    document["project"] = project
    document["roles"] = {"agents": [name for name in answers.agents if name]}
    document["train"] = {"provider": answers.provider}
    if answers.provider != "local":
        chosen = answers.provider_settings
        document["providers"] = {
            answers.provider: {
                "base_url": chosen.base_url,
                "api_key_env": chosen.api_key_env,
                "trusted": chosen.trusted,
            }
        }
    return tomlkit.dumps(document)


def with_option(
    text: str, section: str, name: str, value: str | Sequence[str] | Mapping[str, str]
) -> str:
    """Set one option in the text of a chatmill.toml and leave all else as it is.

    Args:
        text: The file, valid TOML.
        section: Added at the end where the file has none of this name.
        name: Of the option.
        value: A text, a list of texts, or a table of texts.
    """
    import tomlkit

    document = tomlkit.parse(text)
    if section not in document:
        document[section] = tomlkit.table()
    if isinstance(value, str):
        written: object = value
    elif isinstance(value, Mapping):
        written = tomlkit.inline_table()
        written.update(value)
    else:
        written = list(value)
    document[section][name] = written
    return tomlkit.dumps(document)
