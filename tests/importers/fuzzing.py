"""What fuzzers share: bytes to begin with, ways to spoil them, and what must hold of any bytes."""

import gzip
import io
import json
import random
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from chatmill.errors import ChatmillError
from chatmill.importers import detect_importer, load_importer
from chatmill.importers.archives import archive_kind, open_archive
from chatmill.importers.base import ExportFile, ExportTree, Item, Room, TreeImporter
from chatmill.importers.decoding import look_at
from chatmill.records import Message, Rejection

ARCHIVES = "archives"
"""Stands for the reader of archives, where an importer's name is asked for."""
MOST_BYTES = 1 << 16
SECONDS_ALLOWED = 2.0
"""CPU time for an input of at most `MOST_BYTES`."""
GUIDED_SECONDS_ALLOWED = 10.0
"""The same while every branch is watched; what was slow is tried again without."""
ROOT = Path(__file__).parent.parent.parent
EXPORTS = (ROOT / "tests" / "importers" / "exports", ROOT.parent / "shared" / "data" / "formats")
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**400, 1e308, 1.5, "", " ", "\ud800", "\0", "x" * 3000, "1710115925"),
    *([], {}, [[]], [None], {"id": 1}, ["a", {"text": "b"}], "2024-13-99T99:99:99Z", "<@U1>&lt;"),
)
TOKENS = (
    *(b"\r\n", b"\n\n", b"\r", b"\t", b'"', b'""', b",", b";", b"{", b"}", b"[", b"]", b":", b"<"),
    *(b">", b"\\u0000", b"\\ud800", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"\x1b", b"--"),
    *(
        "오전 9:12".encode(),
        "년월일".encode(),
        b"99:99",
        b"2024-02-30",
        b"null",
        b"1e999",
        b"From ",
    ),
    *(b"&#x110000;", b"<div>", b"</blockquote>", b"=?utf-8?B?", b"Content-Type: multipart/mixed;"),
    *(b"=\r\n", b"boundary=x", b"--x--", "\u202e\u200f\u2028\u0085".encode()),
)


@dataclass(frozen=True, slots=True)
class HeldBytes:
    """A file held in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """Open it from its first byte."""
        return io.BytesIO(self.data)


def check_input(name: str, data: bytes, *, seconds: float = SECONDS_ALLOWED) -> None:
    """Read bytes with an importer; everything but messages, rejections, or one clear line fails.

    Args:
        name: The importer's name, asked whatever the bytes look like; or `ARCHIVES`.
        data: A file or an archive.
        seconds: Most CPU time it may take where it is no longer than `MOST_BYTES`.
    """
    began = time.process_time()
    try:
        if name == ARCHIVES:
            with open_archive(HeldBytes(data), "fuzz") as tree:
                _check_files(tree)
        elif is_tree_importer(name) and archive_kind(HeldBytes(data), "fuzz"):
            with open_archive(HeldBytes(data), "fuzz") as tree:
                _check_tree(name, tree)
        else:
            _check_file(name, look_at(HeldBytes(data), "fuzz", room_key="fuzz"))
    except ChatmillError as error:
        str(error).encode("utf-8")
    took = time.process_time() - began
    assert len(data) > MOST_BYTES or took <= seconds, f"{len(data)} bytes took {took:.1f} s"


def first_inputs(name: str) -> list[bytes]:
    """Return small inputs to begin with: the importer's samples and exports, some of others."""
    mine, others = [], []
    for data in _all_inputs():
        if _is_for(name, data):
            mine.append(data)
        else:
            others.append(data[:2000])
    if name == ARCHIVES:
        return [*mine, _zipped(others[0]), _tarred(others[0]), gzip.compress(_tarred(others[1]))]
    if is_tree_importer(name):
        mine.extend(map(_zipped, mine[:3]))
    return [*(mine or [b""]), *others[:: max(1, len(others) // 4)]]


class Spoiler:
    """Makes new inputs out of given ones, the same ones for the same seed.

    Args:
        inputs: What to begin with.
        seed: Of everything that is drawn.
    """

    def __init__(self, inputs: list[bytes], seed: int) -> None:
        self._inputs = inputs
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret

    def next(self) -> bytes:
        """Make one input."""
        drawn = self._random
        data = drawn.choice(self._inputs)
        for _ in range(drawn.choice([1, 1, 2, 4, 8])):
            way = drawn.choice([self._json, self._json, self._lines, self._lines, self._bytes])
            data = way(data)[:MOST_BYTES]
        return data

    def _bytes(self, data: bytes) -> bytes:
        drawn = self._random
        start = drawn.randint(0, len(data))
        end = min(len(data), start + drawn.choice([0, 1, 2, 8, 64]))
        piece = drawn.choice(
            [
                b"",
                drawn.choice(TOKENS),
                drawn.choice(TOKENS) * drawn.choice([2, 50, 3000]),
                drawn.randbytes(4),
                data[start:end] * drawn.choice([2, 20]),
            ]
        )
        return data[:start] + piece + (data[end:] if drawn.random() < 0.95 else b"")

    def _lines(self, data: bytes) -> bytes:
        drawn = self._random
        lines = data.splitlines(keepends=True) or [b""]
        at, other = drawn.randrange(len(lines)), drawn.randrange(len(lines))
        way = drawn.randrange(5)
        if way == 0:
            del lines[at]
        elif way == 1:
            lines[at], lines[other] = lines[other], lines[at]
        elif way == 2:
            lines.insert(at, lines[other] * drawn.choice([1, 1, 30]))
        elif way == 3:
            theirs = drawn.choice(self._inputs).splitlines(keepends=True) or [b""]
            lines[at:at] = theirs[drawn.randrange(len(theirs)) :][:5]
        else:
            cut = drawn.randint(0, len(lines[at]))
            lines[at] = lines[at][:cut] + lines[other][cut:]
        return b"".join(lines)

    def _json(self, data: bytes) -> bytes:
        """Put an odd value into a place of a document, or of one line of it."""
        drawn = self._random
        if data[:1] not in (b"{", b"["):
            return self._lines(data)
        whole = _parsed(data)
        if whole is not None:
            return json.dumps(self._spoilt(whole), ensure_ascii=drawn.random() < 0.5).encode(
                "utf-8", "surrogatepass"
            )
        lines = data.splitlines()
        at = drawn.randrange(len(lines) or 1)
        one = _parsed(lines[at]) if lines else None
        if one is None:
            return self._bytes(data)
        lines[at] = json.dumps(self._spoilt(one)).encode()
        return b"\n".join(lines)

    def _spoilt(self, value: Any) -> Any:
        drawn = self._random
        if isinstance(value, dict) and value and drawn.random() < 0.85:
            key = drawn.choice(list(value))
            if drawn.random() < 0.1:
                return {name: each for name, each in value.items() if name != key}
            return {**value, key: self._spoilt(value[key])}
        if isinstance(value, list) and value and drawn.random() < 0.85:
            at = drawn.randrange(len(value))
            if drawn.random() < 0.1:
                return [*value, value[at]]
            return [*value[:at], self._spoilt(value[at]), *value[at + 1 :]]
        return drawn.choice(ODD_VALUES)


def is_tree_importer(name: str) -> bool:
    """Say whether an importer reads several files together."""
    return name != ARCHIVES and hasattr(load_importer(name), "claim")


def _check_tree(name: str, tree: ExportTree) -> None:
    importer = cast("TreeImporter", load_importer(name))
    claimed = importer.claim(tree)
    if claimed:
        _check_items(importer.read_tree(tree, claimed))


def _check_files(tree: ExportTree) -> None:
    for name in tree.names()[:20]:
        try:
            for _ in tree.file(name).lines():
                pass
        except ChatmillError as error:
            str(error).encode("utf-8")


def _check_file(name: str, file: ExportFile) -> None:
    importer = load_importer(name)
    score = importer.score(file)
    assert 0 <= score <= 1, f"a score of {score}"
    _check_items(importer.read(file))


def _check_items(items: Iterable[Item]) -> None:
    """Check what an importer says: whole characters, and ids that come once in a room.

    A room that is opened a second time with the same messages is a second export of it.
    """
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Room):
            assert isinstance(item.key, str)
            seen.clear()
        elif isinstance(item, Message):
            _check_message(item)
            assert item.id not in seen, f"a second message {item.id!r}"
            seen.add(item.id)
        else:
            assert isinstance(item, Rejection)
            for words in (item.reason, item.raw, item.source):
                words.encode("utf-8")
            assert "\0" not in item.raw


def _check_message(message: Message) -> None:
    for field in fields(message):
        value = getattr(message, field.name)
        if field.name == "attachments":
            assert isinstance(value, tuple)
        elif not (field.name == "reply_to" and value is None):
            value = (value,)
        else:
            continue
        for words in value:
            assert isinstance(words, str), f"{field.name} is {words!r}"
            words.encode("utf-8")
    assert message.id


@cache
def _all_inputs() -> tuple[bytes, ...]:
    """Read the samples of all importers and the small exports of the tests."""
    from importers.test_importers import SAMPLES

    found = [sample.encode() + b"\n" for sample in SAMPLES.values()]
    for folder in EXPORTS:
        paths = sorted(folder.rglob("*")) if folder.is_dir() else []
        found.extend(
            path.read_bytes()
            for path in paths
            if path.is_file() and 0 < path.stat().st_size <= MOST_BYTES
        )
    return (*found, *_tables())


def _tables() -> Iterator[bytes]:
    """Write a small workbook and a small Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    columns = {"room": ["방", "a"], "author": ["김", "Lee"], "text": ["안녕", "hi"]}
    book = Workbook()
    for row in [list(columns), *zip(*columns.values(), strict=True)]:
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    yield stream.getvalue()
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    yield stream.getvalue()


def _is_for(name: str, data: bytes) -> bool:
    if archive_kind(HeldBytes(data), "input"):
        if name == ARCHIVES or not is_tree_importer(name):
            return name == ARCHIVES
        with open_archive(HeldBytes(data), "input") as tree:
            return bool(cast("TreeImporter", load_importer(name)).claim(tree))
    return _format_of(data) == name


@cache
def _format_of(data: bytes) -> str:
    try:
        return detect_importer(look_at(HeldBytes(data), "input", room_key="input")).name
    except ChatmillError:
        return ""


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("room/2024-03-11.json", data)
        archive.writestr("chat.txt", data[:300])
    return stream.getvalue()


def _tarred(data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("room/chat.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()
