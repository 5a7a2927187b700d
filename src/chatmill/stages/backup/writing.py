"""Writes a backup: a tar with the database first, then files, and a manifest of checksums last."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from chatmill import __version__
from chatmill.errors import StorageError, UsageError
from chatmill.frames.columns import PART_NAME
from chatmill.frames.parts import folder_of, storage_errors
from chatmill.models.progress import Progress, no_progress
from chatmill.project import CONVERSATIONS_NAME, DATABASE_NAME, LOCK_NAME, Project
from chatmill.stages.backup.sealing import MAGIC, SealingWriter
from chatmill.store.copying import count_tables, dump_rows, newest_revision, snapshot_sqlite
from chatmill.store.erasures import unfinished_erasure

FORMAT = 1
HEADER_NAME = "chatmill-backup.json"
MANIFEST_NAME = "chatmill-manifest.json"
ROWS_FOLDER = "database"
COPY_BYTES = 1 << 20
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSummary:
    """What a backup holds."""

    n_files: int
    n_bytes: int
    """Of the files, before they were packed."""
    is_sealed: bool
    counts: dict[str, int]
    """Rows of the main tables."""
    left_out: tuple[str, ...] = ()
    """Links, hidden files and other backups in the folder."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that goes in."""

    name: str
    """Inside the archive, with slashes."""
    path: Path


def write_backup(
    project: Project, file: Path, *, passphrase: str = "", progress: Progress | None = None
) -> BackupSummary:
    """Copy the whole project to one file, whatever other processes do meanwhile.

    The database is copied first and as of one moment; all it speaks of is on disk already, and
    what comes later is only more.

    Args:
        project: An open project.
        file: A new file; it appears whole or not at all.
        passphrase: Encrypts it; plain when empty.
        progress: Told how far it is.

    Raises:
        UsageError: The file exists, or an erasure is not finished.
        StorageError: Something cannot be read or written.
    """
    if file.exists():
        raise UsageError("exists already", where=str(file), fix="Choose another name")
    if project.has_database and unfinished_erasure(project.database) is not None:
        raise UsageError(
            "an erasure was interrupted, a copy would keep what it takes",
            where=str(project.folder),
            fix="Finish it: chatmill forget",
        )
    partial = file.absolute().with_name(f".{file.name}.partial")
    try:
        with tempfile.TemporaryDirectory(prefix="chatmill-backup-") as scratch:
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT, OWNER_ONLY), "wb") as out:
                summary = _write(project, out, passphrase, Path(scratch), progress or no_progress)
                out.flush()
                os.fsync(out.fileno())
        partial.replace(file)
    except OSError as error:
        raise StorageError(
            f"the backup cannot be written: {error.strerror or error}",
            where=str(file),
            fix="Check free disk space and permissions",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return summary


def _write(
    project: Project, out: BinaryIO, passphrase: str, scratch: Path, progress: Progress
) -> BackupSummary:
    sealer = SealingWriter(out, passphrase) if passphrase else None
    files: dict[str, dict[str, object]] = {}
    left_out: list[str] = []
    counts = count_tables(project.database) if project.has_database else {}
    sources = [*_database_files(project, scratch), *_files(project, left_out)]
    header = {"format": FORMAT, "chatmill": __version__, "revision": newest_revision()}
    n_bytes = 0
    with tarfile.open(fileobj=sealer or out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add_text(tar, HEADER_NAME, header)
        for done, source in enumerate(sources):
            progress("copying", done, len(sources))
            entry = _add(tar, source)
            if entry is not None:
                files[source.name] = entry
        for name, path in _remote_parts(project, scratch):
            entry = _add(tar, _Source(name, path))
            path.unlink()
            if entry is not None:
                files[name] = entry
        n_bytes = sum(int(str(each["bytes"])) for each in files.values())
        _add_text(tar, MANIFEST_NAME, {"files": files, "counts": counts})
    progress("copying", len(sources), len(sources))
    if sealer is not None:
        sealer.seal()
    return BackupSummary(
        n_files=len(files),
        n_bytes=n_bytes,
        is_sealed=sealer is not None,
        counts=counts,
        left_out=tuple(left_out),
    )


def _database_files(project: Project, scratch: Path) -> Iterator[_Source]:
    if project.settings.store.url:
        rows = scratch / ROWS_FOLDER
        rows.mkdir()
        for name in dump_rows(project.database, rows):
            yield _Source(f"{ROWS_FOLDER}/{name}", rows / name)
    elif project.has_database:
        copy = scratch / DATABASE_NAME
        snapshot_sqlite(project.folder / DATABASE_NAME, copy)
        yield _Source(DATABASE_NAME, copy)


def _files(project: Project, left_out: list[str]) -> list[_Source]:
    """List the files of the folder, but links, hidden ones and other backups."""
    passed = {f"{DATABASE_NAME}{ending}" for ending in ("", "-wal", "-shm")} | {LOCK_NAME}
    found: list[_Source] = []
    waiting = [project.folder]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            name = path.relative_to(project.folder).as_posix()
            if name in passed:
                continue
            if path.name.endswith(".partial"):
                continue  # half-written by a killed stage, or this very backup
            if path.name.startswith(".") or path.is_symlink():
                left_out.append(name)
            elif path.is_dir():
                waiting.append(path)
            elif not path.is_file() or _is_backup(path):
                left_out.append(name)
            else:
                found.append(_Source(name, path))
    return found


def _is_backup(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(512)
    return head.startswith((MAGIC, f"{HEADER_NAME}\0".encode()))


def _remote_parts(project: Project, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Fetch the parts of conversations that lie outside the project's folder."""
    address = project.conversations.address
    if Path(address).is_relative_to(project.folder):
        return
    folder = folder_of(address)
    with storage_errors(address):
        for name in [each for each in folder.names() if PART_NAME.match(each)]:
            path = scratch / name
            with folder.open(name) as source, path.open("wb") as copy:
                while block := source.read(COPY_BYTES):
                    copy.write(block)
            yield f"{CONVERSATIONS_NAME}/{name}", path


def _add(tar: tarfile.TarFile, source: _Source) -> dict[str, object] | None:
    """Copy a file as long as it is now; None where it is gone in the meantime.

    Raises:
        StorageError: It became shorter while it was read.
    """
    try:
        with source.path.open("rb") as file:
            info = tarfile.TarInfo(source.name)
            status = os.fstat(file.fileno())
            info.size, info.mode = status.st_size, status.st_mode & 0o700
            reader = _Measured(file, info.size)
            try:
                tar.addfile(info, reader)
            except OSError as error:
                if "unexpected end of data" not in str(error):
                    raise
                raise StorageError(
                    "became shorter while it was copied",
                    where=source.name,
                    fix="Make the backup again",
                ) from error
    except FileNotFoundError:
        return None
    return {"bytes": info.size, "sha256": reader.digest.hexdigest()}


def _add_text(tar: tarfile.TarFile, name: str, record: object) -> None:
    content = json.dumps(record, ensure_ascii=False).encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), OWNER_ONLY
    tar.addfile(info, io.BytesIO(content))


class _Measured:
    """Reads a file and sums up what was read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.digest = hashlib.sha256()
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        block = self._file.read(wanted)
        self._left -= len(block)
        self.digest.update(block)
        return block
