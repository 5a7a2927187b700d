"""GitHub issues: who asks, who answers for the repository, in every form they are exported."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from desk_talk import TALKS, Said, as_told, as_written, sent_at
from reading import ReadExport, read_export, write_export

ADDRESS = "https://github.com/wiznet/io/issues/1"


def comment(number: int, body: str, **more: Any) -> dict[str, Any]:
    """One comment of a maintainer, as the REST API gives it."""
    return {
        "id": number,
        "html_url": f"{ADDRESS}#issuecomment-{number}",
        "issue_url": "https://api.github.com/repos/wiznet/io/issues/1",
        "user": {"login": "jihyun", "type": "User"},
        "author_association": "MEMBER",
        "created_at": "2024-03-11T09:15:02Z",
        "body": body,
        **more,
    }


def issue(body: str, **more: Any) -> dict[str, Any]:
    """An issue of somebody from outside."""
    return {
        "id": 900,
        "number": 1,
        "html_url": ADDRESS,
        "title": "W5500 VERSIONR",
        "user": {"login": "minsu", "type": "User"},
        "author_association": "NONE",
        "created_at": "2024-03-11T09:12:05Z",
        "body": body,
        **more,
    }


def read(folder: Path, document: Any) -> ReadExport:
    """Write a document and read it back."""
    return read_export(write_export(folder, "issue.json", json.dumps(document, indent=1)))


def test_shared_issue_reads_as_expected(shared: Path) -> None:
    """The thread every format holds comes out with its words and roles."""
    folder = shared / "data" / "formats" / "own"
    gold = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / "github_issue.json")
    assert export.importer == "github"
    found = [(each.role, each.text) for each in export.messages]
    assert found == [(gold[at]["role"], gold[at]["text"]) for at in (0, 2, 4)]
    assert [each.speaker for each in export.messages] == ["minsu", "jihyun", "minsu"]


def test_roles_follow_who_answers_for_the_repository(tmp_path: Path) -> None:
    """The opener asks, members answer, bots are bots, and of others nobody knows."""
    others = {"login": "kim", "type": "User"}
    export = read(
        tmp_path,
        {
            "issue": issue("몇 개?"),
            "comments": [
                comment(2, "8"),
                comment(3, "me too", user=others, author_association="CONTRIBUTOR"),
                comment(4, "stale", user={"login": "stale[bot]", "type": "Bot"}),
                comment(5, "thanks", user={"login": "minsu"}, author_association="NONE"),
                comment(6, "x", user=None, author_association="NONE"),
            ],
        },
    )
    told = [(each.speaker, each.role) for each in export.messages]
    assert told == [
        ("minsu", "customer"),
        ("jihyun", "agent"),
        ("kim", "unknown"),
        ("stale[bot]", "bot"),
        ("minsu", "customer"),
        ("ghost", "unknown"),
    ]


def test_a_maintainer_who_opens_an_issue_may_ask_or_tell(tmp_path: Path) -> None:
    """Their own issue makes a maintainer neither customer nor agent."""
    own = issue("계획", user={"login": "jihyun"}, author_association="OWNER")
    export = read(
        tmp_path, {"issue": own, "comments": [comment(2, "also", author_association="OWNER")]}
    )
    assert [each.role for each in export.messages] == ["unknown", "unknown"]


def test_every_form_of_export_gives_the_same_messages(tmp_path: Path) -> None:
    """REST pairs, arrays, lines, `gh` and GraphQL agree on room, ids, people and words."""
    gh = {
        "author": {"id": "U_1", "is_bot": False, "login": "minsu", "name": "김민수"},
        "body": "몇 개?",
        "createdAt": "2024-03-11T09:12:05Z",
        "title": "W5500 VERSIONR",
        "comments": [
            {
                "id": "IC_kw1",
                "author": {"login": "jihyun"},
                "authorAssociation": "MEMBER",
                "body": "8",
                "createdAt": "2024-03-11T09:15:02Z",
                "url": f"{ADDRESS}#issuecomment-2",
            }
        ],
    }
    graph = {
        "data": {
            "repository": {"issue": {**gh, "url": ADDRESS, "comments": {"nodes": gh["comments"]}}}
        }
    }
    pair = {"issue": issue("몇 개?"), "comments": [comment(2, "8")]}
    for text in (
        json.dumps(pair),
        json.dumps([pair]),
        json.dumps(pair) + "\n" + json.dumps({"issue": issue("x", number=2, html_url="")}) + "\n",
        json.dumps(gh),
        json.dumps([issue("몇 개?", comments=1), comment(2, "8")]),
        json.dumps(graph),
    ):
        export = read_export(write_export(tmp_path, "i.json", text))
        assert export.importer == "github"
        assert (export.rooms[0].key, export.rooms[0].title) == ("wiznet/io#1", "W5500 VERSIONR")
        told = [(each.id, each.speaker, each.sent_at, each.text) for each in export.messages[:2]]
        assert told == [
            ("opening", "minsu", "2024-03-11 09:12:05+00:00", "몇 개?"),
            ("2", "jihyun", "2024-03-11 09:15:02+00:00", "8"),
        ]
        assert [each.role for each in export.messages[:2]] == ["customer", "agent"]


def test_comments_alone_find_their_issue(tmp_path: Path) -> None:
    """A list of a repository's comments, in the order of time, falls into its issues."""
    other = {"issue_url": "https://api.github.com/repos/wiznet/io/issues/2", "html_url": ""}
    export = read(tmp_path, [comment(1, "a"), comment(2, "b", **other), comment(3, "c")])
    assert [room.key for room in export.rooms] == ["wiznet/io#1", "wiznet/io#2", "wiznet/io#1"]
    assert export.texts == ["a", "b", "c"]


def test_discussions_keep_their_replies(tmp_path: Path) -> None:
    """An answer to a comment of a discussion points to it."""
    place = "https://github.com/wiznet/io/discussions/7"
    reply = {
        "id": "DC_2",
        "author": {"login": "kim"},
        "body": "고마워요",
        "url": f"{place}#discussioncomment-5",
    }
    found = {
        "title": "질문",
        "url": place,
        "body": "몇 개?",
        "author": {"login": "minsu"},
        "authorAssociation": "NONE",
        "comments": {
            "nodes": [
                {
                    "id": "DC_1",
                    "url": f"{place}#discussioncomment-4",
                    "author": {"login": "jihyun"},
                    "authorAssociation": "OWNER",
                    "body": "8",
                    "replies": {"nodes": [reply]},
                }
            ]
        },
    }
    export = read(tmp_path, {"data": {"repository": {"discussions": {"nodes": [found]}}}})
    assert [(each.id, each.reply_to) for each in export.messages] == [
        ("opening", None),
        ("4", None),
        ("5", "4"),
    ]


def test_bodies_stay_markdown_without_hints_and_quotes(tmp_path: Path) -> None:
    """Template hints and quoted mails are cut and kept; code that looks like either stays."""
    body = (
        "<!-- Thanks!\nFill in: -->\r\n몇 개?\r\n\r\n```html\r\n"
        "<!-- kept -->\r\n> prompt\r\n```\r\n"
        "![b](https://user-images.githubusercontent.com/1/b.png)"
    )
    mail = "8개\n\nOn Mon, 11 Mar 2024, Kim <notifications@github.com> wrote:\n\n> 몇 개?\n"
    export = read(
        tmp_path, {"issue": issue(body), "comments": [comment(2, mail), comment(3, None or "")]}
    )
    assert export.messages[0].text == (
        "몇 개?\n\n```html\n<!-- kept -->\n> prompt\n```\n"
        "![b](https://user-images.githubusercontent.com/1/b.png)"
    )
    assert export.messages[0].attachments == ("https://user-images.githubusercontent.com/1/b.png",)
    assert (export.messages[1].text, export.messages[1].original) == ("8개", mail.rstrip("\n"))
    assert [each.reason for each in export.rejections] == ["an empty comment"]


def test_spam_keeps_its_place_without_words(tmp_path: Path) -> None:
    """What GitHub hides as spam is marked deleted; what is merely outdated is read."""
    export = read(
        tmp_path,
        {
            "issue": issue(""),
            "comments": [
                comment(2, "buy", isMinimized=True, minimizedReason="spam"),
                comment(3, "old", isMinimized=True, minimizedReason="outdated"),
            ],
        },
    )
    told = [(each.kind, each.text) for each in export.messages]
    assert told == [("text", "W5500 VERSIONR"), ("deleted", ""), ("text", "old")]


def test_strange_values_are_rejections(tmp_path: Path) -> None:
    """Any type may stand anywhere in a file from outside."""
    for document in (
        [1, None, "x", {"title": 7, "issue_url": 7}, {"issue": {"a": 1}}],
        {
            "issue": issue("a"),
            "comments": [7, {"id": {}}, comment(2, "\ud800"), comment(2, "x"), comment(2, "y")],
        },
        {"data": {"repository": {"issues": {"nodes": [7, {"edges": "x"}]}}}},
        {"data": {"data": {"data": {"data": {"data": {"data": {"data": {"data": 1}}}}}}}},
    ):
        path = write_export(tmp_path, "i.json", json.dumps(document))
        assert read_export(path, importer="github").rejections


@given(talk=TALKS)
def test_issues_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talk: list[Said]
) -> None:
    """Speakers, times and words of any issue survive."""
    comments = [
        comment(
            at,
            said.text,
            user={"login": ("minsu", "jihyun")[said.speaker]},
            created_at=sent_at(said),
        )
        for at, said in enumerate(talk, 1)
    ]
    document = {"issue": issue("몇 개?"), "comments": comments}
    export = read(tmp_path_factory.getbasetemp(), document)
    assert as_told(export.messages[1:]) == as_written(talk, ("minsu", "jihyun"))
    assert export.rejections == ()
