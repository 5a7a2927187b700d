"""The one folder of the server: database, files, models, and how to reach who serves there."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from chatmill.errors import StorageError, UsageError
from chatmill.store.database import sqlite_url

HOME_VARIABLE = "CHATMILL_SERVER_HOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What `server.json` says about the server that runs in a home."""

    pid: int
    host: str
    port: int
    api_key: str
    version: str

    @property
    def base_url(self) -> str:
        """Address for an OpenAI client, ending in /v1."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHome:
    """Where everything of one server lies; shared by every project of the user."""

    root: Path

    @property
    def database_url(self) -> str:
        """Address of the server's own database."""
        return sqlite_url(self.root / "server.db")

    @property
    def files(self) -> Path:
        """Contents of uploaded files and job results, one file an id."""
        return self.root / "files"

    @property
    def base_models(self) -> Path:
        """Converted base models, one folder each."""
        return self.root / "base-models"

    @property
    def jobs(self) -> Path:
        """One folder a fine-tuning job: its input, checkpoints, adapter and log."""
        return self.root / "jobs"

    @property
    def info_file(self) -> Path:
        """Says where the running server listens; mode 0600, because it holds the key."""
        return self.root / "server.json"

    @property
    def log_file(self) -> Path:
        """What a server started in the background prints."""
        return self.root / "server.log"

    def server_lock(self) -> FileLock:
        """Return the lock that the one running server holds."""
        return FileLock(self.root / "server.lock")

    def start_lock(self) -> FileLock:
        """Return the lock that whoever starts a server holds while starting it."""
        return FileLock(self.root / "start.lock")

    def file_content(self, file_id: str) -> Path:
        """Return where a file's bytes lie."""
        return self.files / file_id

    def job_folder(self, job_id: str) -> Path:
        """Return a job's folder."""
        return self.jobs / job_id

    def write_info(self, info: ServerInfo) -> None:
        """Publish how to reach the running server, readable by this user only."""
        write_private(self.info_file, json.dumps(asdict(info), indent=2) + "\n")

    def read_info(self) -> ServerInfo | None:
        """Return how to reach the server that ran last; None where none ever did."""
        try:
            return ServerInfo(**json.loads(self.info_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def remove_info(self) -> None:
        """Say that no server runs any more."""
        self.info_file.unlink(missing_ok=True)

    def api_key(self) -> str:
        """Return this home's key; made once, so that scripts can go on using it."""
        key_file = self.root / "api-key"
        try:
            return key_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            key = f"sk-chatmill-{secrets.token_urlsafe(24)}"
            write_private(key_file, key + "\n")
            return key

    def is_running(self) -> bool:
        """Tell whether some process holds this home's server lock."""
        lock = self.server_lock()
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False


def find_home(path: Path | None = None) -> ServerHome:
    """Return the server's home and make its folders.

    Args:
        path: The folder; `$CHATMILL_SERVER_HOME` or the user's data folder when None.

    Raises:
        StorageError: The folders cannot be made.
    """
    if path is None:
        named = os.environ.get(HOME_VARIABLE, "")
        path = Path(named) if named else _default_root()
    home = ServerHome(root=path.expanduser().resolve())
    try:
        for folder in (home.root, home.files, home.base_models, home.jobs):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the server's folders: {error.strerror}",
            where=str(home.root),
            fix=f"Name a folder you may write to in {HOME_VARIABLE}",
        ) from error
    return home


def hold_home(home: ServerHome) -> FileLock:
    """Take the home for this process, so that only one server runs in it.

    Raises:
        UsageError: Another server runs there.
    """
    lock = home.server_lock()
    try:
        lock.acquire(blocking=False)
    except Timeout:
        info = home.read_info()
        place = f" at {info.base_url} (process {info.pid})" if info is not None else ""
        raise UsageError(
            f"a server is running here already{place}",
            where=str(home.root),
            fix=f"Use that one, stop it, or name another home with --home or {HOME_VARIABLE}",
        ) from None
    return lock


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it.

    Raises:
        StorageError: It cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageError(f"cannot be written: {error.strerror}", where=str(path)) from error


def _default_root() -> Path:
    from platformdirs import user_data_path

    return user_data_path("chatmill", appauthor=False) / "server"
