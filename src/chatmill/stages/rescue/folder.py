"""The folder a rescue fills: files that are there whole or not at all, and their checksums."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatmill.errors import StorageError

MANIFEST_NAME = "manifest.json"
FORMAT = 1
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")


class RescueFolder:
    """Writes below one folder; every name is made safe first.

    Args:
        root: Made when the first file is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known = _read_checksums(root / MANIFEST_NAME)

    def has(self, name: str) -> bool:
        """Say whether a file is there as it was written; a damaged one is not."""
        path = self.root / name
        if not path.is_file():
            return False
        known = self._known.get(name)
        return known is None or known == checksum(path)

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            StorageError: It is not there, or cannot be read.
        """
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise _unusable(self.root / name, error) from error

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all.

        Raises:
            StorageError: It cannot be written.
        """
        path = self.root / name
        partial = path.with_name(f".{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            raise _unusable(path, error) from error
        self._known.pop(name, None)

    def write_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write one JSON object a line."""
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        text = "".join(f"{line}\n" for line in lines)
        self.write(name, text.encode("utf-8", "replace"))

    def write_manifest(self, server: str, missing: Sequence[Mapping[str, str]]) -> None:
        """List every file with size and SHA-256, and what could not be saved."""
        paths = sorted(
            path
            for path in self.root.rglob("*")
            if path.is_file() and path.name != MANIFEST_NAME and not path.name.startswith(".")
        )
        files = [
            {
                "path": path.relative_to(self.root).as_posix(),
                "bytes": path.stat().st_size,
                "sha256": checksum(path),
            }
            for path in paths
        ]
        manifest = {"format": FORMAT, "server": server, "files": files, "missing": list(missing)}
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        self.write(MANIFEST_NAME, text.encode("utf-8", "replace") + b"\n")


def safe_name(identifier: str, filename: str = "") -> str:
    """Make a file name of an id that somebody else chose; two ids never get the same name."""
    name = _UNSAFE.sub("_", identifier).lstrip(".") or "_"
    if name != identifier:
        name += "-" + hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:8]
    suffix = _SUFFIX.search(filename)
    return name + (suffix.group() if suffix else "")


def checksum(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_checksums(path: Path) -> dict[str, str]:
    """Read what an earlier run wrote; a damaged manifest knows nothing."""
    try:
        manifest = json.loads(path.read_bytes())
        return {each["path"]: each["sha256"] for each in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot be used: {error.strerror}",
        where=str(path),
        fix="Free some disk space or choose another folder; what is saved stays",
    )
