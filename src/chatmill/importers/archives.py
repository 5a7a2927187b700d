"""ZIP and tar archives read without being unpacked to disk, none of their claims believed."""

import gzip
import io
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, Literal, cast

from chatmill.errors import UnreadableFileError
from chatmill.importers.assembly import CUT_OFF, DAMAGED
from chatmill.importers.base import ByteSource, ExportFile
from chatmill.importers.decoding import look_at
from chatmill.importers.trees import INSIDE, in_order, is_passed_over, room_key_of
from chatmill.importers.unpacking import (
    BUFFER_BYTES,
    Budget,
    MemberFile,
    Shared,
    ShortReads,
    Slice,
    reading_archive,
    too_many_files,
)
from chatmill.records import Rejection
from chatmill.settings import ImportSettings

ArchiveKind = Literal["zip", "tar", "gzip", ""]

ENTRY_MARK = b"PK\x01\x02"
ENTRY_BYTES = 512
"""Of a ZIP's directory, most a file may take on average."""
HEADER_BYTES = 1 << 24
"""Longest header of a tar."""
BLOCK_BYTES = 512
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_TAR_AT, _TAR = 257, b"ustar"
_FIRST_NAME_AT = 30
_OFFICE_STARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/")
_OPEN_DOCUMENT = b"mimetype"
_OFFICE_MARK = "[Content_Types].xml"
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def archive_kind(source: ByteSource, name: str) -> ArchiveKind:
    """Say what kind of archive a file is; empty for one that is none, and for office files.

    Args:
        source: Its bytes.
        name: What to call it.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    with reading_archive(name), source.open() as stream:
        start = stream.read(BLOCK_BYTES)
        if start.startswith(_GZIP):
            return "gzip"
        if start[_TAR_AT:].startswith(_TAR):
            return "tar"
        if not start.startswith(_ZIP):
            return ""
        first_name = start[_FIRST_NAME_AT:]
        if first_name.startswith(_OPEN_DOCUMENT):
            return ""
        if first_name.startswith(_OFFICE_STARTS) and _is_office(stream):
            return ""
        return "zip"


class ArchiveTree:
    """The files of an archive; what may not be read is listed in `rejections` instead.

    Args:
        name: What to call the archive.
        settings: What counts as too large.
    """

    def __init__(self, name: str, settings: ImportSettings) -> None:
        self.name = name
        self.room_key = room_key_of(name)
        self.settings = settings
        self.rejections: list[Rejection] = []
        self._members: dict[str, MemberFile] = {}
        self._n_entries = 0

    def names(self) -> Sequence[str]:
        """List its files, sorted folder by folder, with `/` between folders."""
        return sorted(self._members, key=in_order)

    def source(self, name: str) -> ByteSource:
        """Return the bytes of one file, undecoded.

        Raises:
            UnreadableFileError: There is none of this name.
        """
        if name not in self._members:
            raise UnreadableFileError("no such file in it", where=self.name + INSIDE + name)
        return self._members[name]

    def file(self, name: str) -> ExportFile:
        """Look at one file.

        Raises:
            UnreadableFileError: It is missing, empty, damaged or an archive itself.
            LimitError: It unpacks to more than a limit allows.
        """
        source, whole_name = self.source(name), self.name + INSIDE + name
        if archive_kind(source, whole_name):
            raise UnreadableFileError(
                "an archive inside an archive is not opened; unpack the outer one",
                where=whole_name,
                fix="Then import what is in it",
            )
        return look_at(source, whole_name, room_key=room_key_of(name), settings=self.settings)

    def count(self) -> None:
        """Count one entry of the directory, whatever it is.

        Raises:
            LimitError: There are too many.
        """
        self._n_entries += 1
        if self._n_entries > self.settings.max_archive_files:
            raise too_many_files(self.name, self.settings.max_archive_files)

    def add(self, name: str, refusal: str, member: Callable[[str], MemberFile]) -> None:
        """Take a file in, or say why not.

        Args:
            name: As the archive has it.
            refusal: Why it may not be read; empty where it may.
            member: Makes the file, given its name with the archive's.
        """
        clean = name.replace("\\", "/").removeprefix("./")
        refusal = refusal or _name_refusal(clean)
        if not refusal and any(is_passed_over(part) for part in clean.split("/")):
            return
        if not refusal and clean in self._members:
            refusal = "a second file of the same name"
        if refusal:
            self.reject(refusal, name)
        else:
            self._members[clean] = member(self.name + INSIDE + clean)

    def reject(self, reason: str, name: str) -> None:
        """List something of the archive that is not read."""
        raw = name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        self.rejections.append(Rejection(stage="import", source=self.name, reason=reason, raw=raw))


@contextmanager
def open_archive(
    source: ByteSource, name: str, settings: ImportSettings | None = None
) -> Iterator[ArchiveTree]:
    """Open a ZIP, a tar, a packed tar, or a single packed file.

    Nothing is written under a name from the archive. A packed tar goes through one nameless
    temporary file, because its files could otherwise only be read from the start each time.

    Args:
        source: Its bytes.
        name: What to call it in messages.
        settings: How much it may hold; the defaults when None.

    Raises:
        UnreadableFileError: It is no archive, or damaged.
        LimitError: It holds more files than `[import] max_archive_files`, or unpacks to more than
            `max_archive_bytes` or `max_compression_ratio` allow (also while its files are read).
    """
    settings = settings or ImportSettings()
    kind = archive_kind(source, name)
    tree = ArchiveTree(name, settings)
    with ExitStack() as stack:
        with reading_archive(name):
            stream = stack.enter_context(source.open())
            budget = Budget(name, source.size, settings)
        if kind == "zip":
            _fill_from_zip(tree, stream, budget, stack)
        elif kind == "tar":
            _fill_from_tar(tree, stream, budget)
        elif kind == "gzip":
            _fill_from_gzip(tree, source, stream, budget, stack)
        else:
            raise UnreadableFileError("no archive", where=name)
        yield tree


def _is_office(stream: BinaryIO) -> bool:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            return _OFFICE_MARK in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


def _fill_from_zip(tree: ArchiveTree, stream: BinaryIO, budget: Budget, stack: ExitStack) -> None:
    most = tree.settings.max_archive_files
    short = ShortReads(
        stream, tree.name, most_bytes=most * ENTRY_BYTES, mark=ENTRY_MARK, most_marks=most
    )
    with reading_archive(tree.name):
        try:
            archive = stack.enter_context(zipfile.ZipFile(cast("BinaryIO", short)))
        except ValueError as error:  # a name or an extra field nobody can read
            raise zipfile.BadZipFile(str(error)) from error
    short.end_of_directory()
    for info in archive.infolist():
        tree.count()
        if info.filename.endswith("/"):
            continue
        name = _zip_name(info)
        tree.add(
            name,
            _zip_refusal(info),
            partial(
                MemberFile,
                declared_bytes=info.file_size,
                packed_bytes=info.compress_size,
                opener=partial(_open_zipped, archive, info),
                budget=budget,
            ),
        )


def _open_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(info))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return a file's name; where the archive says no encoding, UTF-8 or CP949 if they fit."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    return _decoded_name(info.orig_filename.encode("cp437", "replace"), "cp437")


def _decoded_name(data: bytes, last_resort: str) -> str:
    for encoding in ("utf-8", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode(last_resort, "replace")


def _zip_refusal(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "no plain file"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack it with its password and import the files"
    return ""


def _name_refusal(name: str) -> str:
    if not name or "\0" in name:
        return "a name no file can have"
    if name.startswith("/") or _DRIVE.match(name):
        return "a name that points to a fixed place on the disk"
    if ".." in name.split("/"):
        return "a name that points outside the archive"
    return ""


class _Gunzipped(gzip.GzipFile):
    """Hands over what it has, where the original would lose it to a broken end."""

    def read(self, size: int | None = -1) -> bytes:
        return self.read1(-1 if size is None else size)


def _fill_from_gzip(
    tree: ArchiveTree, source: ByteSource, stream: BinaryIO, budget: Budget, stack: ExitStack
) -> None:
    inner_name = re.sub(r"\.gz$", "", tree.room_key, flags=re.IGNORECASE)
    member = MemberFile(
        tree.name + INSIDE + inner_name,
        declared_bytes=None,
        packed_bytes=source.size,
        opener=lambda: cast("BinaryIO", _Gunzipped(fileobj=source.open())),
        budget=budget,
    )
    with member.open() as unpacked:
        is_tar = unpacked.read(BLOCK_BYTES)[_TAR_AT:].startswith(_TAR)
        if not is_tar:
            tree.count()
            tree.add(inner_name, "", lambda _name: member)
            return
        unpacked.seek(0)
        whole = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - left with the stack
        error = _copy_what_is_there(cast("io.BufferedReader", unpacked), cast("BinaryIO", whole))
    stream.close()
    whole.seek(0)
    _fill_from_tar(tree, cast("BinaryIO", whole), None)
    if error is not None and not any(each.reason in (CUT_OFF, DAMAGED) for each in tree.rejections):
        tree.reject(DAMAGED, error.what)


def _copy_what_is_there(packed: io.BufferedReader, target: BinaryIO) -> UnreadableFileError | None:
    """Unpack up to where it is broken, and return how."""
    try:
        while chunk := packed.read1(BUFFER_BYTES):
            target.write(chunk)
    except UnreadableFileError as error:
        return error
    return None


def _fill_from_tar(tree: ArchiveTree, stream: BinaryIO, budget: Budget | None) -> None:
    short = ShortReads(stream, tree.name, most_bytes=HEADER_BYTES)
    shared = Shared(stream)
    end, why = 0, ""
    try:
        with tarfile.TarFile(
            fileobj=cast("BinaryIO", short), encoding="utf-8", errors="surrogateescape"
        ) as archive:
            while (info := archive.next()) is not None:
                end = archive.offset
                tree.count()
                archive.members.clear()  # type: ignore[attr-defined]  # untyped; it keeps them all
                if not info.isdir():
                    _add_tarred(tree, info, shared, budget)
    except (tarfile.TarError, ValueError, OverflowError, OSError, EOFError) as error:
        why = str(error)
    rest = shared.read_at(end, BLOCK_BYTES)
    if short.ran_out or len(rest) < BLOCK_BYTES:  # not even the block of zeros that ends every tar
        tree.reject(CUT_OFF, f"the archive from byte {end:,} on")
    elif why or rest.strip(b"\0"):
        tree.reject(DAMAGED, f"the archive from byte {end:,} on{f': {why}' if why else ''}")


def _add_tarred(
    tree: ArchiveTree, info: tarfile.TarInfo, shared: Shared, budget: Budget | None
) -> None:
    name = _decoded_name(info.name.encode("utf-8", "surrogateescape"), "latin-1")
    refusal = ""
    if info.issym() or info.islnk():
        refusal = "a link"
    elif not info.isreg() or info.issparse():
        refusal = "no plain file"
    opener = partial(Slice, shared, info.offset_data, info.size)
    tree.add(
        name,
        refusal,
        partial(
            MemberFile,
            declared_bytes=info.size,
            packed_bytes=info.size,
            opener=cast("Callable[[], BinaryIO]", opener),
            budget=budget,
        ),
    )
