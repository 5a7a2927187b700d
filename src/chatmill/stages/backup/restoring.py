"""Reads a backup back; what is in it is believed only as far as the manifest's checksums go."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from chatmill.errors import StorageError, UnreadableFileError, UsageError
from chatmill.models.progress import Progress, no_progress
from chatmill.project import DATABASE_NAME, Project
from chatmill.settings import FILE_NAME
from chatmill.stages.backup.sealing import OpeningReader, is_sealed
from chatmill.stages.backup.writing import (
    COPY_BYTES,
    FORMAT,
    HEADER_NAME,
    MANIFEST_NAME,
    ROWS_FOLDER,
    BackupSummary,
)
from chatmill.store.copying import check_sqlite, load_rows

MOST_FILES = 5_000_000
MOST_MANIFEST_BYTES = 1 << 30
LEAST_FREE_BYTES = 64 << 20
"""Left free on the disk while unpacking."""
BUFFER_BYTES = 1 << 20
_FORBIDDEN = frozenset('\\:\0<>"|?*')
"""Letters that mean something in a path on some system."""


def verify_backup(file: Path, *, passphrase: str = "") -> BackupSummary:
    """Read a backup to its end and compare every checksum; write nothing.

    Raises:
        UnreadableFileError: It is damaged, cut, hostile, or no backup, or the passphrase is wrong.
    """
    return _Unpacking(file, None).read(passphrase, no_progress)


def restore_backup(
    file: Path, into: Path, *, passphrase: str = "", progress: Progress | None = None
) -> BackupSummary:
    """Make a project of a backup; it appears whole and verified, or not at all.

    A project whose database or conversations lay elsewhere has both in its folder afterwards.

    Args:
        file: Made by `write_backup`.
        into: A folder that does not exist, or is empty.
        passphrase: Needed where it is encrypted.
        progress: Told how far it is.

    Raises:
        UsageError: The folder is not empty.
        UnreadableFileError: The backup is damaged, cut, hostile, or the passphrase is wrong.
        ProjectTooNewError: A newer chatmill wrote it.
        StorageError: The folder cannot be written.
    """
    into = into.absolute()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("is not empty", where=str(into), fix="Name a new folder")
    scratch = into.with_name(f".{into.name}.restoring")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)
        summary = _Unpacking(file, scratch).read(passphrase, progress or no_progress)
        _settle(scratch, file)
        if into.exists():
            into.rmdir()
        scratch.rename(into)
    except OSError as error:
        raise StorageError(
            f"cannot be restored: {error.strerror or error}",
            where=str(into),
            fix="Check free disk space and permissions",
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return summary


class _Unpacking:
    """One reading of an archive.

    Args:
        file: The archive.
        root: Where files go; nowhere when None.
    """

    def __init__(self, file: Path, root: Path | None) -> None:
        self._file = file
        self._root = root
        self._sums: dict[str, dict[str, Any]] = {}
        self._manifest: dict[str, Any] = {}
        self._folded: set[str] = set()

    def read(self, passphrase: str, progress: Progress) -> BackupSummary:
        sealed = is_sealed(self._file)
        if sealed and not passphrase:
            raise UnreadableFileError(
                "is encrypted", where=str(self._file), fix="Give its passphrase"
            )
        with self._file.open("rb") as raw, self._refusals():
            source: BinaryIO = raw
            if sealed:
                opened: io.RawIOBase = OpeningReader(raw, passphrase, str(self._file))
                source = io.BufferedReader(opened, BUFFER_BYTES)
            with tarfile.open(fileobj=source, mode="r|") as tar:
                for number, member in enumerate(tar):
                    self._take(tar, member, number)
                    progress("restoring", number, 0)
            while source.read(COPY_BYTES):
                pass  # to the last chunk, whose mark says that nothing is missing
        self._compare()
        return BackupSummary(
            n_files=len(self._sums),
            n_bytes=sum(each["bytes"] for each in self._sums.values()),
            is_sealed=sealed,
            counts=self._manifest["counts"],
        )

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, number: int) -> None:
        name = member.name
        if self._manifest:
            raise self._refused(f"{name!r} stands behind its manifest")
        if number > MOST_FILES:
            raise self._refused("holds too many files")
        if not member.isreg():
            raise self._refused(f"holds {name!r}, which is no plain file (a link?)")
        content = cast("io.BufferedReader", tar.extractfile(member))
        if number == 0:
            self._check_header(name, content)
        elif name == MANIFEST_NAME:
            self._manifest = self._manifest_of(content, member.size)
        else:
            self._check_name(name)
            self._sums[name] = self._copy(name, content, member)

    def _check_header(self, name: str, content: io.BufferedReader) -> None:
        if name != HEADER_NAME:
            raise self._refused("is no backup of chatmill")
        header = json.loads(content.read(BUFFER_BYTES))
        if header["format"] > FORMAT:
            raise UnreadableFileError(
                f"was made by a newer chatmill ({header['chatmill']})",
                where=str(self._file),
                fix="Update chatmill: pip install -U chatmill",
            )

    def _manifest_of(self, content: io.BufferedReader, size: int) -> dict[str, Any]:
        if size > MOST_MANIFEST_BYTES:
            raise self._refused("has a manifest of impossible length")
        manifest: dict[str, Any] = json.loads(content.read())
        if not isinstance(manifest["files"], dict) or not isinstance(manifest["counts"], dict):
            raise self._refused("has a manifest that says nothing")
        return manifest

    def _check_name(self, name: str) -> None:
        """Refuse a name that could lead out of the folder, hide, or be two files in one place."""
        parts = PurePosixPath(name).parts
        is_plain = "/".join(parts) == name and not name.startswith("/")
        is_odd = any(part in ("", ".", "..") or part.startswith(".") for part in parts)
        if not is_plain or is_odd or _FORBIDDEN & set(name):
            raise self._refused(f"holds a file with a forbidden name, {name!r}")
        if name.casefold() in self._folded:
            raise self._refused(f"holds {name!r} twice")
        self._folded.add(name.casefold())

    def _copy(
        self, name: str, content: io.BufferedReader, member: tarfile.TarInfo
    ) -> dict[str, Any]:
        digest = hashlib.sha256()
        target = None if self._root is None else self._root / name
        if target is None:
            while block := content.read(COPY_BYTES):
                digest.update(block)
        else:
            self._require_room(target, member.size)
            target.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(target, flags, member.mode & 0o700 | 0o600), "wb") as out:
                while block := content.read(COPY_BYTES):
                    digest.update(block)
                    out.write(block)
        return {"bytes": member.size, "sha256": digest.hexdigest()}

    def _require_room(self, target: Path, size: int) -> None:
        root = self._root or target
        if size > shutil.disk_usage(root).free - LEAST_FREE_BYTES:
            raise StorageError(
                f"{size} bytes of {target.name} do not fit on the disk",
                where=str(root.parent),
                fix="Free some space, or restore elsewhere",
            )

    def _compare(self) -> None:
        if not self._manifest:
            raise self._refused("ends before its manifest")
        said = self._manifest["files"]
        for name in sorted(said.keys() ^ self._sums.keys()):
            raise self._refused(f"its manifest and its files disagree about {name!r}")
        for name, found in self._sums.items():
            if said[name] != found:
                raise self._refused(f"{name!r} is damaged")

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Say in one line whatever a file that is no backup does to its readers."""
        try:
            yield
        except tarfile.TarError as error:
            raise self._refused(f"is damaged, or no backup ({error})") from error
        except (ValueError, KeyError, TypeError, EOFError) as error:
            raise self._refused(f"is damaged ({error})") from error

    def _refused(self, what: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{what}; nothing was restored", where=str(self._file), fix="Use another copy of it"
        )


def _settle(root: Path, file: Path) -> None:
    """Make what was unpacked a project of its own, and open it once."""
    if not (root / FILE_NAME).is_file():
        raise UnreadableFileError(
            f"holds no {FILE_NAME}; nothing was restored", where=str(file), fix="Use another copy"
        )
    rows = root / ROWS_FOLDER
    if rows.is_dir():
        load_rows(root / DATABASE_NAME, rows)
        shutil.rmtree(rows)
    if (root / DATABASE_NAME).exists():
        wrong = check_sqlite(root / DATABASE_NAME)
        if wrong:
            raise UnreadableFileError(
                f"its database is damaged: {wrong}", where=str(file), fix="Use another copy"
            )
    with Project.open(root) as project:
        chosen = project.settings.store
        for option in ("url", "conversations"):
            if getattr(chosen, option):
                project.remember("store", option, "")
        if project.has_database:
            _ = project.database
        project.conversations.count()
