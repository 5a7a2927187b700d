"""Meta's downloads: mangled letters are repaired and the newest message comes last."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.instagram import repaired
from chatmill.settings import ImportSettings
from reading import ReadExport, read_export, read_tree_export, write_export


def mangled(text: str) -> str:
    """What Meta makes of a text: each byte of its UTF-8 a letter."""
    return text.encode("utf-8").decode("latin-1")


def said(moment: int, text: str = "", person: str = "김민수", **more: Any) -> dict[str, Any]:
    """One message, so many seconds after the first."""
    content = {"content": mangled(text)} if text else {}
    moment_ms = 1_710_115_925_000 + 1000 * moment
    return {"sender_name": mangled(person), "timestamp_ms": moment_ms, **content, **more}


def thread(*messages: Any) -> str:
    """A download of one conversation; what it is about stands below its messages."""
    about = {"title": mangled("W5500 도움"), "thread_path": "inbox/w5500_1"}
    return json.dumps({"participants": [], "messages": list(messages), **about}, indent=1)


def read(folder: Path, text: str, settings: ImportSettings | None = None) -> ReadExport:
    """Write a download and read it back."""
    return read_export(write_export(folder, "message_1.json", text), settings=settings)


def test_download_of_others_is_read(shared: Path) -> None:
    """A fixture of another parser: every message with words is there, in order."""
    export = read_export(shared / "data" / "formats" / "chatpack_mit" / "instagram.json")
    assert export.importer == "instagram"
    assert [(room.key, room.title) for room in export.rooms] == [
        ("inbox/test_123", "Test Instagram Chat")
    ]
    assert [each.speaker for each in export.messages] == [
        f"user_{number}" for number in ("one", "two", "one", "one", "two")
    ]
    assert export.texts[0] == "Hey! How are you?"
    assert [each.reason for each in export.rejections] == ["a message without words or files"]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_newest_message_comes_last(tmp_path: Path, batch: int) -> None:
    """Whatever order a file has, the conversation is in the order it was written in."""
    messages = [said(moment, f"{moment}번") for moment in range(7)]
    settings = ImportSettings(batch_messages=batch, timezone="Asia/Seoul")
    there = read(tmp_path, thread(*messages), settings)
    back = read(tmp_path, thread(*reversed(messages)), settings)
    assert back.messages == there.messages
    assert back.texts == [f"{moment}번" for moment in range(7)]
    assert there.rooms[0].title == "W5500 도움"
    assert there.messages[0].speaker == "김민수"
    assert there.messages[0].sent_at == "2024-03-11 09:12:05+09:00"


def test_ids_do_not_change_when_a_room_grows(tmp_path: Path) -> None:
    """Next month's download names the old messages as before, equal ones too."""
    old = [said(2, "네"), said(2, "네"), said(1, "질문")]
    before = read(tmp_path, thread(*old))
    after = read(tmp_path, thread(said(9, "네"), *old), ImportSettings(timezone="Asia/Seoul"))
    assert [each.id for each in after.messages[:3]] == [each.id for each in before.messages]
    assert len({each.id for each in after.messages}) == 4


def test_parts_of_one_conversation_are_read_together(tmp_path: Path) -> None:
    """The highest number holds the oldest messages."""
    folder = tmp_path / "messages" / "inbox" / "w5500_1"
    folder.mkdir(parents=True)
    for number in (1, 2, 10):
        messages = [said(20 - number, "newer"), said(10 - number, f"part {number}")]
        write_export(folder, f"message_{number}.json", thread(*messages))
    write_export(folder, "message_3.json", '{"other": 1}')
    export = read_tree_export(tmp_path, importer="instagram")
    assert len(export.rooms) == 1
    assert [text for text in export.texts if text != "newer"] == ["part 10", "part 2", "part 1"]


def test_media_and_calls_keep_their_kind(tmp_path: Path) -> None:
    """What stands in the place of words is no words."""
    share = {"link": "https://x.kr", "share_text": mangled("공유한 글")}
    export = read(
        tmp_path,
        thread(
            said(1, photos=[{"uri": "photos/1.jpg"}]),
            said(2, "Kim sent an attachment.", videos=[{"uri": "v.mp4"}]),
            said(3, "보세요", photos=[{"uri": "p.jpg"}]),
            said(4, audio_files=[{"uri": "a.m4a"}]),
            said(5, share=share),
            said(6, sticker={"uri": "s.png"}),
            said(7, "Kim called you.", call_duration=0),
            said(8, is_unsent=True),
            said(9, share={"link": "https://x.kr"}),
        ),
    )
    assert [(each.kind, each.text, each.attachments) for each in export.messages] == [
        ("photo", "", ("photos/1.jpg",)),
        ("video", "", ("v.mp4",)),
        ("text", "보세요", ("p.jpg",)),
        ("voice", "", ("a.m4a",)),
        ("text", "공유한 글", ("https://x.kr",)),
        ("emoticon", "", ("s.png",)),
        ("call", "Kim called you.", ()),
        ("deleted", "", ()),
        ("file", "", ("https://x.kr",)),
    ]


def test_odd_entries_are_listed_with_their_line(tmp_path: Path) -> None:
    """Strangers cost only themselves; a cut end is said."""
    text = thread(said(1, "a"), 7, said(2, "b", timestamp_ms="x"), said(3, "c"))
    export = read(tmp_path, text[: text.rindex('"content"')])
    assert export.texts == ["a"]
    assert [each.line for each in export.rejections] == [9, 10, 15]


def test_texts_that_are_not_mangled_stay() -> None:
    """Repair happens only where it gives whole characters."""
    assert repaired(mangled("안녕 🙂")) == "안녕 🙂"
    assert repaired("안녕") == "안녕"
    assert repaired("café") == "café"
    assert repaired("plain") == "plain"


@given(
    talks=st.lists(
        st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from("가나다")),
        max_size=10,
    )
)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talks: list[tuple[str, str]]
) -> None:
    """Any characters survive Meta's way of writing them."""
    spoken = [(person, text) for text, person in talks if text.strip()]
    messages = [said(moment, text, person) for moment, (person, text) in enumerate(spoken)]
    folder = tmp_path_factory.getbasetemp()
    path = write_export(folder, "message_1.json", thread(*reversed(messages)))
    export = read_export(path, importer="instagram")
    assert [(each.speaker, each.text) for each in export.messages] == spoken
