"""Where bytes lie: on this machine, or on an object store behind a URL."""

import io
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from chatmill.errors import StorageError, UsageError

OBJECT_BUFFER_BYTES = 8 << 20
"""Fetched from an object store at once."""
_URL = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
SCHEMES = ("s3", "gs", "az")


class Place(NamedTuple):
    """A place on an object store."""

    files: Any
    """A `pyarrow.fs.FileSystem`."""
    path: str
    """Bucket and key."""


def is_url(text: str) -> bool:
    """Say whether a text is a URL."""
    return _URL.match(text) is not None


def local_path(text: str) -> Path | None:
    """Return the path of a file name or of a `file://` URL; None of any other URL."""
    if not is_url(text):
        return Path(text)
    if text.lower().startswith("file://"):
        return Path(url2pathname(unquote(urlsplit(text).path)))
    return None


def place_of(url: str) -> Place:
    """Open the object store a URL names; keys and addresses come from the environment.

    Raises:
        UsageError: It is no object store that can be read.
        StorageError: The store does not let us in.
    """
    scheme, _, path = url.partition("://")
    if scheme.lower() not in SCHEMES or not path:
        raise UsageError(
            "no place that can be read",
            where=url,
            fix=f"Name a file, a folder, or one of {', '.join(f'{each}://' for each in SCHEMES)}",
        )
    import pyarrow as pa

    try:
        return Place(
            _file_system(scheme.lower(), path.split("/")[0], _s3_endpoint(), _s3_region()),
            path.rstrip("/"),
        )
    except (OSError, ValueError, NotImplementedError, pa.ArrowException) as error:
        raise StorageError(
            f"cannot be opened: {str(error).splitlines()[0]}",
            where=url,
            fix="Check the keys and addresses in the environment",
        ) from error


def open_object(url: str) -> BinaryIO:
    """Open an object for reading from any place; it is fetched piece by piece.

    Raises:
        OSError: It is not there, or the store does not answer.
    """
    place = place_of(url)
    raw = cast("io.RawIOBase", place.files.open_input_file(place.path))
    return io.BufferedReader(raw, OBJECT_BUFFER_BYTES)


def object_size(url: str) -> int:
    """Return the length of an object in bytes.

    Raises:
        OSError: It is not there, or the store does not answer.
    """
    import pyarrow.fs as pafs

    place = place_of(url)
    found = place.files.get_file_info(place.path)
    if found.type == pafs.FileType.NotFound:
        raise FileNotFoundError("no such object")
    if found.type != pafs.FileType.File:
        raise OSError("is no file")
    return int(found.size)


def list_objects(url: str) -> list[str]:
    """List the keys below a prefix, sorted, without the prefix.

    Raises:
        OSError: The store does not answer.
    """
    import pyarrow.fs as pafs

    place = place_of(url)
    selector = pafs.FileSelector(place.path, recursive=True, allow_not_found=True)
    found = place.files.get_file_info(selector)
    names = (each.path for each in found if each.type == pafs.FileType.File)
    return sorted(name.removeprefix(place.path).lstrip("/") for name in names)


def is_object(url: str) -> bool:
    """Say whether a URL names one object, not a prefix.

    Raises:
        OSError: The store does not answer.
    """
    import pyarrow.fs as pafs

    place = place_of(url)
    return bool(place.files.get_file_info(place.path).type == pafs.FileType.File)


def put_object(source: Path, url: str) -> None:
    """Put a file on an object store; it appears whole, once all of it is there.

    Raises:
        OSError: The store does not take it.
    """
    place = place_of(url)
    with source.open("rb") as stream, place.files.open_output_stream(place.path) as out:
        while chunk := stream.read(OBJECT_BUFFER_BYTES):
            out.write(chunk)


def delete_object(url: str) -> None:
    """Delete an object; a store that keeps versions keeps the old one.

    Raises:
        OSError: The store refuses.
    """
    place = place_of(url)
    place.files.delete_file(place.path)


def daft_io_config() -> Any:  # noqa: ANN401 - a daft.io.IOConfig
    """Tell Daft of an S3 server that is not Amazon's; None where the environment names none."""
    endpoint = _s3_endpoint()
    if not endpoint:
        return None
    from daft.io import IOConfig, S3Config

    return IOConfig(
        s3=S3Config(
            endpoint_url=endpoint,
            region_name=_s3_region() or "us-east-1",
            use_ssl=endpoint.startswith("https"),
        )
    )


@cache
def _file_system(scheme: str, container: str, endpoint: str, region: str) -> Any:  # noqa: ANN401 - a pyarrow.fs.FileSystem
    import pyarrow.fs as pafs

    if scheme == "az":
        return pafs.AzureFileSystem(os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", ""))
    if scheme == "gs":
        return pafs.GcsFileSystem()
    if not endpoint and not region:
        region = pafs.resolve_s3_region(container)
    return pafs.S3FileSystem(
        region=region or "us-east-1",
        endpoint_override=urlsplit(endpoint).netloc or None,
        scheme=urlsplit(endpoint).scheme or "https",
    )


def _s3_endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")


def _s3_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
