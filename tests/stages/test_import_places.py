"""Where exports come from: folders, archives, patterns, URLs; and what is told about them."""

import gzip
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmill.errors import (
    ImportProblemsError,
    InputError,
    UnreadableFileError,
    UsageError,
)
from chatmill.frames import ConversationStore
from chatmill.importers.assembly import CUT_OFF
from chatmill.project import Project
from chatmill.stages.import_ import import_files
from chatmill.store.rejections import list_rejections
from object_store import BUCKET, ObjectStore, running_object_store
from reading import write_export

ROOM = "{0} 2 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"
LINE = "2024년 3월 11일 오전 9:{0:02}, {1} : {2}\r\n"
TALK = "Kim: hi\nPark: hello\nKim: ok\n"


def kakao(title: str, *texts: str) -> str:
    """An Android export of a room."""
    return ROOM.format(title) + "".join(
        LINE.format(at, "가", text) for at, text in enumerate(texts)
    )


def write_zip(path: Path, files: dict[str, str]) -> Path:
    """Files in a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def ids(project: Project) -> list[str]:
    """Every conversation's id, in order."""
    return [each.id for each in project.conversations]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """A running S3 server."""
    with running_object_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.fixture
def bucket(server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The same, told to this process as a person tells it."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


def test_archive_is_one_file_of_many(project: Project, tmp_path: Path) -> None:
    """An archive's exports are rooms of their own; it is known by its bytes the next time."""
    files = {"a/room.txt": kakao("방", "안녕"), "talk.txt": TALK, "photo.jpg": "\0\0\1"}
    path = write_zip(tmp_path / "all.zip", files | {"../evil.txt": TALK})
    (report,) = import_files(project, [path]).files
    assert (report.format, report.n_conversations, report.n_new) == ("kakaotalk, transcript", 2, 4)
    assert ids(project) == ["kakaotalk:방", "transcript:talk.txt"]
    assert project.conversations.get("kakaotalk:방").source == "all.zip!a/room.txt"
    left_out = [(each.source, each.raw) for each in list_rejections(project.database)]
    assert left_out == [(str(path), "../evil.txt"), (f"{path}!photo.jpg", "")]
    assert import_files(project, [path]).files[0].is_unchanged


def test_bad_file_of_an_archive_does_not_stop_the_others(project: Project, tmp_path: Path) -> None:
    """Each is named with the archive's name, and everything else is there."""
    files = {"a.txt": "Roses are red\n", "b.txt": "", "c.txt": TALK}
    path = write_zip(tmp_path / "all.zip", files)
    with pytest.raises(ImportProblemsError) as caught:
        import_files(project, [path])
    bad = [f"{path}!a.txt", f"{path}!b.txt"]
    assert [each.where for each in caught.value.problems] == bad
    assert [each.source for each in list_rejections(project.database)] == bad
    assert caught.value.summary == "2 files have problems, the others are read"
    assert ids(project) == ["transcript:c.txt"]


def test_cut_off_tar_is_an_error_at_every_import(project: Project, tmp_path: Path) -> None:
    """Cut exactly between two files, a tar looks whole; what is missing is said each time."""
    path = tmp_path / "all.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name in ("가.txt", "나.txt", "다.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(TALK.encode())
            archive.addfile(info, io.BytesIO(TALK.encode()))
    path.write_bytes(path.read_bytes()[:2048])
    for _ in range(2):
        with pytest.raises(UnreadableFileError, match=r"all.tar: ends in the middle; everything"):
            import_files(project, [path])
    assert ids(project) == ["transcript:가.txt", "transcript:나.txt"]
    assert [each.reason for each in list_rejections(project.database)] == [CUT_OFF]


def test_archive_behind_a_password_says_so(project: Project, tmp_path: Path) -> None:
    """Where nothing in an archive may be read, the reasons are told and listed."""
    path = write_zip(tmp_path / "all.zip", {"방.txt": TALK})
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match="1 × encrypted; unpack it with its password"):
        import_files(project, [path])
    (left_out,) = list_rejections(project.database)
    assert (left_out.source, left_out.raw) == (str(path), "방.txt")


def test_archive_in_an_archive_is_listed_with_what_to_do(project: Project, tmp_path: Path) -> None:
    """A packed Slack export inside a ZIP is left to the person, who is told how to go on."""
    inner = write_zip(tmp_path / "slack.zip", {"users.json": "[]"}).read_bytes()
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("slack.zip", inner)
        archive.writestr("talk.txt", TALK)
    with pytest.raises(UnreadableFileError, match=r"all.zip!slack.zip: .*unpack the outer one"):
        import_files(project, [path])
    (left_out,) = list_rejections(project.database)
    assert "unpack the outer one" in left_out.reason
    assert ids(project) == ["transcript:talk.txt"]


def test_unknown_files_of_a_folder_are_listed(project: Project, tmp_path: Path) -> None:
    """A folder lists what nobody could read, as an archive does, until it can be read."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_export(folder, "poem.txt", "Roses are red\n")
    write_export(folder, "empty.txt", "")
    write_export(folder, "talk.txt", TALK)
    with pytest.raises(ImportProblemsError, match="2 of 3 files have problems"):
        import_files(project, [folder])
    listed = [
        (each.source, each.reason.split(" (")[0]) for each in list_rejections(project.database)
    ]
    assert listed == [
        (str(folder / "empty.txt"), "the file is empty"),
        (str(folder / "poem.txt"), "no importer recognises it"),
    ]
    for name in ("poem.txt", "empty.txt"):
        write_export(folder, name, TALK.replace("Kim", name))
    import_files(project, [folder])
    assert list_rejections(project.database) == []


def test_packed_file_is_the_file(project: Project, tmp_path: Path) -> None:
    """Next week's export, this time packed, goes on with the same room."""
    import_files(project, [write_export(tmp_path, "talk.txt", TALK)])
    path = tmp_path / "talk.txt.gz"
    path.write_bytes(gzip.compress((TALK + "Park: more\n").encode()))
    (report,) = import_files(project, [path]).files
    assert (report.n_messages, report.n_new) == (4, 1)
    assert ids(project) == ["transcript:talk.txt"]


def test_nameless_chats_take_the_archives_name(project: Project, tmp_path: Path) -> None:
    """WhatsApp calls every chat _chat.txt; two of them are two rooms."""
    chat = "[15.01.24, 10:30:00] Alice: {0}\r\n[15.01.24, 10:31:00] Bob: hi\r\n"
    for name in ("WhatsApp Chat - Alice", "WhatsApp Chat - 철수"):
        write_zip(tmp_path / f"{name}.zip", {"_chat.txt": chat.format(name)})
    import_files(project, [str(tmp_path / "*.zip")])
    assert len(ids(project)) == 2


def test_patterns_are_found(project: Project, tmp_path: Path) -> None:
    """A pattern the shell left alone finds its files; one that fits nothing says so."""
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt", "c.md"):
        write_export(tmp_path / "in", name, TALK.replace("hi", name))
    import_files(project, [str(tmp_path / "in" / "*.txt")])
    assert ids(project) == ["transcript:a.txt", "transcript:b.txt"]
    with pytest.raises(InputError, match="no file fits"):
        import_files(project, [str(tmp_path / "*.doc")])


def test_file_addresses_are_paths(project: Project, tmp_path: Path) -> None:
    """file:// is the local disk."""
    path = write_export(tmp_path, "방 1.txt", TALK)
    import_files(project, [path.as_uri()])
    assert ids(project) == ["transcript:방 1.txt"]


def test_objects_are_read_where_they_lie(project: Project, bucket: ObjectStore) -> None:
    """A pattern, a prefix and an archive on an S3 server read like files."""
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        bucket.put(f"read/{name}", TALK.replace("hi", name).encode())
    assert import_files(project, [f"s3://{BUCKET}/read/*.txt"]).n_new == 6
    assert import_files(project, [f"s3://{BUCKET}/read/"]).n_new == 3
    assert ids(project) == [f"transcript:{name}.txt" for name in "abc"]
    with pytest.raises(ImportProblemsError, match=r"nobody.txt: no such object"):
        import_files(project, [f"s3://{BUCKET}/nobody.txt", f"s3://{BUCKET}/nothing/*.txt"])
    with pytest.raises(UsageError, match="http://x/y: no place that can be read"):
        import_files(project, ["http://x/y"])


@pytest.mark.usefixtures("bucket")
def test_conversations_lie_on_an_object_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is the same on S3: grown, read, and nothing of it on this machine."""
    monkeypatch.setenv("CHATMILL_STORE_CONVERSATIONS", f"s3://{BUCKET}/store")
    path = write_export(tmp_path, "room.txt", kakao("방", "하나", "둘"))
    with Project.create(tmp_path / "far") as project:
        assert import_files(project, [path]).n_new == 2
        before = project.conversations.state()
        write_export(tmp_path, "room.txt", kakao("방", "하나", "둘", "셋"))
        assert import_files(project, [path]).n_new == 1
        assert project.conversations.state() != before
        assert not (project.folder / "conversations").exists()
    again = ConversationStore(f"s3://{BUCKET}/store")
    assert [each.text for each in again.get("kakaotalk:방").messages] == ["하나", "둘", "셋"]
    assert again.count() == (1, 3)


@pytest.mark.usefixtures("bucket")
def test_broken_import_leaves_no_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read to its end is not on the object store either."""
    monkeypatch.setenv("CHATMILL_STORE_CONVERSATIONS", f"s3://{BUCKET}/broken")
    monkeypatch.setenv("CHATMILL_IMPORT_BATCH_MESSAGES", "10")
    monkeypatch.setenv("CHATMILL_IMPORT_MAX_LINE_CHARACTERS", "1000")
    path = write_export(tmp_path, "talk.txt", TALK * 100 + "Kim: " + "x" * 2000)
    with Project.create(tmp_path / "far") as project:
        with pytest.raises(InputError, match="longer than 1,000 characters"):
            import_files(project, [path])
        assert project.conversations.count() == (0, 0)


def test_room_name_joins_two_exports(project: Project, tmp_path: Path) -> None:
    """Two phones call a room differently; --room says it is the same."""
    one = write_export(tmp_path, "one.txt", kakao("방", "하나", "둘"))
    two = write_export(tmp_path, "two.txt", kakao("기술 지원", "하나", "둘", "셋"))
    import_files(project, [one, two], room="지원방")
    (room,) = project.conversations
    assert (room.id, room.title) == ("kakaotalk:지원방", "지원방")
    assert [each.text for each in room.messages] == ["하나", "둘", "셋"]


def test_room_name_fits_one_room_only(project: Project, tmp_path: Path) -> None:
    """Several rooms of one file are never poured together."""
    path = write_export(tmp_path, "faq.txt", "Q) 몇 개?\nA) 8개.\n\nQ) How?\nA) So.\n")
    with pytest.raises(InputError, match="holds more than one room"):
        import_files(project, [path], room="방")
    assert ids(project) == []


def test_dry_run_shows_what_is_inside(project: Project, tmp_path: Path) -> None:
    """Rooms, people, dates, first lines and what is left out, and nothing written."""
    write_export(tmp_path, "a.txt", kakao("방", "하나", "둘"))
    native = [{"id": "1", "speaker": "Kim", "time": "2025-01-02 10:00", "text": "hi"}, {"id": "2"}]
    write_export(tmp_path, "b.jsonl", json.dumps({"id": "t", "messages": native}) + "\n")
    reports = import_files(project, [tmp_path / "a.txt", tmp_path / "b.jsonl"], dry_run=True).files
    one, two = reports
    assert one.overview is not None
    (room,) = one.overview.rooms
    assert (room.id, room.title, room.n_messages) == ("kakaotalk:방", "방", 2)
    assert one.overview.people == (("가", 2),)
    assert (one.overview.first_date, one.overview.last_date) == ("2024-03-11", "2024-03-11")
    assert one.overview.first_lines[0] == "2024-03-11 09:00  가: 하나"
    assert dict(two.reasons) == {'a message without a "text"': 1}
    assert not Path(project.conversations.address).exists()


def test_dry_run_counts_a_message_once(project: Project, tmp_path: Path) -> None:
    """Two files of one room would add their common messages once."""
    write_export(tmp_path, "a.txt", kakao("방", "하나", "둘"))
    write_export(tmp_path, "b.txt", kakao("방", "하나", "둘", "셋"))
    summary = import_files(project, [tmp_path / "a.txt", tmp_path / "b.txt"], dry_run=True)
    assert [each.n_new for each in summary.files] == [2, 1]


def test_project_does_not_import_itself(project: Project) -> None:
    """`chatmill import .` reads the exports in a project's folder, not its own tables."""
    write_export(project.folder, "talk.txt", TALK)
    import_files(project, [project.folder])
    assert import_files(project, [project.folder]).n_new == 0
    assert ids(project) == ["transcript:talk.txt"]


@pytest.mark.parametrize(
    ("here", "what"),
    [
        ("sub", ".."),
        ("sub", "../../bot/../bot/."),
        (".", "..//bot"),
        (".", "*"),
        ("sub", "../**/*"),
    ],
)
def test_project_is_never_its_own_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, what: str
) -> None:
    """However the project's folder is written, datasets and chatmill.toml in it are no chats."""
    with Project.create(tmp_path / "bot") as project:
        (project.folder / "sub").mkdir()
        project.datasets_folder.mkdir()
        write_export(project.datasets_folder, "old.txt", TALK)
        write_export(project.folder, "talk.txt", TALK)
        monkeypatch.chdir(project.folder / here)
        import_files(project, [what])
        assert ids(project) == ["transcript:talk.txt"]


def test_names_of_old_korean_systems_are_read(project: Project, tmp_path: Path) -> None:
    """An unpacked CP949 name is no UTF-8; the room still has its Korean name."""
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/" + "기술지원.txt".encode("cp949"))).write_text(TALK)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xff.txt")).write_text("Roses\n")
    with pytest.raises(InputError, match="no importer recognises it"):
        import_files(project, [folder])
    assert ids(project) == ["transcript:기술지원.txt"]


def test_unpacked_export_is_read_as_one(project: Project, tmp_path: Path) -> None:
    """A Slack folder's days are one export; what lies beside it is read file by file."""
    users = [{"id": "U1", "profile": {"real_name": "김민수"}}]
    day = [{"type": "message", "user": "U1", "text": "<@U1> 안녕", "ts": "1710119525.000100"}]
    for name, record in (
        ("users.json", users),
        ("channels.json", [{"id": "C1", "name": "support"}]),
        ("support/2024-03-11.json", day),
    ):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        write_export(tmp_path / "in", name, json.dumps(record))
    write_export(tmp_path / "in", "talk.txt", TALK)
    slack, talk = import_files(project, [tmp_path / "in"]).files
    assert (slack.name, slack.format, slack.n_new) == (str(tmp_path / "in"), "slack", 1)
    assert (talk.format, talk.n_new) == ("transcript", 3)
    (message,) = project.conversations.get("slack:C1").messages
    assert (message.speaker, message.text) == ("김민수", "@김민수 안녕")
    assert all(each.is_unchanged for each in import_files(project, [tmp_path / "in"]).files)
