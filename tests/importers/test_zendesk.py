"""Zendesk tickets: who asked, who answered, and nothing the customer never saw."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from desk_talk import NAMES, TALKS, Said, as_told, as_written, paragraphs, sent_at
from reading import ReadExport, read_export, write_export

USERS = [
    {"id": 1, "name": "김민수", "role": "end-user"},
    {"id": 3, "name": "Jihyun Park", "role": "agent"},
]


def comment(number: int, body: str, **more: Any) -> dict[str, Any]:
    """One public comment of the customer."""
    return {
        "id": number,
        "type": "Comment",
        "author_id": 1,
        "body": body,
        "html_body": paragraphs(body),
        "plain_body": body,
        "public": True,
        "attachments": [],
        "created_at": "2024-03-11T09:12:05Z",
        **more,
    }


def ticket(*comments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ticket as the API gives it, with its comments and people."""
    about = {"id": 35436, "subject": "W5500", "requester_id": 1, "via": {"channel": "web"}, **more}
    return {"ticket": about, "comments": list(comments), "users": USERS}


def read(folder: Path, document: Any) -> ReadExport:
    """Write a document and read it back."""
    return read_export(write_export(folder, "ticket.json", json.dumps(document, indent=1)))


def test_shared_ticket_reads_as_expected(shared: Path) -> None:
    """The thread every format holds comes out with its words, people and roles."""
    folder = shared / "data" / "formats" / "own"
    gold = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / "zendesk_ticket.json")
    assert export.importer == "zendesk"
    found = [(each.speaker, each.role, each.text) for each in export.messages]
    assert found == [(gold[at]["speaker"], gold[at]["role"], gold[at]["text"]) for at in (0, 2, 4)]
    assert [each.reason for each in export.rejections] == ["internal note"]


def test_internal_notes_never_become_text(tmp_path: Path) -> None:
    """Only what says it is public is read; a note is counted and listed."""
    export = read(
        tmp_path,
        ticket(
            comment(1, "몇 개?"),
            comment(2, "우리끼리", public=False, author_id=3),
            comment(3, "모름", public=None),
            comment(4, "모름", public="true"),
        ),
    )
    assert export.texts == ["몇 개?"]
    assert [each.reason for each in export.rejections] == ["internal note"] * 3
    assert export.rejections[0].raw == "우리끼리"


def test_people_roles_and_files(tmp_path: Path) -> None:
    """Who asked is the customer whatever else they are; Zendesk is a bot; files are named."""
    export = read(
        tmp_path,
        ticket(
            comment(1, "질문", author_id=3),
            comment(2, "답", author_id=4, attachments=[{"file_name": "board.png"}]),
            comment(3, "", author_id=1, attachments=[{"file_name": "a.png"}]),
            comment(4, "자동", author_id=-1),
            requester_id=3,
        ),
    )
    told = [(each.speaker, each.role, each.kind, each.attachments) for each in export.messages]
    assert told == [
        ("Jihyun Park", "customer", "text", ()),
        ("4", "unknown", "text", ("board.png",)),
        ("김민수", "customer", "photo", ("a.png",)),
        ("-1", "bot", "text", ()),
    ]


def test_structure_is_read_from_html_and_mail_is_cut(tmp_path: Path) -> None:
    """Code and links come from the HTML body; an answer by mail loses its quote, recoverably."""
    html = '<div class="zd-comment"><p>Set:</p><pre>setRTR(2000);</pre><a href="https://x.y/">d</a></div>'
    mail = "해결했습니다.\n\n-----Original Message-----\nFrom: x\nTo: y\nSubject: z\n\n이전 글"
    export = read(
        tmp_path,
        ticket(
            comment(1, "Set: setRTR(2000); d", html_body=html),
            comment(2, mail, via={"channel": "email"}),
        ),
    )
    assert export.texts == ["Set:\n\n```\nsetRTR(2000);\n```\n\n[d](https://x.y/)", "해결했습니다."]
    assert export.messages[1].original == mail


def test_every_form_of_export_is_read(tmp_path: Path) -> None:
    """Tickets a line, lists, comments inside the ticket and audits give the same messages."""
    talk = [comment(1, "몇 개?"), comment(2, "8", author_id=3)]
    inside = {**ticket()["ticket"], "comments": talk, "requester": USERS[0], "assignee": USERS[1]}
    audits = [
        {
            "id": 9,
            "ticket_id": 35436,
            "author_id": each["author_id"],
            "created_at": each["created_at"],
            "via": {"channel": "web"},
            "events": [{"id": 5, "type": "Change"}, {**each, "type": "Comment"}],
        }
        for each in talk
    ]
    forms = {
        "api": json.dumps(ticket(*talk)),
        "array": json.dumps([ticket(*talk)], indent=1),
        "account": json.dumps(inside) + "\n" + json.dumps({**inside, "id": 2}) + "\n",
        "list": json.dumps({"tickets": [{**inside, "requester": None}], "users": USERS}),
        "audits": json.dumps({"audits": audits, "users": USERS}),
        "ticket and audits": json.dumps({**ticket(), "comments": None, "audits": audits}),
    }
    for form, text in forms.items():
        export = read_export(write_export(tmp_path, "t.json", text))
        assert export.importer == "zendesk", form
        assert export.rooms[0].key == "35436", form
        told = [(each.id, each.speaker, each.text) for each in export.messages[:2]]
        assert told == [("1", "김민수", "몇 개?"), ("2", "Jihyun Park", "8")], form
        assert export.messages[1].role == "agent", form


def test_a_ticket_without_comments_says_where_they_are(tmp_path: Path) -> None:
    """A list of bare tickets is no conversation; the rejection names the address to fetch."""
    bare = {"id": 7, "description": "몇 개?", "requester_id": 1, "via": {}, "subject": "W5500"}
    export = read_export(
        write_export(tmp_path, "t.json", json.dumps({"tickets": [bare]})), importer="zendesk"
    )
    assert export.messages == ()
    assert "tickets/7/comments.json" in export.rejections[0].reason


def test_strange_values_are_rejections(tmp_path: Path) -> None:
    """Any type may stand anywhere in a file from outside."""
    document: Any
    for document in (
        [1, None, "x", {"ticket": 7}, {"ticket": {}, "comments": []}],
        ticket({"id": {}, "public": True}, {"public": True, "body": 7}, comment(1, "\ud800")),
        {"ticket": {"id": 1, "requester": "x"}, "comments": "x", "users": {"a": 1}},
        {"audits": [7, {"events": "x"}], "users": [7]},
    ):
        path = write_export(tmp_path, "t.json", json.dumps(document))
        export = read_export(path, importer="zendesk")
        assert export.messages == ()
        assert export.rejections


@given(talk=TALKS)
def test_tickets_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talk: list[Said]
) -> None:
    """Speakers, times and words of any ticket survive."""
    comments = [
        comment(at, said.text, author_id=(1, 3)[said.speaker], created_at=sent_at(said))
        for at, said in enumerate(talk, 1)
    ]
    export = read(tmp_path_factory.getbasetemp(), ticket(*comments))
    assert as_told(export.messages) == as_written(talk)
    assert NAMES[0] == USERS[0]["name"]
    assert export.rejections == ()
