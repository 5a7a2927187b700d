"""Import: adds what is new, survives bad files and kills, and says what it left out."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.errors import InputError, UnknownFormatError, UnreadableFileError, UsageError
from chatmill.importers.assembly import CUT_OFF
from chatmill.project import Project
from chatmill.stages.import_ import FileReport, import_files
from chatmill.store.rejections import list_rejections
from chatmill.store.sources import list_sources
from reading import write_export

ANDROID = "방 2 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"


def kakao_line(minute: int, speaker: str, text: str) -> str:
    """A message of an Android export."""
    return f"2024년 3월 11일 오전 9:{minute:02}, {speaker} : {text}\r\n"


def texts(project: Project) -> list[str]:
    """Every stored text, in order."""
    return [message.text for each in project.conversations for message in each.messages]


def test_files_become_conversations(project: Project, tmp_path: Path) -> None:
    """Four formats in one folder are told apart and stored under ids that name their rooms."""
    folder = tmp_path / "chats"
    folder.mkdir()
    (folder / ".hidden").write_bytes(b"\0\0")
    write_export(folder, "faq.txt", "Q) 몇 개?\nA) 8개.\n\nQ) How?\nA) So.\n")
    write_export(folder, "room.txt", ANDROID + kakao_line(12, "가", "안녕"))
    write_export(folder, "talk.txt", "Kim: hi\nPark: hello\nKim: ok\n")
    native = {"id": "t-1", "messages": [{"id": "m1", "speaker": "a", "text": "hi"}]}
    write_export(folder, "z.jsonl", json.dumps(native) + "\n")
    summary = import_files(project, [folder])
    assert [each.format for each in summary.files] == ["qa", "kakaotalk", "transcript", "jsonl"]
    assert summary.n_new == 9
    assert [each.id for each in project.conversations] == [
        "qa:faq.txt#1",
        "qa:faq.txt#2",
        "kakaotalk:방",
        "transcript:talk.txt",
        "t-1",
    ]
    assert project.conversations.get("t-1").source == "z.jsonl"


def test_same_file_again_adds_nothing(project: Project, tmp_path: Path) -> None:
    """Importing twice is harmless, and the second time does not even read."""
    path = write_export(tmp_path, "room.txt", ANDROID + kakao_line(12, "가", "안녕"))
    import_files(project, [path])
    before = texts(project)
    (report,) = import_files(project, [path]).files
    assert (report.is_unchanged, report.n_new, report.n_messages) == (True, 0, 1)
    assert texts(project) == before


def test_copy_under_another_name_adds_nothing(project: Project, tmp_path: Path) -> None:
    """The same bytes are not read again, whatever the file is called."""
    text = ANDROID + kakao_line(12, "가", "안녕")
    import_files(project, [write_export(tmp_path, "a.txt", text)])
    (report,) = import_files(project, [write_export(tmp_path, "b.txt", text)]).files
    assert (report.is_unchanged, report.n_new, report.n_messages) == (True, 0, 1)


def test_grown_export_adds_only_what_is_new(project: Project, tmp_path: Path) -> None:
    """Next week's export, in which the exporter goes by another name, adds one message."""
    old = ANDROID + kakao_line(12, "회원님", "네") + kakao_line(12, "가", "네")
    new = ANDROID.replace(" 2 ", " 3 ") + old.removeprefix(ANDROID).replace("회원님", "최도윤")
    path = write_export(tmp_path, "room.txt", old)
    import_files(project, [path])
    ids = [message.id for message in project.conversations.get("kakaotalk:방").messages]
    write_export(tmp_path, "room.txt", new + kakao_line(13, "나", "네"))
    (report,) = import_files(project, [path]).files
    assert (report.n_messages, report.n_new) == (3, 1)
    messages = project.conversations.get("kakaotalk:방").messages
    assert [message.id for message in messages[:2]] == ids
    assert [message.speaker for message in messages] == ["최도윤", "가", "나"]


def test_bad_lines_are_listed_with_file_and_line(project: Project, tmp_path: Path) -> None:
    """What could not be used is in the project with its place, and is no error."""
    good = json.dumps({"id": "c", "messages": [{"id": "1", "text": "hi"}]})
    path = write_export(tmp_path, "chats.jsonl", f"{good}\nnonsense {{\n{good[:-1]}\n")
    (report,) = import_files(project, [path]).files
    assert report.n_rejected == 2
    found = list_rejections(project.database, stage="import")
    assert [(each.source, each.line) for each in found] == [(str(path), 2), (str(path), 3)]
    assert found[0].raw == "nonsense {"


def test_unreadable_file_does_not_stop_the_others(project: Project, tmp_path: Path) -> None:
    """Every good file of a folder is imported before the bad ones are named."""
    write_export(tmp_path, "a.txt", "Kim: hi\nPark: hello\nKim: ok\n")
    (tmp_path / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "c.txt").write_bytes(b"")
    write_export(tmp_path, "d.txt", "Q) 몇 개?\nA) 8개.\n")
    seen: list[FileReport] = []
    with pytest.raises(
        InputError, match=r"2 of 4 files .*b.txt: a picture.*c.txt: the file is emp"
    ):
        import_files(project, [tmp_path / f"{name}.txt" for name in "abcd"], on_file=seen.append)
    assert [each.format for each in seen] == ["transcript", "", "", "qa"]
    assert ["a picture" in each.error for each in seen] == [False, True, False, False]
    assert project.conversations.count() == (2, 5)


def test_only_bad_file_is_refused_in_its_own_words(project: Project, tmp_path: Path) -> None:
    """One file, one line: what it is and what to do."""
    path = write_export(tmp_path, "poem.txt", "Roses are red\n")
    with pytest.raises(UnknownFormatError, match=r"poem.txt: no importer recognises it"):
        import_files(project, [path])
    assert list_sources(project.database) == []


def test_half_written_file_is_said_and_its_whole_lines_kept(
    project: Project, tmp_path: Path
) -> None:
    """A download that was cut off gives what it holds once, and an error at every import."""
    good = json.dumps({"id": "c", "messages": [{"id": "1", "text": "안녕"}]}, ensure_ascii=False)
    path = write_export(tmp_path, "chats.jsonl", f"{good}\n{good[:40]}")
    seen: list[FileReport] = []
    for _ in range(2):
        with pytest.raises(UnreadableFileError, match=r"chats.jsonl: ends in the middle of line 2"):
            import_files(project, [path], on_file=seen.append)
    assert [each.n_new for each in seen] == [1, 0]
    assert texts(project) == ["안녕"]
    assert [each.line for each in list_rejections(project.database)] == [2]


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16"])
def test_half_a_character_at_the_end_is_a_cut_off_file(
    project: Project, tmp_path: Path, encoding: str
) -> None:
    """A download that ends inside a Hangul letter is named at the end, at every import."""
    lines = [kakao_line(minute, "김민수", f"{minute}번 소켓이요") for minute in range(9)]
    path = tmp_path / "방.txt"
    path.write_bytes((ANDROID + "".join(lines).rstrip()).encode(encoding)[:-1])
    for _ in range(2):
        with pytest.raises(UnreadableFileError, match="ends in the middle of line 13"):
            import_files(project, [path])
    assert len(texts(project)) == len(lines) - 1
    assert [each.reason for each in list_rejections(project.database)] == [CUT_OFF]


def test_bad_bytes_inside_a_file_are_no_cut(project: Project, tmp_path: Path) -> None:
    """Only what stands at the very end tells that a file was cut off."""
    lines = [kakao_line(minute, "김민수", f"{minute}번 소켓이요") for minute in range(9)]
    data = (ANDROID + "".join(lines)).encode()
    path = tmp_path / "방.txt"
    path.write_bytes(data[:-4] + b"\r\n")
    assert import_files(project, [path]).n_rejected == 1
    (left_out,) = list_rejections(project.database)
    assert left_out.reason == "bytes that are not utf-8"


def test_file_without_any_message_is_refused(project: Project, tmp_path: Path) -> None:
    """A forced format that fits nothing says so, and leaves nothing behind."""
    path = write_export(tmp_path, "talk.txt", "Kim: hi\nPark: hello\n")
    with pytest.raises(UnreadableFileError, match="no message could be read as jsonl"):
        import_files(project, [path], format="jsonl")
    assert list_rejections(project.database) == []
    assert list_sources(project.database) == []
    assert import_files(project, [path]).n_new == 2


def test_dry_run_counts_and_writes_nothing(project: Project, tmp_path: Path) -> None:
    """A look at what would be read leaves no trace."""
    path = write_export(tmp_path, "talk.txt", "Title\nKim: hi\nPark: hello\nKim: ok\n")
    (report,) = import_files(project, [path], dry_run=True).files
    assert (report.n_new, report.n_rejected) == (3, 1)
    assert not Path(project.conversations.address).exists()
    assert list_sources(project.database) == []


def test_files_of_one_name_in_two_folders_stay_apart(project: Project, tmp_path: Path) -> None:
    """Two transcripts called chat.txt are two conversations."""
    for month, word in (("2024-01", "one"), ("2024-02", "two")):
        (tmp_path / "in" / month).mkdir(parents=True)
        write_export(tmp_path / "in" / month, "chat.txt", f"Kim: {word}\nPark: yes\nKim: ok\n")
    import_files(project, [tmp_path / "in"])
    assert [each.id for each in project.conversations] == [
        "transcript:2024-01/chat.txt",
        "transcript:2024-02/chat.txt",
    ]


def test_empty_folder_and_unknown_format_are_usage_errors(project: Project, tmp_path: Path) -> None:
    """Asking for nothing, or for an importer there is none of, is answered at once."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no files"):
        import_files(project, [tmp_path / "empty"])
    with pytest.raises(UsageError, match="no importer"):
        import_files(project, [tmp_path], format="fax")


KILLED = """
import os, signal, sys
from pathlib import Path
from chatmill.project import Project
from chatmill.stages.import_ import import_files

def progress(what, done, total):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

with Project.open(sys.argv[1]) as project:
    import_files(project, [Path(sys.argv[2])], progress=progress)
"""


def test_killed_import_goes_on(project: Project, tmp_path: Path) -> None:
    """SIGKILL between files, then again: the same parts, byte for byte, as without it."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abcd":
        write_export(folder, f"{name}.txt", f"Kim: {name}\nPark: yes\nKim: ok\n")
    for at in (1, 3):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(project.folder), str(folder), str(at)], check=False
        )
        assert done.returncode == -signal.SIGKILL
    import_files(project, [folder])
    with Project.create(tmp_path / "other") as other:
        import_files(other, [folder])
        parts = [
            {path.name: path.read_bytes() for path in Path(each.conversations.address).iterdir()}
            for each in (project, other)
        ]
    assert parts[0] == parts[1]


def test_import_killed_before_its_note_is_finished(project: Project, tmp_path: Path) -> None:
    """A part that stands without its note (killed between the two) is written over, not doubled."""
    path = write_export(tmp_path, "talk.txt", "Kim: hi\nPark: hello\nKim: ok\n")
    import_files(project, [path])
    with project.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM sources")
    (report,) = import_files(project, [path]).files
    assert report.n_new == 3
    assert project.conversations.count() == (1, 3)
