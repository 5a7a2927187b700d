"""IRC logs of several programs: who said what, and what only the channel did."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from chatmill.settings import ImportSettings
from importers.generated_conversations import Said, conversations, texts
from reading import read_export, write_export

UBUNTU = """[03:10] <kim> W5500 소켓은 몇 개인가요?
=== lee [~lee@example.com]  has joined #wiznet
[03:11]  * park thinks
=== park scrolls up
[03:12] <park> kim: 8개입니다
"""
IRSSI = """--- Log opened Mon Mar 11 23:58:00 2024
23:58 -!- kim [~kim@example.com] has joined #wiznet
23:58 <@park> hello
23:59 < kim> hi: there
--- Day changed Tue Mar 12 2024
00:01  * kim waves
00:02 -!- mode/#wiznet [+o kim] by park
00:03 -!- kim is now known as kim_away
00:04 -park:#wiznet- server restarts
--- Log closed Tue Mar 12 00:05:00 2024
"""
WEECHAT = (
    "2024-03-11 09:12:05\t-->\tkim (~kim@example.com) has joined #wiznet\n"
    "2024-03-11 09:12:06\t@park\t안녕하세요\n"
    "2024-03-11 09:12:07\t *\tkim waves\n"
    "2024-03-11 09:12:08\t--\tkim is now known as kim_away\n"
    "2024-03-11 09:12:09\t<--\tkim_away (~kim@example.com) has quit (Quit: bye)\n"
    "2024-03-11 09:12:10\tpark\t\n"
)
ZNC = """[09:12:05] *** Joins: kim (~kim@example.com)
[09:12:06] <park> hello
[09:12:07] * kim waves
[09:12:08] <kim> 안녕
[09:12:09] *** Quits: kim (~kim@example.com) (Quit: bye)
"""
HEXCHAT = """**** BEGIN LOGGING AT Mon Mar 11 09:00:00 2024

Mar 11 09:12:05 *\tNow talking on #wiznet
Mar 11 09:12:06 <park>\thello
Mar 12 10:00:00 *\tkim has joined
Mar 12 10:00:01 <kim> hi
"""
KOREAN_IRSSI = """--- Log opened 월  3월 11 23:58:00 2024
23:58 <park> 안녕
--- Day changed 화  3월 12 2024
00:01 <kim> 네
"""


def test_channel_archive_has_clocks_alone(tmp_path: Path) -> None:
    """Without a day the clock stays as it is; events without time are system lines."""
    export = read_export(write_export(tmp_path, "2004-11-15.txt", UBUNTU))
    assert export.importer == "irc"
    assert [room.key for room in export.rooms] == ["2004-11-15.txt"]
    assert export.rejections == ()
    assert export.lines == [
        ("03:10", "kim", "text", "W5500 소켓은 몇 개인가요?"),
        ("", "", "system", "lee [~lee@example.com]  has joined #wiznet"),
        ("03:11", "park", "text", "thinks"),
        ("", "park", "text", "scrolls up"),
        ("03:12", "park", "text", "kim: 8개입니다"),
    ]


def test_day_lines_date_what_follows(tmp_path: Path) -> None:
    """Irssi's day lines give the date, its channel the room, its marks on nicks go."""
    export = read_export(write_export(tmp_path, "log", IRSSI))
    assert [room.key for room in export.rooms] == ["#wiznet"]
    assert export.rejections == ()
    assert export.lines == [
        ("2024-03-11 23:58", "", "system", "kim [~kim@example.com] has joined #wiznet"),
        ("2024-03-11 23:58", "park", "text", "hello"),
        ("2024-03-11 23:59", "kim", "text", "hi: there"),
        ("2024-03-12 00:01", "kim", "text", "waves"),
        ("2024-03-12 00:02", "", "system", "mode/#wiznet [+o kim] by park"),
        ("2024-03-12 00:03", "", "system", "kim is now known as kim_away"),
        ("2024-03-12 00:04", "park", "text", "server restarts"),
    ]


def test_columns_between_tabs_are_read(tmp_path: Path) -> None:
    """WeeChat writes time, nick and text between tabs, arrows for who comes and goes."""
    export = read_export(
        write_export(tmp_path, "log", WEECHAT), settings=ImportSettings(timezone="Asia/Seoul")
    )
    assert export.importer == "irc"
    assert [(each.sent_at, each.speaker, each.text) for each in export.messages[1:3]] == [
        ("2024-03-11 09:12:06+09:00", "park", "안녕하세요"),
        ("2024-03-11 09:12:07+09:00", "kim", "waves"),
    ]
    assert [each.kind for each in export.messages] == [
        *("system", "text", "text", "system", "system", "text")
    ]


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (
            ZNC,
            [
                ("09:12:05", "", "system", "Joins: kim (~kim@example.com)"),
                ("09:12:06", "park", "text", "hello"),
                ("09:12:07", "kim", "text", "waves"),
                ("09:12:08", "kim", "text", "안녕"),
                ("09:12:09", "", "system", "Quits: kim (~kim@example.com) (Quit: bye)"),
            ],
        ),
        (
            HEXCHAT,
            [
                ("2024-03-11 09:12:05", "", "system", "Now talking on #wiznet"),
                ("2024-03-11 09:12:06", "park", "text", "hello"),
                ("2024-03-12 10:00:00", "", "system", "kim has joined"),
                ("2024-03-12 10:00:01", "kim", "text", "hi"),
            ],
        ),
        (
            KOREAN_IRSSI,
            [
                ("2024-03-11 23:58", "park", "text", "안녕"),
                ("2024-03-12 00:01", "kim", "text", "네"),
            ],
        ),
    ],
)
def test_other_programs_logs_are_read(
    tmp_path: Path, log: str, lines: list[tuple[str, str, str, str]]
) -> None:
    """ZNC, HexChat and a Korean irssi each write events and days their own way."""
    export = read_export(write_export(tmp_path, "log", log))
    assert export.importer == "irc"
    assert export.rejections == ()
    assert export.lines == lines


@given(
    messages=conversations(
        names=("김민수", "park_w", "dana|away", "[bot]"), said=texts(lines=1, plain=True)
    )
)
@pytest.mark.parametrize("program", ["irssi", "weechat", "znc"])
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, program: str, messages: list[Said]
) -> None:
    """What is said in one line comes back from the logs of three programs."""
    log = "".join(_log_lines(program, messages))
    path = write_export(tmp_path_factory.getbasetemp(), "channel.log", log)
    export = read_export(path, importer="irc")
    times = {"irssi": "%Y-%m-%d %H:%M", "weechat": "%Y-%m-%d %H:%M:%S", "znc": "%H:%M:%S"}
    assert [(each.speaker, each.sent_at, each.text) for each in export.messages] == [
        (each.speaker, f"{each.sent_at:{times[program]}}", each.text) for each in messages
    ]
    assert export.rejections == ()
    assert len({each.id for each in export.messages}) == len(messages)


def _log_lines(program: str, messages: list[Said]) -> Iterator[str]:
    day = ""
    for each in messages:
        if program == "weechat":
            yield f"{each.sent_at}\t@{each.speaker}\t{each.text}\n"
            continue
        if program == "irssi" and day != f"{each.sent_at:%a %b %d %Y}":
            day = f"{each.sent_at:%a %b %d %Y}"
            yield f"--- Day changed {day}\n"
        clock = f"{each.sent_at:%H:%M}" if program == "irssi" else f"[{each.sent_at:%H:%M:%S}]"
        yield f"{clock} <{each.speaker}> {each.text}\n"


def test_colours_are_no_text(tmp_path: Path) -> None:
    """The control signs that colour a word are taken out, the word stays."""
    log = "[09:12] <kim> a \x0304,01red\x03 and \x02bold\x0f word in a longer line of text\n"
    export = read_export(write_export(tmp_path, "log", log + ZNC))
    assert export.texts[0] == "a red and bold word in a longer line of text"


def test_days_without_dates_stay_apart(tmp_path: Path) -> None:
    """Two days' archives of one channel are two rooms where their lines hold no date."""
    first = read_export(write_export(tmp_path, "day1.txt", UBUNTU))
    second = read_export(write_export(tmp_path, "day2.txt", UBUNTU))
    assert first.rooms[0].key != second.rooms[0].key


def test_lines_above_the_log_are_rejected(tmp_path: Path) -> None:
    """What stands before the first message is listed with its line."""
    export = read_export(write_export(tmp_path, "log", "Log of #wiznet\n\n" + ZNC))
    assert [(each.line, each.raw) for each in export.rejections] == [(1, "Log of #wiznet")]


def test_chat_with_a_mark_of_its_own_is_no_irc_log(tmp_path: Path) -> None:
    """Quoted mail and markup are full of angle brackets and are still no log."""
    text = "<p>Hello</p>\n> <quoted> text\n<b>bold</b> words\nplain words\n"
    with pytest.raises(Exception, match="no importer recognises it"):
        read_export(write_export(tmp_path, "page", text))


def test_actions_without_a_time_are_messages(tmp_path: Path) -> None:
    """`* kim waves` is kim's wherever it stands; a list in a dated log stays in its message."""
    log = (
        "=== lee [~lee@example.com] has joined #wiznet\n* kim waves\n<kim> 소켓은 몇 개인가요?\n"
        "<lee> 8개입니다\n* lee is away\n"
    )
    export = read_export(write_export(tmp_path, "log", log))
    assert export.importer == "irc"
    assert [(each.role, each.speaker, each.text) for each in export.messages] == [
        ("system", "", "lee [~lee@example.com] has joined #wiznet"),
        ("unknown", "kim", "waves"),
        ("unknown", "kim", "소켓은 몇 개인가요?"),
        ("unknown", "lee", "8개입니다"),
        ("unknown", "lee", "is away"),
    ]
    timed = (
        "[03:10] <kim> two things\n* first this\n* kim nods\n[03:11] <lee> ok\n[03:12] <kim> hm\n"
    )
    export = read_export(write_export(tmp_path, "log2", timed))
    assert export.texts == ["two things\n* first this", "nods", "ok", "hm"]
