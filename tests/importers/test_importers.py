"""The table of importers: each keeps the protocol, and content decides which one reads a file."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.errors import ChatmillError, UnknownFormatError, UsageError
from chatmill.importers import detect_importer, importer_names, load_importer
from chatmill.importers.base import ExportFile, Importer, Item, Room
from chatmill.importers.decoding import open_text
from chatmill.records import Message, Rejection
from importers.fuzzing import Spoiler, check_input, first_inputs
from reading import read_export, write_export

ROOT = Path(__file__).parent.parent.parent
N_SPOILT = 300
"""Inputs an importer; `tests/soak/test_fuzz_importers.py` tries them by the minute."""
SAMPLES = {
    "chat_jsonl": json.dumps(
        {
            "messages": [
                {"role": "system", "content": "W5500 기술지원"},
                {"role": "user", "content": "소켓은 몇 개인가요?"},
                {"role": "assistant", "content": [{"type": "text", "text": "8개입니다."}]},
            ]
        },
        ensure_ascii=False,
    ),
    "discord": json.dumps(
        {
            "guild": {"id": "1", "name": "W5500 help"},
            "channel": {"id": "2", "type": "GuildTextChat", "name": "w5500"},
            "messages": [
                {
                    "id": "1000",
                    "type": "Default",
                    "timestamp": "2024-03-11T09:12:05.123+09:00",
                    "content": "소켓은 몇 개인가요?",
                    "author": {"id": "7", "name": "minsu", "nickname": "김민수", "isBot": False},
                }
            ],
        },
        indent=1,
    ),
    "discourse": json.dumps(
        {
            "id": 77,
            "title": "W5500 VERSIONR",
            "post_stream": {
                "stream": [1],
                "posts": [
                    {
                        "id": 1,
                        "post_number": 1,
                        "username": "minsu",
                        "cooked": "<p>소켓은 몇 개인가요?</p>",
                        "created_at": "2024-03-11T09:12:05.000Z",
                    }
                ],
            },
        },
        ensure_ascii=False,
    ),
    "document": "# W5500\n\nThe W5500 has 8 sockets.\n\n## 소켓은 몇 개인가요?\n\n8개입니다.\n",
    "github": json.dumps(
        {
            "issue": {
                "number": 1,
                "title": "W5500",
                "user": {"login": "minsu"},
                "author_association": "NONE",
                "created_at": "2024-03-11T09:12:05Z",
                "body": "소켓은 몇 개인가요?",
            },
            "comments": [],
        },
        indent=1,
    ),
    "gitter": (
        "[2017-01-03 13:29:31] <kim> W5500 소켓은\n몇 개인가요?\n[2017-01-03 13:30:02] <park> 8\n"
    ),
    "instagram": json.dumps(
        {
            "participants": [{"name": "Kim"}],
            "messages": [{"sender_name": "Kim", "timestamp_ms": 1705315800000, "content": "Hi!"}],
            "title": "W5500",
            "thread_path": "inbox/w5500_1",
        }
    ),
    "intercom": json.dumps(
        {
            "type": "conversation",
            "id": "147",
            "created_at": 1710115925,
            "source": {
                "type": "conversation",
                "id": "1",
                "delivered_as": "customer_initiated",
                "body": "<p>소켓은 몇 개인가요?</p>",
                "author": {"type": "user", "id": "5", "name": "김민수"},
            },
            "conversation_parts": {"conversation_parts": [], "total_count": 0},
        },
        indent=1,
    ),
    "irc": "[03:10] <kim> 안녕하세요\n=== lee [~lee@example.com] has joined #wiznet\n"
    "[03:11] <park> hello\n",
    "jsonl": json.dumps(
        {"id": "c1", "messages": [{"id": "m1", "speaker": "김", "text": "안녕"}]},
        ensure_ascii=False,
    ),
    "kakaotalk": (
        "방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n"
        "--------------- 2024년 3월 11일 월요일 ---------------\r\n[가] [오전 9:12] 안녕하세요\r\n"
    ),
    "mail": (
        "From: Kim <minsu@example.com>\nTo: support@example.com\nSubject: W5500\n"
        "Date: Mon, 11 Mar 2024 09:12:05 +0900\nMessage-ID: <a1@example.com>\n"
        'Content-Type: text/plain; charset="utf-8"\n\n소켓은 몇 개인가요?\n'
    ),
    "qa": "Q) W5500 소켓은 몇 개인가요?\nA) 8개입니다.\n",
    "slack": json.dumps(
        [
            {
                "type": "message",
                "user": "U0001",
                "text": "소켓은 몇 개인가요?",
                "ts": "1710115925.000000",
                "user_profile": {"real_name": "김민수"},
            }
        ],
        indent=1,
    ),
    "table": "방,작성자,내용,날짜\n문의 1,김민수,W5500 소켓은 몇 개인가요?,2024-03-11 09:12\n"
    '문의 1,박지현,"8개입니다.\n감사합니다.",2024-03-11 09:13\n',
    "telegram": json.dumps(
        {
            "name": "W5500 도움",
            "type": "private_supergroup",
            "id": 1,
            "messages": [
                {
                    "id": 10,
                    "type": "message",
                    "date": "2024-03-11T09:12:05",
                    "date_unixtime": "1710115925",
                    "from": "김민수",
                    "from_id": "user1",
                    "text": ["소켓은 ", {"type": "bold", "text": "몇 개"}, "인가요?"],
                }
            ],
        },
        indent=1,
    ),
    "transcript": "Kim: How many sockets?\nPark: Eight.\nKim: Thanks\n",
    "whatsapp": (
        "2024. 3. 11. 오전 9:12 - 김민수: W5500 소켓은 몇 개인가요?\n"
        "2024. 3. 11. 오전 9:13 - Jihyun Park: 8개입니다.\n감사합니다: 네\n"
    ),
    "zendesk": json.dumps(
        {
            "ticket": {"id": 35436, "subject": "W5500", "requester_id": 1, "via": {}},
            "comments": [
                {
                    "id": 900,
                    "author_id": 1,
                    "plain_body": "소켓은 몇 개인가요?",
                    "public": True,
                    "created_at": "2024-03-11T09:12:05Z",
                }
            ],
            "users": [{"id": 1, "name": "김민수", "role": "end-user"}],
        },
        indent=1,
    ),
}


def items_of(importer: Importer, file: ExportFile) -> Iterator[Item]:
    """Stream what an importer reads, up to where it refuses the file as a whole."""
    with suppress(ChatmillError):
        yield from importer.read(file)


@pytest.fixture(params=importer_names())
def name(request: pytest.FixtureRequest) -> str:
    """Each importer of the table in turn."""
    value: str = request.param
    return value


def test_every_importer_recognises_its_own_format(tmp_path: Path, name: str) -> None:
    """Content alone finds the importer, and the file's name says nothing about it."""
    path = write_export(tmp_path, "export", SAMPLES[name] + "\n")
    assert detect_importer(open_text(path)).name == name


def test_every_importer_keeps_the_protocol(tmp_path: Path, name: str) -> None:
    """A room comes before its messages, ids are unique, reading twice gives the same."""
    path = write_export(tmp_path, "export", SAMPLES[name] + "\n")
    importer, file = load_importer(name), open_text(path)
    items = list(importer.read(file))
    assert importer.name == name
    assert isinstance(items[0], Room)
    ids = [item.id for item in items if isinstance(item, Message)]
    assert ids
    assert len(set(ids)) == len(ids)
    assert list(importer.read(file)) == items


def test_every_importer_survives_every_other_format(tmp_path: Path, name: str) -> None:
    """Forced onto the wrong file, an importer rejects lines, or the file in one clear line."""
    for other in SAMPLES.values():
        path = write_export(tmp_path, "export", other + "\n")
        for item in items_of(load_importer(name), open_text(path)):
            assert isinstance(item, Room | Message | Rejection)


@given(data=st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_chatmill_error(data: bytes) -> None:
    """Whatever a file holds, an importer answers with messages, rejections or one clear line."""
    for each in importer_names():
        check_input(each, data)


def test_no_spoilt_export_raises_anything_but_a_chatmill_error(name: str) -> None:
    """Lines, bytes and values out of place: still whole characters, and ids that come once."""
    spoiler = Spoiler(first_inputs(name), seed=20261123)
    for _ in range(N_SPOILT):
        check_input(name, spoiler.next())


@given(
    text=st.text(
        alphabet="QA) :\n\r[]0159-,.가년월일오전님과카카오톡대화{}\"'messagestxid", max_size=300
    )
)
def test_no_text_of_format_signs_raises(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Half-formed lines of every format are rejected or read, never a traceback."""
    path = tmp_path_factory.getbasetemp() / "signs"
    path.write_bytes(text.encode("utf-8"))
    try:
        file = open_text(path)
    except ChatmillError:
        return
    for each in importer_names():
        items = items_of(load_importer(each), file)
        assert all(isinstance(item, Room | Message | Rejection) for item in items)


def test_unknown_format_says_what_was_tried(tmp_path: Path) -> None:
    """A file nobody recognises is refused in one line that names the importers."""
    path = write_export(tmp_path, "poem.txt", "Roses are red\nviolets are blue\n")
    with pytest.raises(UnknownFormatError, match=r"poem.txt.*jsonl, kakaotalk.*qa.*transcript"):
        detect_importer(open_text(path))


def test_settings_and_code_are_no_transcripts(tmp_path: Path) -> None:
    """Lines with a colon are no speakers where no label ever comes back."""
    yaml = "name: x\nversion: 1\nauthor: me\nlicense: MIT\nkeywords: a\nhome: b\n"
    with pytest.raises(UnknownFormatError):
        detect_importer(open_text(write_export(tmp_path, "a.yaml", yaml)))


def test_mail_is_no_transcript(tmp_path: Path) -> None:
    """Headers come back with every mail and are still no speakers."""
    mail = "From: a@example.com\nTo: b@example.com\nMessage-ID: <1@example.com>\n\nHello\n\n"
    assert detect_importer(open_text(write_export(tmp_path, "box", mail * 3))).name == "mail"


def test_unknown_importer_lists_the_known_ones() -> None:
    """A typo in --format is answered with the names there are."""
    with pytest.raises(UsageError, match=r"no importer 'kakao'.*Known: .*jsonl, kakaotalk"):
        load_importer("kakao")


FAX = """
from chatmill.importers.base import Room
from chatmill.records import Message

class FaxImporter:
    name = "fax"

    def score(self, file):
        return 1.0 if file.head.startswith("FAX") else 0.0

    def read(self, file):
        yield Room(key="fax")
        yield Message(id="1", speaker="", text=file.head)
"""


def test_package_can_bring_an_importer(tmp_path: Path) -> None:
    """An installed package names its importer under the entry points, and files are told by it."""
    (tmp_path / "faxes.py").write_text(FAX)
    about = tmp_path / "faxes-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faxes\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[chatmill.importers]\nfax = faxes:FaxImporter\nbroken = faxes:Missing\n"
    )
    write_export(tmp_path, "page", "FAX hello\n")
    code = (
        "from pathlib import Path\n"
        "from chatmill.importers import importer_names, load_importer\n"
        "from chatmill.importers.decoding import open_text\n"
        "print(importer_names()[-2:], load_importer('fax').score(open_text(Path('page'))))\n"
        "load_importer('broken')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "['fax', 'broken'] 1.0\n"
    assert "importer 'broken' cannot be loaded" in done.stderr.splitlines()[-1]


def test_every_importer_is_documented() -> None:
    """docs/import.md has a section for each importer."""
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    for each in importer_names():
        assert f"(`{each}`)" in page


def test_sample_chats_import_without_rejections(sample: Path) -> None:
    """The chats we ship are read whole, each by the importer it was written for."""
    found: dict[str, int] = {}
    for path in sorted((sample / "chats").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            export = read_export(path)
            assert export.rejections == ()
            found[export.importer] = found.get(export.importer, 0) + len(export.rooms)
    assert set(found) <= set(SAMPLES)
    assert sum(found.values()) >= 80
