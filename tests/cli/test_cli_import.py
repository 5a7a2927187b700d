"""`chatmill import` and `chatmill conversations`, as a person or a script uses them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.project import Project
from reading import write_export

ROOM = (
    "기술지원방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n"
    "--------------- 2024년 3월 11일 월요일 ---------------\r\n"
    "[김민수] [오전 9:12] 소켓은 몇 개인가요?\r\n[박지현] [오전 9:13] 8개입니다.\r\n"
    "[김민수] [오전 9:14] 사진\r\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with one export in it."""
    Project.create(tmp_path / "bot").close()
    write_export(tmp_path / "bot", "room.txt", ROOM, encoding="cp949")
    return tmp_path / "bot"


def chatmill(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"},
    )


def test_import_says_what_it_read(folder: Path) -> None:
    """One object a file on standard output, everything else beside it."""
    done = chatmill("import", "room.txt", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "file": "room.txt",
        "format": "kakaotalk",
        "encoding": "cp949",
        "conversations": 1,
        "messages": 3,
        "new": 3,
        "rejected": 0,
        "unchanged": False,
    }


def test_conversations_can_be_imported_again(folder: Path) -> None:
    """What --json writes is the native interchange: it comes back under the same ids."""
    chatmill("import", "room.txt", cwd=folder)
    written = chatmill("conversations", "--json", cwd=folder).stdout
    record = json.loads(written)
    assert record["id"] == "kakaotalk:기술지원방"
    assert list(record["messages"][0]) == ["id", "speaker", "role", "time", "text"]
    assert record["messages"][2]["kind"] == "photo"
    with Project.create(folder.parent / "other") as other:
        write_export(other.folder, "all.jsonl", written)
        done = chatmill("import", "all.jsonl", cwd=other.folder)
        assert done.returncode == 0, done.stderr
        assert chatmill("conversations", "--json", cwd=other.folder).stdout == written


def test_conversation_is_readable(folder: Path) -> None:
    """A person sees who said what and when, and a list with counts."""
    chatmill("import", "room.txt", cwd=folder)
    shown = chatmill("conversations", "kakaotalk:기술지원방", cwd=folder).stdout
    assert "2024-03-11 09:13  박지현: 8개입니다." in shown
    assert "(photo) 사진" in shown
    assert "2024-03-11" in chatmill("conversations", cwd=folder).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "nowhere.txt"), "nowhere.txt: cannot be read: No such file"),
        (("import", "room.txt", "--format", "fax"), "no importer 'fax'"),
        (("conversations", "nobody"), "no conversation 'nobody'"),
    ],
)
def test_refusals_are_one_line(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    """What cannot be done is said in one line, with exit code 1 and no traceback."""
    done = chatmill(*arguments, cwd=folder)
    assert done.returncode == 1
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_bad_files_are_objects_and_lines_of_their_own(folder: Path) -> None:
    """A script gets an object for every file, a person a line for every bad one."""
    write_export(folder, "poem.txt", "Roses are red\n")
    write_export(folder, "empty.txt", "")
    done = chatmill("import", "room.txt", "poem.txt", "empty.txt", "--json", cwd=folder)
    assert done.returncode == 1
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["file"] for each in records] == ["room.txt", "poem.txt", "empty.txt"]
    assert "error" not in records[0]
    assert "no importer recognises it" in records[1]["error"]
    assert records[2]["error"].startswith("empty.txt: the file is empty")
    poem, empty, summary = done.stderr.splitlines()[-3:]
    assert poem.startswith("chatmill: poem.txt: no importer")
    assert empty.startswith("chatmill: empty.txt: the file is empty")
    assert summary == "chatmill: 2 of 3 files have problems, the others are read"


def test_agent_who_says_nothing_is_named(folder: Path) -> None:
    """A misspelt --agent is said at once, and remembered for rooms that come later."""
    done = chatmill("import", "room.txt", "--agent", "박지헌", "--agent", "박지현", cwd=folder)
    assert done.returncode == 0
    named = [line for line in done.stderr.splitlines() if "speaks in none" in line]
    assert named == [
        "'박지헌' (--agent) speaks in none of the imported rooms; remembered all the same"
    ]
    with Project.open(folder) as project:
        assert project.settings.roles.agents == ("박지헌", "박지현")


def test_ctrl_c_says_that_nothing_is_lost(folder: Path) -> None:
    """Stopped half way, the files that were read are there, and one line says how to go on."""
    line = (
        '{{"id": "{0}", "messages": [{{"id": "1", "speaker": "김민수", "text": "{0}번 소켓"}}]}}\n'
    )
    write_export(folder, "z.jsonl", "".join(line.format(at) for at in range(200_000)))
    command = [sys.executable, "-m", "chatmill.cli.app", "import", "room.txt", "z.jsonl"]
    with subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as running:
        assert running.stderr is not None
        while not running.stderr.readline().startswith("room.txt:"):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        shown = running.stderr.read().splitlines()
    assert running.returncode == 1
    assert shown[-1] == "Stopped. Files read so far are kept; the same command goes on from here."
    with Project.open(folder) as project:
        assert project.conversations.count() == (1, 3)


def test_whole_document_without_a_last_line_end_is_whole(folder: Path) -> None:
    """Programs write JSON without a line end; that is no half download."""
    native = {"id": "t", "messages": [{"id": "1", "text": "안녕"}, {"id": "2"}]}
    write_export(folder, "one.jsonl", json.dumps(native))
    done = chatmill("import", "one.jsonl", cwd=folder)
    assert done.returncode == 0, done.stderr
    left_out = (
        '  1 left out: 1 × a message without a "text"; see: chatmill rejections --stage import'
    )
    assert left_out in done.stderr.splitlines()
    assert "1 file, 1 message new" in done.stderr.splitlines()


def test_dry_run_is_readable(folder: Path) -> None:
    """Before anything is written, a person sees whose chat this is."""
    done = chatmill("import", "room.txt", "--dry-run", "--room", "지원방", cwd=folder)
    assert done.stderr.splitlines()[1:-2] == [
        "room.txt: kakaotalk (cp949), 1 conversation, 3 messages, 3 new",
        "  rooms: 지원방 (3)",
        "  people: 김민수 (2), 박지현 (1)",
        "  dates: 2024-03-11 to 2024-03-11",
        "  | 2024-03-11 09:12  김민수: 소켓은 몇 개인가요?",
        "  | 2024-03-11 09:13  박지현: 8개입니다.",
        "  | 2024-03-11 09:14  김민수: 사진",
    ]
    assert done.stderr.splitlines()[-1] == "1 file, 3 messages would be new"
    assert sorted(path.name for path in folder.iterdir()) == ["chatmill.toml", "room.txt"]


def test_columns_are_told_once(folder: Path) -> None:
    """The second table of a company needs no --columns, and comments of the settings stay."""
    settings = folder / "chatmill.toml"
    table = "글쓴이,본문,방번호\n김민수,소켓은 몇 개인가요?,7\n박지현,8개입니다.,7\n"
    write_export(folder, "one.csv", table)
    write_export(folder, "two.csv", table.replace(",7", ",8"))
    columns = "speaker=글쓴이,text=본문,room=방번호"
    done = chatmill("import", "one.csv", "--columns", columns, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert settings.read_text(encoding="utf-8").startswith("# Every option")
    done = chatmill("import", "two.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Project.open(folder) as project:
        assert project.conversations.count() == (2, 4)
