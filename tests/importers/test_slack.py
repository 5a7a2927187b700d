"""Slack: ids become names, threads stay threads, edits are applied, and nothing is lost."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.settings import ImportSettings
from odd_json import any_json
from reading import ReadExport, read_export, read_tree_export, write_export

USERS = [
    {"id": "U1", "name": "minsu", "profile": {"real_name": "김민수", "display_name": "minsu"}},
    {"id": "U2", "name": "jihyun", "real_name": "Jihyun Park", "profile": {"real_name": ""}},
    {"id": "U3", "name": "minsu2", "profile": {"real_name": "김민수"}},
    {"id": "U4", "name": "deploybot", "is_bot": True, "profile": {"real_name": "Deploy"}},
    {"id": "U5", "name": "boss", "is_admin": True, "is_owner": True, "real_name": "Boss"},
]
CHANNELS = [{"id": "C1", "name": "기술지원", "members": ["U1", "U2"]}]
TS = "1710115925.000000"


def said(text: str, ts: str = TS, user: str = "U1", **more: Any) -> dict[str, Any]:
    """One message of a day file."""
    return {"type": "message", "user": user, "text": text, "ts": ts, **more}


def write_workspace(
    folder: Path, days: Mapping[str, Any], *, lists: Mapping[str, Any] | None = None
) -> Path:
    """Pack an export; day files by name, and lists like `users.json`."""
    path = folder / "export.zip"
    given_lists = {"users.json": USERS, "channels.json": CHANNELS} if lists is None else lists
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**given_lists, **days}.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            archive.writestr(name, text)
    return path


def read_channel(folder: Path, *messages: Any) -> ReadExport:
    """Read an export of one channel and one day."""
    return read_tree_export(write_workspace(folder, {"기술지원/2024-03-11.json": list(messages)}))


def test_shared_zip_holds_the_expected_thread(shared: Path) -> None:
    """The fixture gives its five messages, named, in threads, behind one system line."""
    folder = shared / "data" / "formats" / "own"
    expected = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_tree_export(folder / "slack_export.zip")
    assert export.importer == "slack"
    assert export.rejections == ()
    assert [(room.key, room.title) for room in export.rooms] == [("C0001", "w5500-help")]
    assert [message.kind for message in export.messages] == ["system", *["text"] * 5]
    spoken = export.messages[1:]
    assert [message.speaker for message in spoken] == [each["speaker"] for each in expected]
    mentions = ["", "", "@Minsu Kim ", "@Seo-jun Lee ", "@Minsu Kim "]
    assert [message.text for message in spoken] == [
        mention + each["text"] for mention, each in zip(mentions, expected, strict=True)
    ]
    ids = [message.id for message in spoken]
    assert [message.reply_to for message in spoken] == [None, None, ids[0], ids[1], ids[0]]


def test_shared_day_file_needs_no_lists(shared: Path) -> None:
    """A lone day file names its people from the profiles beside their messages."""
    own = shared / "data" / "formats" / "own"
    lone, packed = read_export(own / "slack_day.json"), read_tree_export(own / "slack_export.zip")
    assert lone.importer == "slack"
    assert lone.messages == packed.messages
    assert lone.rejections == ()


def test_markup_becomes_what_people_read(tmp_path: Path) -> None:
    """Ids are names, links show label and address, entities are decoded once."""
    text = (
        "<@U2> <@U9|guest> <@U404> <#C1> <#C7|일반> <!here> <!subteam^S1|@fae> "
        "<!date^1710115925^{date}|3월 11일> <https://wiznet.io/a?b=1&amp;c=2|datasheet> "
        "<https://wiznet.io|wiznet.io> <mailto:a@b.kr|a@b.kr> <https://x.kr/p> "
        "&lt;0x04&gt; a &amp;&amp; b &amp;lt; vector<T>"
    )
    export = read_channel(tmp_path, said(text))
    wanted = (
        "@Jihyun Park @guest @U404 #기술지원 #일반 @here @fae "
        "3월 11일 datasheet (https://wiznet.io/a?b=1&c=2) "
        "https://wiznet.io a@b.kr https://x.kr/p "
        "<0x04> a && b &lt; vector<T>"
    )
    assert export.texts == [wanted]


def test_people_of_one_name_stay_two(tmp_path: Path) -> None:
    """A namesake carries the handle, so that roles and threads do not mix them up."""
    export = read_channel(tmp_path, said("a"), said("b", "1710115926.000000", "U3"))
    assert [message.speaker for message in export.messages] == ["김민수", "김민수 (minsu2)"]


def test_roles_are_only_what_slack_says(tmp_path: Path) -> None:
    """Apps and Slackbot are bots; owners of a workspace are not the people who answer."""
    export = read_channel(
        tmp_path,
        said("deployed", "1710115925.000001", "U4"),
        said("by app", "1710115925.000002", "", subtype="bot_message", username="CI &amp; CD"),
        said("reminder", "1710115925.000003", "USLACKBOT"),
        said("from app", "1710115925.000004", "U77", bot_id="B7", bot_profile={"name": "Jira"}),
        said("person through app", "1710115925.000005", "U2", bot_id="B8"),
        said("owner", "1710115925.000006", "U5"),
    )
    assert [(message.speaker, message.role) for message in export.messages] == [
        ("Deploy", "bot"),
        ("CI & CD", "bot"),
        ("USLACKBOT", "bot"),
        ("Jira", "bot"),
        ("Jihyun Park", "unknown"),
        ("Boss", "unknown"),
    ]


def test_lines_of_slack_itself_are_no_words(tmp_path: Path) -> None:
    """Joins, topics, huddles and deleted messages keep their place with their kind."""
    export = read_channel(
        tmp_path,
        said("<@U1> has joined the channel", "1710115925.000001", subtype="channel_join"),
        said("set the topic: &lt;x&gt;", "1710115925.000002", subtype="channel_topic"),
        said("", "1710115925.000003", subtype="huddle_thread", room={"id": "R1"}),
        said("This message was deleted.", "1710115925.000004", "USLACKBOT", subtype="tombstone"),
        said("runs to the lab", "1710115925.000005", subtype="me_message"),
        said("also here", "1710115925.000006", subtype="thread_broadcast", thread_ts=TS),
    )
    assert [(each.kind, each.role, each.speaker, each.text) for each in export.messages] == [
        ("system", "system", "", "@김민수 has joined the channel"),
        ("system", "system", "", "set the topic: <x>"),
        ("call", "unknown", "김민수", ""),
        ("deleted", "unknown", "", "This message was deleted."),
        ("text", "unknown", "김민수", "runs to the lab"),
        ("text", "unknown", "김민수", "also here"),
    ]
    assert export.messages[-1].reply_to == TS


def test_files_keep_their_names_and_words(tmp_path: Path) -> None:
    """A picture alone is a photo, words beside one stay words, old upload lines are cut."""
    photo = {"name": "회로도.png", "mimetype": "image/png"}
    old = "<@U1|minsu> uploaded a file: <https://x.slack.com/f|log.txt> and commented: 로그입니다"
    export = read_channel(
        tmp_path,
        said("", "1710115925.000001", files=[photo]),
        said("보세요", "1710115925.000002", subtype="file_share", files=[photo]),
        said("", "1710115925.000003", files=[photo, {"name": "log.txt", "mimetype": "text/plain"}]),
        said("", "1710115925.000004", files=[{"id": "F1", "mode": "tombstone"}]),
        said(old, "1710115925.000005", subtype="file_share", file={"name": "log.txt"}),
        said("", "1710115925.000006", files=[{"title": "talk", "mimetype": "video/mp4"}]),
    )
    assert [(each.kind, each.text, each.attachments) for each in export.messages] == [
        ("photo", "", ("회로도.png",)),
        ("text", "보세요", ("회로도.png",)),
        ("file", "", ("회로도.png", "log.txt")),
        ("deleted", "", ()),
        ("text", "로그입니다", ("log.txt",)),
        ("video", "", ("talk",)),
    ]


def test_empty_text_falls_back_to_blocks_and_attachments(tmp_path: Path) -> None:
    """Apps that write only blocks are still heard."""
    elements = [
        {"type": "text", "text": "PHY "},
        {"type": "link", "url": "https://x.kr", "text": "문서"},
        {"type": "user", "user_id": "U2"},
        {"type": "emoji", "name": "wave"},
    ]
    section = {"type": "rich_text_section", "elements": elements}
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "elements": [section, section]}],
    }
    plain = {"type": "section", "text": {"type": "mrkdwn", "text": "<@U1> &amp; co"}}
    note = {"title": "Ticket 7", "text": "닫힘", "fields": [{"title": "Status", "value": "done"}]}
    export = read_channel(
        tmp_path,
        said("", "1710115925.000001", blocks=[rich]),
        said("", "1710115925.000002", blocks=[plain, {"type": "divider"}]),
        said("", "1710115925.000003", attachments=[note]),
        said("", "1710115925.000004", attachments=[{"fallback": "only this"}]),
        said("", "1710115925.000005"),
    )
    line = "PHY 문서 (https://x.kr)@Jihyun Park:wave:"
    assert export.texts == [
        f"{line}\n{line}",
        "@김민수 & co",
        "Ticket 7\n닫힘\nStatus: done",
        "only this",
    ]
    assert [each.reason for each in export.rejections] == ["a message without words or files"]


def test_edits_and_deletions_of_later_days_are_applied(tmp_path: Path) -> None:
    """What a full export tells of a message's later life is what the message says."""
    changed = said("소켓은 8개입니다", TS, edited={"user": "U1"})
    event = {"type": "message", "hidden": True}
    days = {
        "기술지원/2024-03-11.json": [
            said("소켓은 4개입니다"),
            said("secret", "1710115930.000000", "U2"),
            said("stays", "1710115940.000000", "U2"),
        ],
        "기술지원/2024-03-12.json": [
            {**event, "ts": "1710202000.000000", "subtype": "message_changed", "message": changed},
            {
                **event,
                "ts": "1710202001.000000",
                "subtype": "message_deleted",
                "deleted_ts": "1710115930.000000",
                "previous_message": said("secret", "1710115930.000000", "U2"),
            },
            {
                **event,
                "ts": "1710202002.000000",
                "subtype": "message_changed",
                "message": said("of a day that is missing", "1700000000.000000", "U2"),
            },
        ],
    }
    export = read_tree_export(write_workspace(tmp_path, days))
    assert [(each.id, each.kind, each.text) for each in export.messages] == [
        (TS, "text", "소켓은 8개입니다"),
        ("1710115930.000000", "deleted", ""),
        ("1710115940.000000", "text", "stays"),
        ("1700000000.000000", "text", "of a day that is missing"),
    ]
    assert export.rejections == ()


def test_rooms_have_ids_and_what_people_call_them(tmp_path: Path) -> None:
    """Channels, private ones, groups and direct messages; without a list, the folder's name."""
    lists = {
        "users.json": USERS,
        "channels.json": CHANNELS,
        "groups.json": [{"id": "G1", "name": "비공개"}],
        "mpims.json": [{"id": "G2", "name": "mpdm-a--b-1", "members": ["U1", "U2"]}],
        "dms.json": [{"id": "D1", "members": ["U2", "U5"]}],
        "integration_logs.json": [],
    }
    names = ("기술지원", "비공개", "mpdm-a--b-1", "D1", "unlisted")
    days = {f"{name}/2024-03-11.json": [said("hi")] for name in names}
    days["기술지원/canvas_in_the_conversation.json"] = []
    export = read_tree_export(write_workspace(tmp_path, days, lists=lists))
    assert {(room.key, room.title) for room in export.rooms} == {
        ("C1", "기술지원"),
        ("G1", "비공개"),
        ("G2", "김민수, Jihyun Park"),
        ("D1", "Jihyun Park, Boss"),
        ("unlisted", "unlisted"),
    }
    assert export.rejections == ()


def test_unpacked_folders_read_like_the_archive(tmp_path: Path) -> None:
    """The same export unpacked, inside another folder, or one channel of it alone."""
    days = {
        "기술지원/2024-03-11.json": [said("첫날")],
        "기술지원/2024-03-12.json": [said("둘째 날", "1710202325.000000")],
    }
    packed = write_workspace(tmp_path, days)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "all" / "workspace")
    whole = read_tree_export(packed)
    assert whole.texts == ["첫날", "둘째 날"]
    assert read_tree_export(tmp_path / "all").messages == whole.messages
    assert read_tree_export(tmp_path / "all").rooms == whole.rooms
    channel = read_tree_export(tmp_path / "all" / "workspace" / "기술지원")
    assert [room.key for room in channel.rooms] == ["기술지원"]
    assert channel.texts == whole.texts


def test_odd_entries_and_broken_days_cost_only_themselves(tmp_path: Path) -> None:
    """Each is listed with file and line; everything around it is read."""
    cut = '[{"type": "message", "ts": "1710202325.000000",\n "text": "kept"},\n{"ty'
    days = {
        "기술지원/2024-03-11.json": [
            said("good"),
            7,
            {"ts": []},
            said("again"),
            said("fine", "2.5"),
        ],
        "기술지원/2024-03-12.json": cut,
        "기술지원/2024-03-13.json": "",
        "기술지원/2024-03-14.json": '{"no": "list"}',
        "기술지원/2024-03-15.json": [said("last", "1710461525.000000")],
        "users.json": [*USERS, {"name": "nobody"}],
        "channels.json": "[{",
    }
    export = read_tree_export(write_workspace(tmp_path, days, lists={}))
    assert export.texts == ["good", "fine", "kept", "last"]
    assert [(each.source.rpartition("/")[2], each.line) for each in export.rejections] == [
        ("export.zip!users.json", len(json.dumps(USERS, indent=1).splitlines())),
        ("export.zip!channels.json", 1),
        ("2024-03-11.json", 8),
        ("2024-03-11.json", 9),
        ("2024-03-11.json", 12),
        ("2024-03-12.json", 3),
        ("2024-03-13.json", None),
        ("2024-03-14.json", 1),
    ]


def test_large_days_are_read_piece_by_piece(tmp_path: Path) -> None:
    """A day larger than the limit gives the same messages and the same lines."""
    messages = [said(f"{number}번", f"17101159{number:02}.000000") for number in range(40)]
    messages[7]["text"] = "x" * 300
    path = write_workspace(tmp_path, {"기술지원/2024-03-11.json": messages})
    small, large = (
        read_tree_export(
            path, settings=ImportSettings(max_json_characters=limit, max_message_characters=200)
        )
        for limit in (1_000_000, 1_000)
    )
    assert len(small.messages) == 39
    assert large.messages == small.messages
    assert large.rejections == small.rejections
    assert small.rejections[0].line == 1 + 7 * 6 + 1


def test_times_follow_the_zone_asked_for(tmp_path: Path) -> None:
    """Slack knows only moments: UTC, or the zone of the settings."""
    path = write_workspace(tmp_path, {"기술지원/2024-03-11.json": [said("a")]})
    seoul = read_tree_export(path, settings=ImportSettings(timezone="Asia/Seoul"))
    assert seoul.messages[0].sent_at == "2024-03-11 09:12:05+09:00"
    assert read_tree_export(path).messages[0].sent_at == "2024-03-11 00:12:05+00:00"


def test_other_lists_of_objects_are_not_slack(tmp_path: Path) -> None:
    """Users alone, or dated logs of something else, are nobody's export."""
    path = write_workspace(tmp_path, {"logs/2024-03-11.json": [{"level": "info"}]})
    with pytest.raises(StopIteration):
        read_tree_export(path, importer="slack")


SAFE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(
    talks=st.lists(
        st.tuples(SAFE.filter(str.strip), st.integers(0, 3), st.booleans()), min_size=1, max_size=12
    )
)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talks: list[tuple[str, int, bool]]
) -> None:
    """Words, people and threads survive Slack's escapes, whatever characters they hold."""
    people = [f"사람 {number}" for number in range(4)]
    users = [{"id": f"U{n}", "name": f"u{n}", "real_name": name} for n, name in enumerate(people)]
    messages: list[dict[str, Any]] = []
    wanted: list[tuple[str, str, str | None]] = []
    for number, (text, person, is_reply) in enumerate(talks):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        message = said(escaped, f"17101159{number:02}.000100", f"U{person}")
        if is_reply and messages:
            message["thread_ts"] = messages[0]["ts"]
        messages.append(message)
        wanted.append((people[person], text, message.get("thread_ts")))
    folder = tmp_path_factory.mktemp("slack")
    export = read_tree_export(
        write_workspace(folder, {"c/2024-03-11.json": messages}, lists={"users.json": users})
    )
    assert [(each.speaker, each.text, each.reply_to) for each in export.messages] == wanted
    assert export.rejections == ()


KEYS = [
    "type", "ts", "text", "user", "subtype", "files", "blocks", "elements",
    "id", "name", "profile", "thread_ts", "attachments", "fields", "message", "bot_profile",
    "members",
]  # fmt: skip
ANY = any_json(KEYS)


@given(entry=ANY, user=ANY)
def test_any_type_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory, entry: Any, user: Any
) -> None:
    """Untrusted JSON is a message or a rejection, never an exception."""
    fields = entry if isinstance(entry, dict) else {}
    days = {"c/2024-03-11.json": [said("real"), entry, {**said("", "3.1"), **fields, "ts": "3.2"}]}
    lists = {"users.json": [user], "channels.json": [user], "dms.json": user}
    path = write_workspace(tmp_path_factory.mktemp("any"), days, lists=lists)
    assert "real" in read_tree_export(path, importer="slack").texts


def test_lone_day_file_is_named_after_itself(tmp_path: Path) -> None:
    """Nothing in a day file says which channel it is of."""
    export = read_export(write_export(tmp_path, "2024-03-11.json", json.dumps([said("안녕")])))
    assert [room.key for room in export.rooms] == ["2024-03-11.json"]
    assert export.texts == ["안녕"]
