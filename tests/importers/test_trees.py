"""Folders and archives: every file by its name, and nothing an archive says of itself believed."""

import gzip
import io
import secrets
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.errors import ChatmillError, LimitError, UnreadableFileError
from chatmill.importers.archives import ArchiveTree, archive_kind, open_archive
from chatmill.importers.assembly import CUT_OFF, DAMAGED
from chatmill.importers.base import ExportTree
from chatmill.importers.sources import LocalFile
from chatmill.importers.trees import FolderTree, Subtree
from chatmill.settings import ImportSettings

CHATS = {"a/방.txt": "가: 안녕\n나: 네\n가: 응\n", "b.txt": "Kim: hi\nPark: hello\nKim: ok\n"}
Writer = Callable[[Path, dict[str, str]], Path]


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    """Files in a folder."""
    for name, text in files.items():
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).write_bytes(text.encode())
    return folder / "in"


def write_zip(folder: Path, files: dict[str, str]) -> Path:
    """Files in a ZIP."""
    with zipfile.ZipFile(folder / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return folder / "in.zip"


def write_tar(folder: Path, files: dict[str, str], mode: str = "w") -> Path:
    """Files in a tar, packed or not."""
    path = folder / ("in.tgz" if mode.endswith("gz") else "in.tar")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def write_packed_tar(folder: Path, files: dict[str, str]) -> Path:
    """Files in a tar.gz."""
    return write_tar(folder, files, "w:gz")


def contents(tree: ExportTree) -> dict[str, str]:
    """Every file's text."""
    return {name: "".join(tree.file(name).lines()) for name in tree.names()}


def reasons(tree: ArchiveTree) -> list[tuple[str, str]]:
    """What was not read, and why."""
    return [(each.raw, each.reason) for each in tree.rejections]


@pytest.fixture(params=[write_zip, write_tar, write_packed_tar])
def write(request: pytest.FixtureRequest) -> Writer:
    """Each kind of archive in turn."""
    written: Writer = request.param
    return written


def opened(path: Path, **limits: float) -> Iterator[ArchiveTree]:
    """An archive, inside its context."""
    settings = ImportSettings(**limits)  # type: ignore[arg-type]
    with open_archive(LocalFile(path), path.name, settings) as tree:
        yield tree


def read_all(path: Path, **limits: float) -> None:
    """Everything in an archive, for nothing but its errors."""
    for tree in opened(path, **limits):
        contents(tree)


def test_archive_reads_like_the_folder_it_was_made_of(tmp_path: Path, write: Writer) -> None:
    """The same names, contents and room names, in the same order, as from the folder."""
    folder = FolderTree(write_folder(tmp_path, CHATS), "in")
    for tree in opened(write(tmp_path, CHATS)):
        assert list(tree.names()) == list(folder.names()) == ["a/방.txt", "b.txt"]
        assert contents(tree) == contents(folder) == CHATS
        assert tree.file("a/방.txt").room_key == folder.file("a/방.txt").room_key == "방.txt"
        assert tree.file("b.txt").name == f"{tree.name}!b.txt"


def test_what_systems_put_beside_files_is_passed_over(tmp_path: Path, write: Writer) -> None:
    """Hidden files and a Mac's shadow folder are no exports."""
    extra = {"__MACOSX/._b.txt": "x", ".DS_Store": "x", "a/.git/config": "x", "Thumbs.db": "x"}
    write_folder(tmp_path, CHATS | extra)
    assert list(FolderTree(tmp_path / "in", "in").names()) == list(CHATS)
    for tree in opened(write(tmp_path, CHATS | extra)):
        assert list(tree.names()) == list(CHATS)
        assert tree.rejections == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../out.txt", "outside the archive"),
        ("a/../../out.txt", "outside the archive"),
        ("..\\out.txt", "outside the archive"),
        ("/etc/passwd", "fixed place"),
        ("C:\\chat.txt", "fixed place"),
    ],
)
def test_names_that_point_outside_are_refused(
    tmp_path: Path, write: Writer, name: str, why: str
) -> None:
    """A traversal is listed as left out, the rest of the archive is read."""
    for tree in opened(write(tmp_path, CHATS | {name: "x"})):
        assert contents(tree) == CHATS
        ((raw, reason),) = reasons(tree)
        assert raw.replace("\\", "/") == name.replace("\\", "/")
        assert why in reason


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    """No link is followed and no device opened, in a tar as in a ZIP."""
    path = write_tar(tmp_path, CHATS)
    with tarfile.open(path, "a") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"kind-{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    for tree in opened(path):
        assert contents(tree) == CHATS
        assert [reason for _, reason in reasons(tree)] == [
            "a link",
            "a link",
            "no plain file",
            "no plain file",
        ]
    zipped = write_zip(tmp_path, CHATS)
    with zipfile.ZipFile(zipped, "a") as more:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        more.writestr(link, "/etc/passwd")
    for tree in opened(zipped):
        assert contents(tree) == CHATS
        assert reasons(tree) == [("link", "a link")]


def test_encrypted_files_are_named(tmp_path: Path) -> None:
    """A file behind a password says so, the others are read."""
    path = write_zip(tmp_path, CHATS)
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 8] |= 1
    path.write_bytes(data)
    for tree in opened(path):
        assert list(tree.names()) == ["a/방.txt"]
        assert "encrypted" in reasons(tree)[0][1]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_names_without_a_flag_are_read(tmp_path: Path, encoding: str) -> None:
    """Windows' own ZIPs hold CP949 names and do not say so; old Macs' hold unmarked UTF-8."""
    name = "카톡/기술지원방.txt"
    path = write_zip(tmp_path, {name: "가: 네\n"})
    data = path.read_bytes()
    coded = name.encode(encoding)
    stand_in = write_zip(tmp_path, {"x" * len(coded): "가: 네\n"})
    data = stand_in.read_bytes().replace(b"x" * len(coded), coded)
    path.write_bytes(data)
    for tree in opened(path):
        assert list(tree.names()) == [name]


def test_bomb_stops_at_the_ratio(tmp_path: Path, write: Writer) -> None:
    """A file that grows too much is refused while it is read, in one line naming the limit."""
    path = write(tmp_path, {"bomb.txt": "0" * 30_000_000})
    if path.suffix == ".tar":
        pytest.skip("a tar packs nothing")
    with pytest.raises(LimitError, match=r"more than 200 times.*max_compression_ratio"):
        read_all(path)


def test_bomb_that_lies_about_its_size_stops_too(tmp_path: Path) -> None:
    """Lengths a ZIP tells are not believed: packed bytes it cannot have do not raise the limit."""
    path = write_zip(tmp_path, {"bomb.txt": "0" * 30_000_000})
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 20 : entry + 24] = struct.pack("<I", 1_000_000_000)
    path.write_bytes(data)
    with pytest.raises(ChatmillError):
        read_all(path)


def test_archive_stops_at_its_bytes(tmp_path: Path, write: Writer) -> None:
    """Many files that are small each may not unpack to more than the limit together."""
    path = write(tmp_path, {f"{number}.txt": "Kim: hi\n" * 100 for number in range(10)})
    with pytest.raises(LimitError, match=r"more than 5,000 bytes.*max_archive_bytes"):
        read_all(path, max_archive_bytes=5_000)


def test_reading_a_file_twice_counts_once(tmp_path: Path, write: Writer) -> None:
    """Files are looked at several times; only what they unpack to counts."""
    for tree in opened(write(tmp_path, CHATS), max_archive_bytes=20_000):
        for _ in range(1_000):
            assert contents(tree) == CHATS


def test_archive_stops_at_its_files(tmp_path: Path, write: Writer) -> None:
    """A directory of too many files is refused before it fills the memory."""
    path = write(tmp_path, {f"{number}.txt": "x" for number in range(11)})
    with pytest.raises(LimitError, match=r"more than 10 files.*max_archive_files"):
        list(opened(path, max_archive_files=10))


def test_archive_in_an_archive_is_not_opened(tmp_path: Path, write: Writer) -> None:
    """Nested archives say what to do; the files beside them are read."""
    inner = write_zip(tmp_path, CHATS).read_bytes().decode("latin-1")
    path = write(tmp_path, CHATS | {"inner": inner})
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner", inner.encode("latin-1"))
    else:
        with tarfile.open(path, "w:gz") as tarred:
            info = tarfile.TarInfo("inner")
            info.size = len(inner)
            tarred.addfile(info, io.BytesIO(inner.encode("latin-1")))
    for tree in opened(path):
        with pytest.raises(
            UnreadableFileError, match=r"inside an archive is not opened; unpack the outer"
        ):
            tree.file("inner")


def test_single_packed_file_is_one_file(tmp_path: Path) -> None:
    """A lone .gz holds one export, under its name without the ending."""
    path = tmp_path / "방.txt.gz"
    path.write_bytes(gzip.compress(CHATS["a/방.txt"].encode()))
    for tree in opened(path):
        assert contents(tree) == {"방.txt": CHATS["a/방.txt"]}
        assert tree.source("방.txt").size == len(CHATS["a/방.txt"].encode())


def test_office_files_are_no_archives(tmp_path: Path) -> None:
    """A workbook is a ZIP to a computer and a table to everybody else."""
    for name in ("[Content_Types].xml", "docProps/app.xml"):
        path = write_zip(tmp_path, {name: "<x/>", "xl/workbook.xml": "", "[Content_Types].xml": ""})
        assert archive_kind(LocalFile(path), "book.xlsx") == ""
    assert archive_kind(LocalFile(write_zip(tmp_path, {"docProps/x": "", "b": ""})), "z") == "zip"


def test_damaged_archives_are_one_line(tmp_path: Path, write: Writer) -> None:
    """Half an archive gives what it holds whole, and one clear line for the rest."""
    files = {f"{at}.txt": f"Kim: {at}\nPark: ok\nKim: ok\n" * 99 for at in range(9)}
    path = write(tmp_path, files)
    whole = path.read_bytes()
    said = []
    for keep in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:keep])
        try:
            for tree in opened(path):
                for name, text in contents(tree).items():
                    assert files[name].startswith(text)
        except ChatmillError as error:
            said.append(str(error))
    assert not any("\n" in line for line in said)


@pytest.mark.parametrize("is_packed", [False, True])
def test_tar_that_lacks_its_end_says_so(tmp_path: Path, *, is_packed: bool) -> None:
    """Wherever a tar is cut, what stands before the cut is there, and so is the reason."""
    files = {f"방{at}.txt": f"Kim: {at}\nPark: 네\nKim: ok\n" for at in range(9)}
    path = write_tar(tmp_path, files)
    whole = path.read_bytes()
    per_file = 1024 if len(whole) < 20 * 1024 else 2048  # with or without a header for the name
    for keep in (4 * per_file, 4 * per_file + 200, 4 * per_file + 700, 9 * per_file):
        cut = gzip.compress(whole[:keep]) if is_packed else whole[:keep]
        path.write_bytes(cut)
        for tree in opened(path):
            assert list(tree.names())[:4] == list(files)[:4]
            assert [reason for _, reason in reasons(tree)] == [CUT_OFF]
    path.write_bytes(gzip.compress(whole) if is_packed else whole)
    for tree in opened(path):
        assert reasons(tree) == []


def test_packed_tar_gives_what_unpacks(tmp_path: Path) -> None:
    """Half a download of a tar.gz holds its first files; a wrong checksum is said as well."""
    files = {f"{at}.txt": f"Kim: {secrets.token_hex(3000)}\n" for at in range(9)}
    path = write_packed_tar(tmp_path, files)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    for tree in opened(path):
        assert tree.file("0.txt").head == files["0.txt"]
        assert [reason for _, reason in reasons(tree)] == [CUT_OFF]
    path.write_bytes(whole[:-8] + bytes(4) + whole[-4:])
    for tree in opened(path):
        assert contents(tree) == files
        assert [reason for _, reason in reasons(tree)] == [DAMAGED]


def test_tar_damaged_inside_says_so(tmp_path: Path) -> None:
    """A header that is none ends the reading, not silently."""
    path = write_tar(tmp_path, {"a.txt": "Kim: hi\n", "b.txt": "Kim: hi\n"})
    data = bytearray(path.read_bytes())
    data[1024 : 1024 + 512] = b"x" * 512
    path.write_bytes(data)
    for tree in opened(path):
        assert list(tree.names()) == ["a.txt"]
        assert [reason for _, reason in reasons(tree)] == [DAMAGED]


@given(data=st.data())
def test_changed_bytes_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever an archive's bytes are, it is read, or refused in one line."""
    folder = tmp_path_factory.getbasetemp()
    writer = data.draw(st.sampled_from([write_zip, write_tar, write_packed_tar]))
    path = writer(folder, CHATS)
    changed = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    said = []
    try:
        for tree in opened(path):
            for name in tree.names():
                try:
                    "".join(tree.file(name).lines())
                except ChatmillError as error:
                    said.append(str(error))
    except ChatmillError as error:
        said.append(str(error))
    assert not any("\n" in line for line in said)


def test_part_of_a_tree_is_a_tree(tmp_path: Path) -> None:
    """What one importer leaves is offered to the next."""
    tree = FolderTree(write_folder(tmp_path, CHATS), "in")
    rest = Subtree(tree, ["b.txt"])
    assert contents(rest) == {"b.txt": CHATS["b.txt"]}
    assert (rest.name, rest.room_key) == ("in", "in")
