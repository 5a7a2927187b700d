"""Discourse topics: posts in order, who answers, and what the forum says itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from desk_talk import NAMES, TALKS, Said, as_told, as_written, paragraphs, sent_at
from reading import ReadExport, read_export, write_export


def post(number: int, cooked: str, **more: Any) -> dict[str, Any]:
    """One post as the forum writes it."""
    return {
        "id": 1000 + number,
        "post_number": number,
        "username": "minsu",
        "name": "김민수",
        "user_id": 5,
        "created_at": "2024-03-11T09:12:05.000Z",
        "cooked": cooked,
        "reply_to_post_number": None,
        "post_type": 1,
        "staff": False,
        **more,
    }


def topic(*posts: dict[str, Any], stream: list[int] | None = None, **more: Any) -> dict[str, Any]:
    """A topic of posts."""
    ids = [each.get("id") for each in posts] if stream is None else stream
    return {
        "id": 77,
        "title": "W5500 VERSIONR",
        "post_stream": {"posts": list(posts), "stream": ids},
        **more,
    }


def read(folder: Path, document: Any) -> ReadExport:
    """Write a document and read it back."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return read_export(write_export(folder, "topic.json", text))


def test_shared_topic_reads_as_expected(shared: Path) -> None:
    """The thread every format holds comes out with its words, people and roles."""
    folder = shared / "data" / "formats" / "own"
    gold = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / "discourse_topic.json")
    assert export.importer == "discourse"
    found = [(each.speaker, each.role, each.text) for each in export.messages]
    assert found == [(gold[at]["speaker"], gold[at]["role"], gold[at]["text"]) for at in (0, 2, 4)]
    assert [each.reply_to for each in export.messages] == [None, "1", "2"]
    assert export.rejections == ()


def test_what_a_post_holds_is_kept(tmp_path: Path) -> None:
    """Links, code, mentions, emoji, cards and pictures survive; the quote is cut, not lost."""
    park = post(1, "<p>몇 개?</p>", username="park", name="박지현")
    cooked = (
        '<aside class="quote no-group" data-username="park"><blockquote><p>몇 개?</p></blockquote>'
        '</aside><p><a class="mention" href="/u/park">@park</a> see <a href="https://x.example/d">'
        'the sheet</a> <img class="emoji" alt=":smile:" src="s.png"></p>'
        '<pre><code class="lang-c">getSn_SR(0);</code></pre>'
        '<aside class="onebox" data-onebox-src="https://y.example/"><p>card</p></aside>'
        '<div class="lightbox-wrapper"><a class="lightbox" href="https://z.example/b.png" '
        'title="board"><img src="t.png"><div class="meta">board 2 MB</div></a></div>'
    )
    found = read(tmp_path, topic(park, post(2, cooked, reply_to_post_number=1))).messages[1]
    assert found.text == (
        "@박지현 see [the sheet](https://x.example/d) :smile:\n\n```c\ngetSn_SR(0);\n```\n\n"
        "https://y.example/"
    )
    assert found.original.startswith("> 몇 개?\n\n@박지현")
    assert found.attachments == ("https://z.example/b.png",)
    assert found.reply_to == "1"


def test_forum_lines_deleted_posts_and_whispers(tmp_path: Path) -> None:
    """Closing a topic is a system line, deleted posts keep no words, whispers are internal."""
    export = read(
        tmp_path,
        topic(
            post(1, "<p>몇 개?</p>"),
            post(2, "<p>지움</p>", deleted_at="2024-03-12T00:00:00Z"),
            post(3, "<p>(post deleted by author)</p>", user_deleted=True),
            post(4, "", post_type=3, action_code="closed.enabled"),
            post(5, "<p>우리끼리</p>", post_type=4, staff=True),
            post(6, "<p>안내</p>", user_id=-1, username="system", name="system", staff=True),
            post(7, "<p>8</p>", username="park", name="", moderator=True),
        ),
    )
    told = [(each.id, each.speaker, each.role, each.kind, each.text) for each in export.messages]
    assert told == [
        ("1", "김민수", "customer", "text", "몇 개?"),
        ("2", "김민수", "customer", "deleted", ""),
        ("3", "김민수", "customer", "deleted", ""),
        ("4", "", "system", "system", "closed.enabled"),
        ("6", "system", "bot", "text", "안내"),
        ("7", "park", "agent", "text", "8"),
    ]
    assert [(each.reason, each.raw) for each in export.rejections] == [
        ("internal note", "<p>우리끼리</p>")
    ]


def test_missing_posts_say_how_to_get_them(tmp_path: Path) -> None:
    """A topic saved without all its posts is read, and says how many are missing and where."""
    export = read(tmp_path, topic(post(1, "<p>a</p>"), stream=[1001, 1002, 1003, 1004]))
    assert export.texts == ["a"]
    reason = export.rejections[0].reason
    assert reason.startswith("3 of the topic's 4 posts are missing")
    assert "/t/77.json?print=true" in reason
    assert "/t/77/posts.json?post_ids[]=" in reason
    assert export.rejections[0].raw == "post ids 1002, 1003, 1004"


def test_posts_that_come_later_in_the_file_are_not_missing(tmp_path: Path) -> None:
    """The topic and the rest of its posts may stand one a line; then nothing is missing."""
    first = topic(post(1, "<p>a</p>"), stream=[1001, 1002])
    rest = {"id": 77, "post_stream": {"posts": [post(2, "<p>b</p>")]}}
    text = f"{json.dumps(first)}\n{json.dumps(rest)}\n"
    export = read_export(write_export(tmp_path, "topics.jsonl", text))
    assert export.texts == ["a", "b"]
    assert {room.key for room in export.rooms} == {"77"}
    assert export.rejections == ()


def test_strange_values_are_rejections(tmp_path: Path) -> None:
    """A string where a post should be, a post without number or words: no traceback."""
    for document in (
        [{"post_stream": "x"}, 7, None, {"id": 1, "post_stream": {"posts": "x"}}],
        topic(post(1, "<div>" * 2000), {}, post(1, "<p>a</p>"), post(1, "<p>b</p>"), post(2, "")),
        topic(post(1, "<p>\ud800</p>"), {"post_number": True}, {"post_number": "3"}),
        topic(post(1, "<p>a</p>"), post(1, ""), id="\ud800", stream=[1, 2]),
        {"id": [], "post_stream": {"posts": [{"topic_id": {}}], "stream": {}}},
    ):
        path = write_export(tmp_path, "topic.json", json.dumps(document))
        export = read_export(path, importer="discourse")
        assert len(export.texts) <= 1
        assert export.rejections
        for each in export.rejections:
            f"{each.reason} {each.raw}".encode()


def test_raw_posts_are_read_where_there_is_no_html(tmp_path: Path) -> None:
    """An export with Markdown only keeps it, without the quotes of others."""
    raw = '[quote="park, post:1, topic:77"]\n몇 개?\n[/quote]\n\n**8개**입니다.'
    found = read(tmp_path, topic(post(1, "", raw=raw))).messages[0]
    assert (found.text, found.original) == ("**8개**입니다.", raw)


@given(talk=TALKS)
def test_topics_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talk: list[Said]
) -> None:
    """Speakers, times and words of any topic survive."""
    posts = [
        post(
            at,
            paragraphs(said.text),
            username=f"u{said.speaker}",
            name=NAMES[said.speaker],
            created_at=sent_at(said),
        )
        for at, said in enumerate(talk, 1)
    ]
    export = read(tmp_path_factory.getbasetemp(), topic(*posts))
    assert as_told(export.messages) == as_written(talk)
    assert export.rejections == ()
