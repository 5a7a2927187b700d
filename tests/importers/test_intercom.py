"""Intercom conversations: both sides' words, and nothing colleagues said among themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from desk_talk import NAMES, TALKS, Said, as_told, as_written, paragraphs
from reading import ReadExport, read_export, write_export

USER = {"type": "user", "id": "5", "name": "김민수", "email": "minsu@example.com"}
ADMIN = {"type": "admin", "id": "5", "name": "Jihyun Park", "email": "j@example.com"}


def part(number: int, body: str | None, **more: Any) -> dict[str, Any]:
    """One part, a comment of the team."""
    return {
        "type": "conversation_part",
        "id": str(number),
        "part_type": "comment",
        "body": body,
        "created_at": 1710115925 + number,
        "author": ADMIN,
        "attachments": [],
        **more,
    }


def conversation(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A conversation a customer began."""
    return {
        "type": "conversation",
        "id": "147",
        "title": None,
        "created_at": 1710115925,
        "source": {
            "type": "conversation",
            "id": "1",
            "delivered_as": "customer_initiated",
            "subject": "<p>VERSIONR &amp; SPI</p>",
            "body": "<p>몇 개?</p>",
            "author": USER,
        },
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": list(parts),
            "total_count": len(parts),
        },
        **more,
    }


def read(folder: Path, document: Any) -> ReadExport:
    """Write a document and read it back."""
    return read_export(write_export(folder, "intercom.json", json.dumps(document, indent=1)))


def test_a_conversation_with_all_its_parts(tmp_path: Path) -> None:
    """Customers, colleagues and bots are told apart; what the platform does is a system line."""
    export = read(
        tmp_path,
        conversation(
            part(2, "<p>잠시만요</p>", author={"type": "bot", "id": "9", "name": "Fin"}),
            part(3, None, part_type="assignment"),
            part(4, "<p>8개입니다. <a href='https://x.y/d'>표</a></p>"),
            part(5, None, attachments=[{"name": "board.png", "url": "https://x.y/b"}]),
            part(6, "<p>지운 글</p>", redacted=True, author=USER),
            part(7, "<p>AI</p>", author={**ADMIN, "from_ai_agent": True}),
            part(8, "<p>닫습니다</p>", part_type="close"),
        ),
    )
    assert export.importer == "intercom"
    assert [(room.key, room.title) for room in export.rooms] == [("147", "VERSIONR & SPI")]
    told = [(each.id, each.speaker, each.role, each.kind, each.text) for each in export.messages]
    assert told == [
        ("1", "김민수", "customer", "text", "몇 개?"),
        ("2", "Fin", "bot", "text", "잠시만요"),
        ("3", "", "system", "system", "assignment"),
        ("4", "Jihyun Park", "agent", "text", "8개입니다. [표](https://x.y/d)"),
        ("5", "Jihyun Park", "agent", "photo", ""),
        ("6", "김민수", "customer", "deleted", ""),
        ("7", "Jihyun Park", "bot", "text", "AI"),
        ("8", "Jihyun Park", "agent", "text", "닫습니다"),
    ]
    assert export.messages[0].sent_at == "2024-03-11 00:12:05+00:00"
    assert export.messages[4].attachments == ("board.png",)


@pytest.mark.parametrize(
    "kind", ["note", "note_and_reopen", "assignment", "away_mode_assignment", "x"]
)
def test_internal_words_never_become_text(tmp_path: Path, kind: str) -> None:
    """Notes, and words of parts that are no answers, are counted and listed instead."""
    export = read(tmp_path, conversation(part(2, "<p>우리끼리</p>", part_type=kind)))
    assert export.texts == ["몇 개?"]
    assert export.rejections[0].reason.startswith("internal note")
    assert export.rejections[0].raw == "<p>우리끼리</p>"


def test_every_form_of_export_is_read(tmp_path: Path) -> None:
    """Lists, arrays, lines and the older bare list of parts give the same messages."""
    one = conversation(part(2, "<p>8</p>"))
    bare = {**one, "conversation_parts": [part(2, "<p>8</p>")]}
    for text in (
        json.dumps([one, {**one, "id": "148"}]),
        json.dumps({"type": "conversation.list", "conversations": [one]}),
        json.dumps(one) + "\n" + json.dumps({**one, "id": 148}) + "\n",
        json.dumps(bare),
    ):
        export = read_export(write_export(tmp_path, "i.json", text))
        assert export.importer == "intercom"
        assert [(each.id, each.text) for each in export.messages[:2]] == [
            ("1", "몇 개?"),
            ("2", "8"),
        ]


def test_missing_parts_are_told(tmp_path: Path) -> None:
    """A list of conversations holds no parts; the rejection says how many are missing."""
    listed = conversation()
    listed["conversation_parts"] = {"total_count": 4}
    export = read(tmp_path, listed)
    assert export.texts == ["몇 개?"]
    assert export.rejections[0].reason == "4 of its 4 parts are missing; get conversations/147"


def test_an_automatic_first_message_is_a_bot(tmp_path: Path) -> None:
    """A campaign carries a colleague's name, but nobody wrote it to this customer."""
    sent = conversation()
    sent["source"] = {**sent["source"], "author": ADMIN, "delivered_as": "automated"}
    assert read(tmp_path, sent).messages[0].role == "bot"


def test_strange_values_are_rejections(tmp_path: Path) -> None:
    """Any type may stand anywhere in a file from outside."""
    for document in (
        [1, None, "x", {"id": "1"}, {"id": {}, "source": {"body": "x"}}],
        conversation({"id": [], "body": 7}, part(3, "<i>" * 2000), part(1, "again")),
        {"id": 1, "source": 7, "conversation_parts": {"conversation_parts": "x"}},
        conversation(part(2, "x", created_at=float("inf"), author="x"), part(3, "\ud800")),
        conversation(part(2, "x", part_type="\ud800"), id="\ud800"),
        {"conversations": [7, {"id": "x"}]},
    ):
        path = write_export(tmp_path, "i.json", json.dumps(document))
        export = read_export(path, importer="intercom")
        assert export.rejections
        for each in export.rejections:
            f"{each.reason} {each.raw}".encode()


@given(talk=TALKS)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talk: list[Said]
) -> None:
    """Speakers, times and words of any conversation survive."""
    parts = [
        part(
            at,
            paragraphs(said.text),
            author=(USER, ADMIN)[said.speaker],
            created_at=1710147605 + 60 * said.minute,
        )
        for at, said in enumerate(talk, 1)
    ]
    document = conversation(*parts, source={"type": "email", "id": "x", "body": ""})
    export = read(tmp_path_factory.getbasetemp(), document)
    assert as_told(export.messages) == as_written(talk)
    assert (USER["name"], ADMIN["name"]) == NAMES
    assert export.rejections == ()
