"""The way back: what a dataset hides, sealed with a key that only the project has.

The key is `chatmill.key` in the project's folder, the sealed maps lie in `masked/`; neither is ever
part of a dataset. The same words and key give the same bytes (AES-SIV), so that a build repeats.
"""

import json
import os
from pathlib import Path
from typing import Any

from chatmill.errors import DatasetError, StorageError
from chatmill.project import Project

KEY_NAME = "chatmill.key"
MAPS_NAME = "masked"
_KEY_BITS = 512
_OWNER_ONLY = 0o600


def map_path(project: Project, dataset: str) -> Path:
    """Return where the sealed map of a dataset version lies."""
    return project.folder / MAPS_NAME / f"{dataset}.sealed"


def write_map(project: Project, dataset: str, hidden: dict[str, Any]) -> None:
    """Seal what a dataset version hides.

    Args:
        project: Its key is made where it has none.
        dataset: Name of the version.
        hidden: Anything JSON can say.

    Raises:
        StorageError: The key or the map cannot be written.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    path = map_path(project, dataset)
    content = json.dumps(hidden, ensure_ascii=False, sort_keys=True).encode()
    partial = path.with_name(f".{path.name}.partial")
    try:
        sealed = AESSIV(_key(project)).encrypt(content, [dataset.encode()])
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(_private(partial, os.O_TRUNC), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}", where=str(path), fix="Check its rights"
        ) from error


def read_map(project: Project, dataset: str) -> dict[str, Any]:
    """Open what a dataset version hides.

    Raises:
        DatasetError: There is no map of it, or the project's key does not open it.
        StorageError: It cannot be read.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    path = map_path(project, dataset)
    key = project.folder / KEY_NAME
    if not path.is_file() or not key.is_file():
        raise DatasetError(
            f"nothing tells what {dataset} hides",
            where=str(path if key.is_file() else key),
            fix="The key and the maps stay in the project that built it",
        )
    try:
        opened = AESSIV(key.read_bytes()).decrypt(path.read_bytes(), [dataset.encode()])
    except (InvalidTag, ValueError) as error:
        raise DatasetError(
            "the project's key does not open this", where=str(path), fix=f"Put back its {KEY_NAME}"
        ) from error
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    hidden: dict[str, Any] = json.loads(opened)
    return hidden


def forget_map(project: Project, dataset: str) -> None:
    """Remove the way back of a dataset version; nothing where there is none.

    Raises:
        StorageError: It cannot be removed.
    """
    path = map_path(project, dataset)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot be removed: {error.strerror}", where=str(path)) from error


def _key(project: Project) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    path = project.folder / KEY_NAME
    if not path.exists():
        with os.fdopen(_private(path, os.O_EXCL), "wb") as file:
            file.write(AESSIV.generate_key(_KEY_BITS))
            file.flush()
            os.fsync(file.fileno())
    return path.read_bytes()


def _private(path: Path, flags: int) -> int:
    """Open a file for writing that nobody else may read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | flags, _OWNER_ONLY)
