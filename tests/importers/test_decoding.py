"""Decoding: every encoding people save chats in is told, everything that is no text is refused."""

from pathlib import Path

import pytest

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.importers.decoding import (
    UNDECODABLE,
    ends_inside_line,
    file_sha256,
    is_damaged,
    open_text,
    printable,
)
from chatmill.importers.sources import LocalFile
from chatmill.settings import ImportSettings
from reading import write_export

TEXT = "김민수: W5500 소켓은 몇 개인가요?\r\n박지현: 8개입니다.\n"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp949", "cp949"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_encoding_is_told_and_text_kept(tmp_path: Path, encoding: str, told: str) -> None:
    """The same chat comes out of every encoding, line ends apart, without a BOM in its text."""
    file = open_text(write_export(tmp_path, "chat.txt", TEXT, encoding=encoding))
    assert file.encoding == told
    assert "".join(file.lines()) == TEXT
    assert file.head == TEXT


def test_western_file_is_guessed(tmp_path: Path) -> None:
    """An old Western export is read by guessing, as the last resort."""
    text = "Zoé: déjà configuré, merci à vous, ça marche très bien à présent\n" * 20
    file = open_text(write_export(tmp_path, "chat.txt", text, encoding="cp1252"))
    assert next(iter(file.lines())).startswith("Zoé: déjà configuré")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        (b"PK\x03\x04" + b"x" * 100, "a ZIP archive"),
        (bytes(range(256)) * 20, "a binary file"),
        (b"\x01\x02\x03\x04 text \x05\x06" * 50, "a binary file"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Empty and binary files get one line that says what they are."""
    path = tmp_path / "chat.txt"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=f"chat.txt: {reason}"):
        open_text(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    """A wrong path is a line, not a traceback."""
    with pytest.raises(UnreadableFileError, match="No such file"):
        open_text(tmp_path / "nowhere.txt")
    with pytest.raises(UnreadableFileError, match="is no file"):
        open_text(tmp_path)


def test_cut_off_character_spoils_only_its_line(tmp_path: Path) -> None:
    """A download cut in the middle of a Korean character is still UTF-8."""
    path = tmp_path / "chat.txt"
    path.write_bytes(("가: 안녕하세요\n" * 3 + "가: 안녕").encode()[:-1])
    file = open_text(path)
    lines = list(file.lines())
    assert file.encoding == "utf-8"
    assert not any(map(is_damaged, lines[:3]))
    assert lines[3] == f"가: 안{UNDECODABLE}"
    assert ends_inside_line(LocalFile(path), "x")


def test_large_file_and_long_line_pass_named_limits(tmp_path: Path) -> None:
    """Sizes are limited by settings whose names the refusal tells."""
    path = write_export(tmp_path, "chat.txt", "가: " + "x" * 500 + "\n")
    with pytest.raises(LimitError, match="max_file_bytes"):
        open_text(path, settings=ImportSettings(max_file_bytes=100))
    file = open_text(path, settings=ImportSettings(max_line_characters=100))
    with pytest.raises(LimitError, match=r"line 1 .*max_line_characters"):
        list(file.lines())


def test_half_characters_are_made_printable() -> None:
    """What is shown of a rejected line can be stored and printed anywhere."""
    assert printable("a\ud800b\0c") == "a\ufffdb\ufffdc"


def test_checksum_is_of_the_bytes(tmp_path: Path) -> None:
    """The checksum is the one any other tool gives."""
    path = write_export(tmp_path, "a", "abc")
    assert file_sha256(LocalFile(path), "a").startswith("ba7816bf8f01cfea414140de5dae2223")
