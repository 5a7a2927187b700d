"""Telegram: one chat or a whole account, formatted text put together, times with their zone."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.settings import ImportSettings
from odd_json import any_json
from reading import ReadExport, read_export, read_tree_export, write_export

SAFE = st.text(st.characters(codec="utf-8"), max_size=30)


def said(number: int, text: Any, person: int = 1, **more: Any) -> dict[str, Any]:
    """One message, a second after the one before."""
    return {
        "id": number,
        "type": "message",
        "date": f"2024-03-11T09:12:{number % 60:02}",
        "date_unixtime": str(1710115920 + number % 60),
        "from": ["", "김민수", "Jihyun Park"][person],
        "from_id": f"user{person}",
        "text": text,
        **more,
    }


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    """An export of one chat."""
    named = {"name": "W5500 도움", "type": "private_supergroup", "id": 77}
    return {**named, **more, "messages": list(messages)}


def read(folder: Path, document: Any, settings: ImportSettings | None = None) -> ReadExport:
    """Write an export and read it back."""
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    path = write_export(folder, "result.json", text)
    return read_export(path, importer="telegram", settings=settings)


def test_shared_export_holds_the_expected_thread(shared: Path) -> None:
    """The fixture gives its five messages with replies, behind one system line."""
    folder = shared / "data" / "formats" / "own"
    expected = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / "telegram_result.json")
    assert export.importer == "telegram"
    assert export.rejections == ()
    spoken = [message for message in export.messages if message.kind == "text"]
    assert [(message.speaker, message.text) for message in spoken] == [
        (each["speaker"], each["text"]) for each in expected
    ]
    assert [message.reply_to for message in spoken] == [None, None, "10", "11", "12"]
    system = export.messages[0]
    assert (system.role, system.kind, system.text) == (
        "system",
        "system",
        "Doyun Choi create group W5500 help",
    )


@pytest.mark.parametrize(("name", "n_messages"), [("simple", 4), ("complex", 4)])
def test_exports_of_others_are_read(shared: Path, name: str, n_messages: int) -> None:
    """Fixtures of another parser: every message with words is there."""
    path = shared / "data" / "formats" / "chatpack_mit" / f"telegram_{name}.json"
    export = read_export(path)
    assert export.importer == "telegram"
    assert len(export.messages) == n_messages
    assert [each.reason for each in export.rejections] == (
        ["a message without words or files"] if name == "complex" else []
    )


def test_formatted_text_is_put_together(tmp_path: Path) -> None:
    """Parts follow each other without marks; a link under words keeps its address."""
    parts = [
        "값은 ",
        {"type": "code", "text": "0x04"},
        {"type": "pre", "text": "\nint x;\n", "language": "c"},
        {"type": "text_link", "text": "문서", "href": "https://wiznet.io"},
        {"type": "link", "text": "https://x.kr"},
        {"type": "mention_name", "text": " @박지현", "user_id": 2},
        {"type": "custom_emoji", "text": "👍", "document_id": "1"},
    ]
    export = read(
        tmp_path, chat(said(1, parts), said(2, "", text_entities=[{"text": "only here"}]))
    )
    assert export.texts == [
        "값은 0x04\nint x;\n문서 (https://wiznet.io)https://x.kr @박지현👍",
        "only here",
    ]


def test_media_keep_their_kind_and_names(tmp_path: Path) -> None:
    """What stands in the place of words is no words; what was not exported has no name."""
    missing = "(File not included. Change data exporting settings to download.)"
    export = read(
        tmp_path,
        chat(
            said(1, "", photo="photos/1.jpg"),
            said(2, "회로도입니다", photo=missing),
            said(3, "", file="stickers/s.webp", media_type="sticker", sticker_emoji="😀"),
            said(4, "", file="voice/1.ogg", media_type="voice_message"),
            said(5, "", file=missing, file_name="w5500.pdf", mime_type="application/pdf"),
            said(6, "", file="v.mp4", media_type="video_file", mime_type="video/mp4"),
            said(7, "", poll={"question": "몇 개?", "answers": [{"text": "4"}, {"text": "8"}]}),
            said(8, "", contact_information={"first_name": "민수", "phone_number": "010"}),
            said(9, "", location_information={"latitude": 1}, place_name="본사"),
        ),
    )
    assert [(each.kind, each.text, each.attachments) for each in export.messages] == [
        ("photo", "", ("photos/1.jpg",)),
        ("text", "회로도입니다", ()),
        ("emoticon", "😀", ("stickers/s.webp",)),
        ("voice", "", ("voice/1.ogg",)),
        ("file", "", ("w5500.pdf",)),
        ("video", "", ("v.mp4",)),
        ("notice", "몇 개?\n- 4\n- 8", ()),
        ("file", "민수 010", ()),
        ("notice", "본사", ()),
    ]


def test_lines_of_telegram_itself(tmp_path: Path) -> None:
    """Service messages are system lines that say who did what; a call is a call."""
    invited = {
        "id": 1,
        "type": "service",
        "actor": "김민수",
        "action": "invite_members",
        "members": ["박지현", None],
    }
    called = {
        "id": 2,
        "type": "service",
        "actor": "김민수",
        "actor_id": "user1",
        "action": "phone_call",
        "duration_seconds": 63,
    }
    export = read(tmp_path, chat(invited, called, {"id": 3, "type": "unsupported"}))
    assert [(each.role, each.kind, each.speaker, each.text) for each in export.messages] == [
        ("system", "system", "", "김민수 invite members 박지현, Deleted Account"),
        ("unknown", "call", "김민수", "phone call 63 s"),
    ]
    assert [each.reason for each in export.rejections] == ["Telegram could not export this message"]


def test_people_are_told_apart(tmp_path: Path) -> None:
    """Accounts that are gone, namesakes and bots are who they are."""
    gone: dict[str, Any] = {"from": None, "from_id": "user9"}
    export = read(
        tmp_path,
        chat(
            said(1, "a", **gone),
            said(2, "b", **{**gone, "from_id": "user8"}),
            said(3, "c"),
            {**said(4, "d"), "from_id": "user5"},
        ),
    )
    assert [each.speaker for each in export.messages] == [
        "Deleted Account",
        "Deleted Account (user8)",
        "김민수",
        "김민수 (user5)",
    ]
    bot = read(tmp_path, chat(said(1, "/start"), said(2, "안녕", 2), type="bot_chat", id=2))
    assert [each.role for each in bot.messages] == ["unknown", "bot"]


def test_replies_stay_inside_their_chat(tmp_path: Path) -> None:
    """An answer to a message of another chat answers nothing here."""
    export = read(
        tmp_path,
        chat(
            said(1, "질문"),
            said(2, "답", reply_to_message_id=1),
            said(3, "elsewhere", reply_to_message_id=1, reply_to_peer_id="channel5"),
        ),
    )
    assert [each.reply_to for each in export.messages] == [None, "1", None]


def test_times_carry_the_zone_the_export_gives_away(tmp_path: Path) -> None:
    """Wall time and moment tell the offset; a zone asked for wins; old exports have none."""
    document = chat(said(5, "a"))
    assert read(tmp_path, document).messages[0].sent_at == "2024-03-11 09:12:05+09:00"
    berlin = read(tmp_path, document, ImportSettings(timezone="Europe/Berlin"))
    assert berlin.messages[0].sent_at == "2024-03-11 01:12:05+01:00"
    del document["messages"][0]["date_unixtime"]
    assert read(tmp_path, document).messages[0].sent_at == "2024-03-11 09:12:05"
    odd = chat(said(5, "a", date_unixtime="1710115000"), said(6, "b", date="?"))
    assert [each.sent_at[:16] for each in read(tmp_path, odd).messages] == [
        "2024-03-10 23:56",
        "2024-03-11 00:12",
    ]


def test_whole_account_gives_every_chat(tmp_path: Path) -> None:
    """Chats, those that were left, and chats whose numbers are the same stay apart."""
    account = {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 1, "first_name": "민수"},
        "contacts": {"list": [{"user_id": 3}]},
        "chats": {
            "about": "This page lists all chats",
            "list": [
                chat(said(1, "a"), name="박지현", type="personal_chat", id=5),
                chat(said(1, "b"), name="모임", type="private_group", id=5),
                chat(said(1, "c"), name=None, type="saved_messages", id=1),
                "no chat",
            ],
        },
        "left_chats": {"list": [chat(said(1, "d"), type="public_channel", id=6)]},
    }
    path = write_export(tmp_path, "result.json", json.dumps(account))
    export = read_export(path)
    assert export.importer == "telegram"
    assert [(room.key, room.title) for room in export.rooms] == [
        ("user5", "박지현"),
        ("chat5", "모임"),
        ("user1", "Saved Messages"),
        ("channel6", "W5500 도움"),
    ]
    assert export.texts == ["a", "b", "c", "d"]
    assert [each.reason for each in export.rejections] == ["not a chat"]


def test_odd_entries_are_listed_with_their_line(tmp_path: Path) -> None:
    """Strangers, empties and repeated numbers cost only themselves; a cut end is said."""
    text = json.dumps(chat(said(1, "a"), 7, said(1, "b"), {"id": []}, said(2, "c")), indent=1)
    export = read(tmp_path, text[: text.rindex('"text"')])
    assert export.texts == ["a"]
    assert [(each.line, each.reason) for each in export.rejections] == [
        (15, "a message without an id"),
        (16, "a second message '1'"),
        (25, "a message without an id"),
        (28, "the file ends in the middle of it"),
    ]


@given(text=st.text(st.sampled_from('\\x0A"\u0007가\n'), max_size=40), size=st.integers(1, 5))
def test_control_characters_telegram_writes_wrongly_are_read(
    tmp_path_factory: pytest.TempPathFactory, text: str, size: int
) -> None:
    r"""Telegram writes `\x07` where JSON wants `\u0007`; backslashes of the text stay."""
    written = json.dumps(chat(said(1, f"x{text * size}x")), ensure_ascii=False)
    path = tmp_path_factory.getbasetemp()
    assert read(path, written.replace("\\u0007", "\\x07")).texts == [f"x{text * size}x"]


def test_folder_with_media_is_one_export(tmp_path: Path) -> None:
    """Pictures beside an export belong to it; strangers do not."""
    folder = tmp_path / "ChatExport"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    write_export(folder, "result.json", json.dumps(chat(said(1, "", photo="photos/1.jpg"))))
    write_export(tmp_path, "result.json", "[1, 2]")
    export = read_tree_export(tmp_path, importer="telegram")
    assert [each.kind for each in export.messages] == ["photo"]
    assert export.rejections == ()


@given(
    talks=st.lists(
        st.tuples(st.lists(SAFE, min_size=1, max_size=3), st.integers(1, 2), st.booleans()),
        max_size=10,
    )
)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talks: list[tuple[list[str], int, bool]]
) -> None:
    """Words in any number of parts, people and replies survive."""
    messages: list[dict[str, Any]] = []
    wanted = []
    for number, (parts, person, is_reply) in enumerate(talks, 1):
        if not "".join(parts).strip():
            continue
        message = said(number, [{"type": "bold", "text": part} for part in parts], person)
        if is_reply and messages:
            message["reply_to_message_id"] = messages[0]["id"]
        messages.append(message)
        reply_to = str(message["reply_to_message_id"]) if "reply_to_message_id" in message else None
        wanted.append((str(number), message["from"], "".join(parts), reply_to))
    export = read(tmp_path_factory.getbasetemp(), chat(*messages))
    read_back = [(each.id, each.speaker, each.text, each.reply_to) for each in export.messages]
    assert read_back == wanted
    assert export.rejections == ()


KEYS = ["id", "type", "text", "from", "from_id", "date", "date_unixtime", "photo", "file", "poll"]
ANY = any_json([*KEYS, "answers", "members", "action"])


@given(entry=ANY, place=ANY)
def test_any_type_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory, entry: Any, place: Any
) -> None:
    """Untrusted JSON is a message or a rejection, never an exception."""
    odd = {**said(2, ""), **entry} if isinstance(entry, dict) else entry
    service = {"id": 9, "type": "service", **(entry if isinstance(entry, dict) else {}), "id ": 9}
    document = {"chats": {"list": [place, chat(said(1, "real"), odd, service, name=place)]}}
    assert "real" in read(tmp_path_factory.getbasetemp(), document).texts
