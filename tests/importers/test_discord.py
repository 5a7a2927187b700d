"""Discord: DiscordChatExporter's three formats hold the same conversation."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.discord.moments import moments_of
from chatmill.settings import ImportSettings
from odd_json import any_json
from reading import ReadExport, read_export, write_export

SAFE = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)
AUTHORS: dict[int, dict[str, Any]] = {
    1: {"id": "1", "name": "minsu", "nickname": "김민수", "isBot": False, "roles": []},
    2: {"id": "2", "name": "jihyun", "nickname": None, "isBot": False},
    3: {"id": "3", "name": "helper", "nickname": "Helper", "isBot": True},
    4: {"id": "4", "name": "minsu.k", "nickname": "김민수", "isBot": False},
}


def said(number: int, content: str, author: int = 1, **more: Any) -> dict[str, Any]:
    """One message, a second after the one before."""
    return {
        "id": str(1000 + number),
        "type": "Default",
        "timestamp": f"2024-03-11T09:12:{number % 60:02}.123+09:00",
        "content": content,
        "author": AUTHORS[author],
        **more,
    }


def channel(*messages: Any, **more: Any) -> dict[str, Any]:
    """An export of one channel."""
    return {
        "guild": {"id": "9", "name": "W5500 도움"},
        "channel": {"id": "77", "type": "GuildTextChat", "name": "질문", **more},
        "exportedAt": "2024-03-13T10:05:00+09:00",
        "messages": list(messages),
    }


def read(folder: Path, document: Any, settings: ImportSettings | None = None) -> ReadExport:
    """Write an export and read it back."""
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    path = write_export(folder, "export", text)
    return read_export(path, importer="discord", settings=settings)


def test_shared_export_holds_the_expected_thread(shared: Path) -> None:
    """The fixture gives its five messages, named, with replies."""
    folder = shared / "data" / "formats" / "own"
    expected = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / "discord_dce.json")
    assert export.importer == "discord"
    assert export.rejections == ()
    assert [(room.key, room.title) for room in export.rooms] == [("2", "w5500")]
    assert [(message.speaker, message.text) for message in export.messages] == [
        (each["speaker"], each["text"]) for each in expected
    ]
    assert [each.reply_to for each in export.messages] == [None, None, "1000", "1001", "1002"]


def test_three_formats_of_others_agree(shared: Path) -> None:
    """JSON, CSV and text of the same channel name the same people and words."""
    folder = shared / "data" / "formats" / "chatpack_mit"
    whole, sheet, plain = (
        read_export(folder / f"discord.{ending}") for ending in ("json", "csv", "txt")
    )
    assert [each.importer for each in (whole, sheet, plain)] == ["discord"] * 3
    assert not whole.rejections + sheet.rejections + plain.rejections
    spoken = [("Alice", "Hello Discord!"), ("bob", "Hi Alice!")]
    for export in (whole, sheet, plain):
        assert [(each.speaker, each.text) for each in export.messages[:2]] == spoken
        assert export.messages[1].sent_at[:16] == "2024-01-15 10:31"
        assert export.messages[1].attachments[0].endswith("image.png")
        assert len(export.messages) == 3
    assert (whole.messages[2].kind, whole.messages[2].text) == ("emoticon", "Wave")
    assert whole.messages[1].reply_to == "1001"
    assert plain.messages[2].kind == "emoticon"


def test_ids_that_were_left_become_names(tmp_path: Path) -> None:
    """Raw mentions, roles, emoji and times are readable; ids nobody knows stay."""
    role = {"id": "50", "name": "FAE"}
    mentions: list[dict[str, Any]] = [{**AUTHORS[2], "roles": [role]}]
    text = "<@2> <@!2> <@&50> <:w5500:12> <a:wave:13> <t:1710115925:R> <@404> <#5> <b> 3 < 4"
    export = read(tmp_path, channel(said(1, text, mentions=mentions)))
    assert export.texts == [
        "@jihyun @jihyun @FAE :w5500: :wave: 2024-03-11 00:12:05+00:00 <@404> <#5> <b> 3 < 4"
    ]


def test_people_and_bots(tmp_path: Path) -> None:
    """Nicknames first, namesakes apart, apps are bots."""
    export = read(tmp_path, channel(*(said(number, "a", number) for number in AUTHORS)))
    assert [(each.speaker, each.role) for each in export.messages] == [
        ("김민수", "unknown"),
        ("jihyun", "unknown"),
        ("Helper", "bot"),
        ("김민수 (minsu.k)", "unknown"),
    ]


def test_lines_of_discord_itself(tmp_path: Path) -> None:
    """Joins and pins are system lines, whatever number a new kind has; a call is a call."""
    export = read(
        tmp_path,
        channel(
            said(1, "Joined the server.", type="GuildMemberJoin"),
            said(2, "Pinned a message.", type="ChannelPinnedMessage", reference={"messageId": "1"}),
            said(3, "", type="46"),
            said(4, "Started a call that lasted 3 minutes.", type="Call"),
            said(5, "slash", type="20"),
        ),
    )
    assert [(each.kind, each.role, each.speaker, each.text) for each in export.messages] == [
        ("system", "system", "", "김민수: Joined the server."),
        ("system", "system", "", "김민수: Pinned a message."),
        ("system", "system", "", "김민수: 46"),
        ("call", "unknown", "김민수", "Started a call that lasted 3 minutes."),
        ("text", "unknown", "김민수", "slash"),
    ]
    assert export.messages[1].reply_to is None


def test_files_stickers_embeds_and_forwards(tmp_path: Path) -> None:
    """What stands beside or in place of words is kept as what it is."""
    photo, log = {"fileName": "회로도.png", "url": "https://x/1"}, {"url": "https://x/log.txt"}
    embed = {
        "title": "W5500",
        "description": "칩",
        "fields": [{"name": "Sockets", "value": "8"}],
    }
    forwarded = {"content": "전달된 말", "attachments": [log]}
    export = read(
        tmp_path,
        channel(
            said(1, "", attachments=[photo]),
            said(2, "보세요", attachments=[photo, log]),
            said(3, "", stickers=[{"name": "Wave"}]),
            said(4, "", 3, embeds=[embed, {"url": "https://x.kr"}]),
            said(5, "https://x.kr", embeds=[embed]),
            said(
                6, "", forwardedMessage=forwarded, reference={"type": "Forward", "messageId": "5"}
            ),
            said(7, ""),
        ),
    )
    assert [(each.kind, each.text, each.attachments) for each in export.messages] == [
        ("photo", "", ("회로도.png",)),
        ("text", "보세요", ("회로도.png", "https://x/log.txt")),
        ("emoticon", "Wave", ()),
        ("text", "W5500\n칩\nSockets: 8\nhttps://x.kr", ()),
        ("text", "https://x.kr", ()),
        ("text", "전달된 말", ("https://x/log.txt",)),
    ]
    assert export.messages[-1].reply_to is None
    assert [each.reason for each in export.rejections] == ["a message without words or files"]


def test_replies_stay_inside_their_channel(tmp_path: Path) -> None:
    """A message posted on from another channel answers nothing here."""
    export = read(
        tmp_path,
        channel(
            said(1, "질문"),
            said(2, "답", type="Reply", reference={"messageId": "1001", "channelId": "77"}),
            said(3, "news", reference={"messageId": "5", "channelId": "5"}),
        ),
    )
    assert [each.reply_to for each in export.messages] == [None, "1001", None]


def test_threads_are_named_with_their_channel(tmp_path: Path) -> None:
    """A thread's title says which channel it belongs to; its key is its own id."""
    export = read(tmp_path, channel(said(1, "a"), type="GuildPublicThread", category="질문"))
    assert [(room.key, room.title) for room in export.rooms] == [("77", "질문 / 질문")]


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_newest_first_is_turned_around(tmp_path: Path, batch: int) -> None:
    """An export in reverse order gives the same room, however little is held in memory."""
    messages = [said(number, f"{number}번") for number in range(1, 12)]
    settings = ImportSettings(batch_messages=batch)
    there = read(tmp_path, channel(*messages), settings)
    back = read(tmp_path, channel(*reversed(messages)), settings)
    assert back.messages == there.messages
    assert len(there.messages) == 11


def test_odd_entries_are_listed_with_their_line(tmp_path: Path) -> None:
    """Strangers and repeated ids cost only themselves; a cut end is said."""
    text = json.dumps(channel(said(1, "a"), 7, said(1, "b"), said(2, "c")), indent=1)
    export = read(tmp_path, text[: text.rindex('"content"')])
    assert export.texts == ["a"]
    assert [each.reason for each in export.rejections] == [
        "a message without an id",
        "a second message '1001'",
        "the file ends in the middle of it",
    ]
    assert [each.line for each in export.rejections] == sorted(
        each.line or 0 for each in export.rejections
    )
    assert read(tmp_path, "[1]").rejections[0].reason == "not an export of Discord"


def sheet(*rows: tuple[str, str, str, str, str]) -> str:
    """A CSV export, every cell quoted."""
    out = io.StringIO()
    out.write("AuthorID,Author,Date,Content,Attachments,Reactions\r\n")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([*row, ""] for row in rows)
    return out.getvalue()


def test_sheet_rows_are_messages(tmp_path: Path) -> None:
    """Quotes, line ends and commas in a cell survive; bad rows are listed."""
    text = sheet(
        ("1", "김민수", "2024-03-11T09:12:05.0000000+09:00", '첫 줄\r\n"둘째", 줄', ""),
        ("2", "bob", "2024-03-11T09:13:00.0000000+09:00", "", "https://x/a.png,https://x/b.png"),
        ("2", "bob", "?", "no time", ""),
        ("4", "김민수", "2024-03-11T09:14:00.0000000+09:00", "다른 사람", ""),
    )
    export = read(tmp_path, text + '"1","too","few"\r\n')
    assert [(each.speaker, each.kind, each.text) for each in export.messages] == [
        ("김민수", "text", '첫 줄\n"둘째", 줄'),
        ("bob", "photo", ""),
        ("김민수 (4)", "text", "다른 사람"),
    ]
    assert export.messages[1].attachments == ("https://x/a.png", "https://x/b.png")
    assert [(each.line, each.reason) for each in export.rejections] == [
        (5, "the date is no time"),
        (7, "3 columns in place of 6"),
    ]


RULE = "=" * 62
HEAD = f"{RULE}\nGuild: W5500 도움\nChannel: FAE / 질문\nTopic: 무엇이든\n{RULE}\n\n"


def test_plain_text_keeps_what_looks_like_a_message_inside_one(tmp_path: Path) -> None:
    """Pasted lines stay in their message; sections are no words; the last lines are none."""
    text = (
        f"{HEAD}[2024-03-11 오전 9:12] 김민수 (pinned)\n안녕하세요\n[2024-03-11 오전 9:12] pasted\n"
        "\n[not a date] still mine\n\n\n"
        "[2024-03-11 오후 1:05] bob#1234\nlook\n\n{Attachments}\nhttps://x/a.png\nhttps://x/b.txt\n\n"
        "{Reactions}\n👍 (2)\n\n"
        "[2024-03-11 오후 1:06] app\n\n\n{Embed}\nW5500\n칩\n\n\n"
        "[2024-03-11 오후 1:07] app\n\n\n"
        f"{RULE}\nExported 4 message(s)\n{RULE}\n"
    )
    export = read(tmp_path, text.replace("\n", "\r\n"))
    assert [(room.key, room.title) for room in export.rooms] == [
        ("W5500 도움 / FAE / 질문", "FAE / 질문")
    ]
    assert export.lines == [
        (
            "2024-03-11 09:12",
            "김민수",
            "text",
            "안녕하세요\n[2024-03-11 오전 9:12] pasted\n\n[not a date] still mine",
        ),
        ("2024-03-11 13:05", "bob#1234", "text", "look"),
        ("2024-03-11 13:06", "app", "text", "W5500\n칩"),
    ]
    assert export.messages[1].attachments == ("https://x/a.png", "https://x/b.txt")
    assert [each.reason for each in export.rejections] == ["a message without words or files"]


def test_plain_text_may_hold_the_exporters_own_signs(tmp_path: Path) -> None:
    """A rule or a section's name in the middle of words is part of the words."""
    words = f"위\n{{Embed}}\n{RULE}"
    text = f"{HEAD}[3/11/2024 9:12 AM] a\n{words}\n\n\n[3/11/2024 9:13 AM] b\n{words}\n\n\n"
    assert read(tmp_path, text).texts == [words, words]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["1/15/2024 10:30 AM", "3/4/2024 10:31 PM"], "2024-03-04 22:31"),
        (["15/01/2024 10:30", "16/01/2024 09:00"], "2024-01-16 09:00"),
        (["15.01.2024 10:30", "16.01.2024 22:31"], "2024-01-16 22:31"),
        (["2024. 1. 15. 오전 10:30", "2024. 1. 16. 오후 10:31"], "2024-01-16 22:31"),
        (["2024-01-15 오전 10:30", "2024-01-16 오후 10:31"], "2024-01-16 22:31"),
        (["2024-01-15T10:30:00+00:00", "2024-01-16T22:31:00+00:00"], "2024-01-16 22:31:00+00:00"),
        (["hello", "99/99/2024 10:30"], ""),
    ],
)
def test_dates_of_many_countries(written: list[str], expected: str) -> None:
    """Day and month are told apart by all dates of a file."""
    assert moments_of(written).iso(written[-1], ImportSettings()) == expected


TALKS = st.lists(st.tuples(SAFE, st.sampled_from([1, 2, 3, 4]), st.booleans()), max_size=10)


@given(talks=TALKS)
def test_conversations_come_back_from_json(
    tmp_path_factory: pytest.TempPathFactory, talks: list[tuple[str, int, bool]]
) -> None:
    """Words, people and replies survive."""
    names = {1: "김민수", 2: "jihyun", 3: "Helper", 4: "other"}
    messages: list[dict[str, Any]] = []
    wanted = []
    for number, (text, author, is_reply) in enumerate(talks):
        if not text.strip():
            continue
        message = said(number, text, author)
        message["author"] = {"id": str(author), "name": names[author]}
        if is_reply and messages:
            message |= {"type": "Reply", "reference": {"messageId": messages[0]["id"]}}
        messages.append(message)
        reply_to = messages[0]["id"] if "reference" in message else None
        wanted.append((message["id"], names[author], text, reply_to))
    export = read(tmp_path_factory.getbasetemp(), channel(*messages))
    read_back = [(each.id, each.speaker, each.text, each.reply_to) for each in export.messages]
    assert read_back == wanted


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n"))


@given(talks=st.lists(st.tuples(CELLS, st.integers(1, 4)), max_size=10))
def test_conversations_come_back_from_csv(
    tmp_path_factory: pytest.TempPathFactory, talks: list[tuple[str, int]]
) -> None:
    """Words and people survive the cells of a sheet."""
    moment = "2024-03-11T09:12:05+09:00"
    spoken = [(f"p{author}", text) for text, author in talks if text.strip()]
    rows = [(name[1:], name, moment, text, "") for name, text in spoken]
    export = read(tmp_path_factory.getbasetemp(), sheet(*rows))
    assert [(each.speaker, each.text) for each in export.messages] == spoken
    assert len({each.id for each in export.messages}) == len(spoken)


LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1)


@given(texts=st.lists(st.lists(LINES.filter(str.strip), min_size=1, max_size=3), max_size=6))
def test_conversations_come_back_from_plain_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]]
) -> None:
    """Lines survive, as long as none of them looks like the exporter's own."""
    kept = [[f"- {line}" for line in lines] for lines in texts]
    body = "".join(
        f"[3/11/2024 9:{number:02} AM] 김민수\n" + "\n".join(lines) + "\n\n\n"
        for number, lines in enumerate(kept)
    )
    export = read(
        tmp_path_factory.getbasetemp(),
        f"{HEAD}{body}{RULE}\nExported {len(kept)} message(s)\n{RULE}\n",
    )
    assert export.texts == ["\n".join(lines) for lines in kept]
    assert export.rejections == ()


KEYS = [
    "id", "type", "content", "author", "name", "nickname", "roles", "timestamp",
    "reference", "messageId", "attachments", "embeds", "fields", "stickers", "mentions",
]  # fmt: skip
ANY = any_json(KEYS)


@given(entry=ANY, place=ANY)
def test_any_type_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory, entry: Any, place: Any
) -> None:
    """Untrusted JSON is a message or a rejection, never an exception."""
    odd = {**said(2, "<@1> <@&2>"), **entry} if isinstance(entry, dict) else entry
    document = {**channel(said(1, "real"), odd), "guild": place}
    document["channel"] = place
    assert "real" in read(tmp_path_factory.getbasetemp(), document).texts
