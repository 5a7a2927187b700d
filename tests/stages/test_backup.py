"""Backup: whole, as of one moment, and back only where every byte is as it was."""

import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chatmill.errors import ChatmillError, UnreadableFileError, UsageError
from chatmill.project import Project
from chatmill.server.home import HOME_VARIABLE
from chatmill.stages.backup import is_sealed, restore_backup, verify_backup, write_backup
from chatmill.stages.backup.sealing import CHUNK_BYTES, OpeningReader, SealingWriter
from chatmill.store.copying import dump_rows, load_rows
from chatmill.store.database import Database, sqlite_url
from chatmill.store.examples import list_examples
from chatmill.store.replies import StoredReply, save_reply
from forgotten_room import ONLY_HIS, fill, places_of, rows_of, write_room

PASSPHRASE = "수리부엉이 열두 마리"  # noqa: S105 - of these tests


@pytest.fixture
def filled(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with something of everything."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "server"))
    fill(project, write_room(tmp_path / "export.jsonl"))
    return project


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a project but its database."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("chatmill.db", "."))
    }


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_what_is_restored_is_what_was(filled: Project, tmp_path: Path, passphrase: str) -> None:
    """Files byte for byte, every row, every conversation; the file itself in the folder is not."""
    file = filled.folder / "backup.chatmill"
    made = write_backup(filled, file, passphrase=passphrase)
    assert is_sealed(file) == made.is_sealed == bool(passphrase)
    assert bool(places_of(ONLY_HIS, tmp_path / "none")) is False
    assert (ONLY_HIS.encode() in file.read_bytes()) == (not passphrase)
    assert file.stat().st_mode & 0o077 == 0
    again = write_backup(filled, tmp_path / "again", passphrase=passphrase)
    assert "backup.chatmill" in again.left_out
    file.rename(tmp_path / "moved")
    restored = restore_backup(tmp_path / "moved", tmp_path / "back", passphrase=passphrase)
    assert restored.counts == made.counts
    assert files_of(tmp_path / "back") == files_of(filled.folder)
    with Project.open(tmp_path / "back") as back:
        assert rows_of(back) == rows_of(filled)
        assert list(back.conversations) == list(filled.conversations)
        assert list_examples(back.database) == list_examples(filled.database)


def test_a_backup_made_while_others_write_is_of_one_moment(filled: Project, tmp_path: Path) -> None:
    """Somebody writes all the time, and every copy is sound and opens."""
    is_over = threading.Event()

    def write() -> None:
        number = 0
        with Project.open(filled.folder) as other:
            while not is_over.is_set():
                number += 1
                save_reply(other.database, _reply(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            write_backup(filled, tmp_path / f"b{number}")
    finally:
        is_over.set()
        writer.join()
    for number in range(3):
        restore_backup(tmp_path / f"b{number}", tmp_path / f"back{number}")
        with Project.open(tmp_path / f"back{number}") as back:
            assert list_examples(back.database) == list_examples(filled.database)


def _reply(number: int) -> StoredReply:
    return StoredReply(
        key=f"{number:064}",
        stage="s",
        model="m",
        text="답",
        finish_reason="stop",
        prompt_tokens=1,
        completion_tokens=1,
    )


def test_a_wrong_passphrase_is_told_from_damage(filled: Project, tmp_path: Path) -> None:
    """One line each: wrong passphrase, one byte changed anywhere, the end cut off."""
    file = tmp_path / "sealed"
    write_backup(filled, file, passphrase=PASSPHRASE)
    content = file.read_bytes()
    assert verify_backup(file, passphrase=PASSPHRASE).n_files
    with pytest.raises(UnreadableFileError, match="passphrase is not the one"):
        verify_backup(file, passphrase=PASSPHRASE[:-1])
    with pytest.raises(UnreadableFileError, match="is encrypted"):
        verify_backup(file)
    for at in (60, len(content) // 2, len(content) - 1):
        damaged = tmp_path / f"damaged{at}"
        damaged.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(UnreadableFileError, match="damaged"):
            restore_backup(damaged, tmp_path / "back", passphrase=PASSPHRASE)
    for length in (0, 20, 50, 5_000, len(content) - 1):
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(UnreadableFileError):
            restore_backup(tmp_path / "cut", tmp_path / "back", passphrase=PASSPHRASE)
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".*restoring"))


def test_sealed_chunks_cannot_be_swapped_or_dropped() -> None:
    """Every chunk knows its place and whether it is the last, at every length."""
    for length in (0, CHUNK_BYTES, 2 * CHUNK_BYTES + 5):
        sink = io.BytesIO()
        writer = SealingWriter(sink, PASSPHRASE)
        data = bytes(range(256)) * (length // 256 + 1)
        writer.write(data[:length])
        writer.seal()
        sealed = sink.getvalue()
        reader = io.BufferedReader(OpeningReader(io.BytesIO(sealed), PASSPHRASE, "b"))  # type: ignore[type-var] # a RawIOBase
        assert reader.read() == data[:length]
    head, size = len(sealed) - 2 * (CHUNK_BYTES + 16) - 21, CHUNK_BYTES + 16
    first, second, last = sealed[head:][:size], sealed[head + size :][:size], sealed[-21:]
    for order in ((second, first, last), (first, last), (first, second), (first, second, first)):
        changed = io.BytesIO(sealed[:head] + b"".join(order))
        opened = io.BufferedReader(OpeningReader(changed, PASSPHRASE, "b"))  # type: ignore[type-var] # a RawIOBase
        with pytest.raises(UnreadableFileError, match="damaged"):
            opened.read()


def test_a_damaged_plain_backup_is_refused(filled: Project, tmp_path: Path) -> None:
    """Without encryption the manifest's checksums tell."""
    file = tmp_path / "plain"
    write_backup(filled, file)
    content = file.read_bytes()
    at = content.index(ONLY_HIS.encode())
    file.write_bytes(content[:at] + b"\xec\x84\xb2" + content[at + 3 :])
    with pytest.raises(UnreadableFileError, match="is damaged"):
        restore_backup(file, tmp_path / "back")
    for length in (0, 100, 600, len(content) // 2):
        file.write_bytes(content[:length])
        with pytest.raises(UnreadableFileError):
            restore_backup(file, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def hostile(change: Callable[[tarfile.TarFile], None]) -> bytes:
    """Make an archive that begins and ends like ours, with something else between."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "chatmill-backup.json", json.dumps({"format": 1}).encode())
        change(tar)
        _add(tar, "chatmill-manifest.json", json.dumps({"files": {}, "counts": {}}).encode())
    return sink.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes = b"x", **fields: object) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    tar.addfile(info, io.BytesIO(content))


def _add_both(tar: tarfile.TarFile, *names: str) -> None:
    for name in names:
        _add(tar, name)


@pytest.mark.parametrize(
    "change",
    [
        lambda tar: _add(tar, "../outside"),
        lambda tar: _add(tar, "/etc/outside"),
        lambda tar: _add(tar, "a/../../outside"),
        lambda tar: _add(tar, "..\\outside"),
        lambda tar: _add(tar, "C:outside"),
        lambda tar: _add(tar, ".ssh/outside"),
        lambda tar: _add(tar, "link", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        lambda tar: _add(tar, "link", b"", type=tarfile.LNKTYPE, linkname="chatmill.toml"),
        lambda tar: _add(tar, "device", b"", type=tarfile.CHRTYPE),
        lambda tar: _add(tar, "folder", b"", type=tarfile.DIRTYPE),
        lambda tar: _add_both(tar, "a.txt", "A.TXT"),
        lambda tar: _add(tar, "unknown.txt"),
    ],
)
def test_a_hostile_archive_is_refused(
    tmp_path: Path, change: Callable[[tarfile.TarFile], None]
) -> None:
    """No path leads out, no link is made, no file comes in that the manifest does not name."""
    file = tmp_path / "deep" / "hostile"
    file.parent.mkdir()
    file.write_bytes(hostile(change))
    with pytest.raises(UnreadableFileError) as caught:
        restore_backup(file, tmp_path / "deep" / "back")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.rglob("*")] == ["deep", "hostile"]


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    """A picture, a foreign tar, a missing file: one line, nothing written."""
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n" + bytes(2_000))
    with tarfile.open(tmp_path / "foreign.tar", "w") as tar:
        _add(tar, "hello.txt")
    for name in ("picture.png", "foreign.tar", "missing"):
        with pytest.raises(ChatmillError):
            restore_backup(tmp_path / name, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_nothing_is_overwritten(filled: Project, tmp_path: Path) -> None:
    """Neither an existing file by a backup, nor a folder in use by a restored one."""
    file = tmp_path / "b"
    write_backup(filled, file)
    with pytest.raises(UsageError, match="exists"):
        write_backup(filled, file)
    with pytest.raises(UsageError, match="not empty"):
        restore_backup(file, filled.folder)


def test_rows_of_any_database_become_a_project_again(filled: Project, tmp_path: Path) -> None:
    """What a project on another database is copied by: every table, as JSON, and back."""
    rows = tmp_path / "rows"
    rows.mkdir()
    dump_rows(filled.database, rows)
    load_rows(tmp_path / "copy.db", rows)
    copy = Database.open(sqlite_url(tmp_path / "copy.db"))
    again = tmp_path / "again"
    again.mkdir()
    dump_rows(copy, again)
    copy.close()
    for path in rows.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()
