"""The store of conversations: append-only, whole or not at all, in order, quick to ask."""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.errors import SettingsError, StorageError, UsageError
from chatmill.frames import SCHEMA, ConversationStore, Engine, Row
from chatmill.frames.bulk import END, in_order
from chatmill.frames.columns import table_of
from chatmill.frames.parts import SeenMessages
from chatmill.records import Conversation, Message

BATCH = 3


def header(conversation_id: str, *, source: str = "a.txt") -> Conversation:
    """A conversation without messages."""
    return Conversation(id=conversation_id, source=source, platform="test", title="방")


def message(name: str, *, at: str = "", text: str = "안녕") -> Message:
    """A message with a time."""
    return Message(id=name, speaker="김", sent_at=at, text=text)


def rows(conversation_id: str, *messages: Message) -> list[Row]:
    """Messages of one conversation as a stream."""
    return [(header(conversation_id), each) for each in messages]


def ids(conversation: Conversation) -> list[str]:
    """Message ids in order."""
    return [each.id for each in conversation.messages]


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """An empty store in a folder whose name is full of glob signs."""
    return ConversationStore(tmp_path / "한글 [x] {y} *" / "conversations")


def test_messages_come_back_field_by_field(store: ConversationStore) -> None:
    """Nothing of a message is lost on disk, in any script."""
    full = Message(
        id="m1",
        speaker="박지현 [WIZnet]",
        role="agent",
        kind="file",
        sent_at="2024-03-11 09:12",
        text="줄\n바꿈 😀 \u202f\0끝",
        reply_to="m0",
        attachments=("회로도.pdf", "b"),
    )
    store.write_part("p", rows("test:방", full), batch_messages=BATCH)
    assert list(store) == [
        Conversation(
            id="test:방",
            source="a.txt",
            platform="test",
            title="방",
            language="",
            messages=(full,),
        )
    ]


def test_empty_store_answers_everything(store: ConversationStore) -> None:
    """A new project has no conversations, and no question about them fails."""
    assert list(store) == []
    assert store.count() == (0, 0)
    assert store.fingerprints() == {}
    assert store.known_message_ids("x") == set()


def test_known_messages_are_not_written_again(store: ConversationStore) -> None:
    """A grown export adds only what is new, over batches and parts."""
    old = rows("c", *(message(f"m{number}") for number in range(7)))
    first = store.write_part("p1", old, batch_messages=BATCH)
    assert (first.n_messages, first.n_new) == (7, 7)
    grown = [*old, *rows("c", message("m7"), message("m8"))]
    second = store.write_part("p2", grown, batch_messages=BATCH)
    assert (second.n_conversations, second.n_messages, second.n_new) == (1, 9, 2)
    assert ids(store.get("c")) == [f"m{number}" for number in range(9)]
    assert store.known_message_ids("c") == {f"m{number}" for number in range(9)}
    assert store.count() == (1, 9)


def test_nothing_new_makes_no_part(store: ConversationStore) -> None:
    """Importing the same again leaves the folder as it was."""
    store.write_part("p1", rows("c", message("m1")), batch_messages=BATCH)
    store.write_part("p2", rows("c", message("m1")), batch_messages=BATCH)
    assert [path.name for path in Path(store.address).iterdir()] == ["000001-p1.parquet"]


def test_same_message_twice_in_a_stream_is_one(store: ConversationStore) -> None:
    """A message met twice in one file is stored once, also across batches."""
    twice = rows("c", *(message(f"m{number % 5}") for number in range(10)))
    assert store.write_part("p", twice, batch_messages=BATCH).n_new == 5


def test_same_id_in_two_conversations_is_two_messages(store: ConversationStore) -> None:
    """Message ids are unique only inside their conversation."""
    both = [*rows("a", message("m1")), *rows("b", message("m1"))]
    assert store.write_part("p", both, batch_messages=BATCH).n_new == 2


def test_writing_a_part_again_replaces_it(store: ConversationStore) -> None:
    """An import killed after its part stood, but before it was noted, is simply run again."""
    store.write_part("p1", rows("a", message("m1")), batch_messages=BATCH)
    store.write_part("p2", rows("b", message("m1")), batch_messages=BATCH)
    before = {path.name: path.read_bytes() for path in Path(store.address).iterdir()}
    again = ConversationStore(store.address)
    assert again.write_part("p1", rows("a", message("m1")), batch_messages=BATCH).n_new == 1
    assert {path.name: path.read_bytes() for path in Path(store.address).iterdir()} == before


def test_conversations_keep_the_order_of_import(store: ConversationStore) -> None:
    """Conversations come in the order they were first seen, whatever their names."""
    store.write_part("z", rows("z", message("1")) + rows("y", message("1")), batch_messages=BATCH)
    store.write_part("a", rows("a", message("1")) + rows("z", message("2")), batch_messages=BATCH)
    assert [each.id for each in store] == ["z", "y", "a"]
    assert [each.id for each in store.read(["a", "y", "nobody"])] == ["y", "a"]


def test_parts_of_a_room_merge_by_time(store: ConversationStore) -> None:
    """Another phone's older messages go where they belong; lines without time keep their place."""
    phone = rows(
        "c",
        message("b", at="2024-03-11 09:12"),
        message("c"),
        message("f", at="2024-03-11 09:20"),
        message("e", at="2024-03-11 09:19"),
    )
    other = rows(
        "c",
        message("a", at="2024-03-11T09:10:30"),
        message("d", at="2024-03-11 09:13"),
        message("g"),
        message("h", at="2024-03-12 00:00"),
    )
    store.write_part("p1", phone, batch_messages=BATCH)
    store.write_part("p2", other, batch_messages=BATCH)
    assert ids(store.get("c")) == ["a", "b", "c", "d", "g", "f", "e", "h"]


def test_a_part_newest_first_is_turned_around(store: ConversationStore) -> None:
    """A table sorted the other way round reads like any talk; one slip changes nothing."""
    minutes = ("2024-03-11 09:14", "2024-03-11 09:13", "2024-03-11 09:13", "2024-03-11 09:12")
    newest_first = [message(f"m{4 - at}", at=minute) for at, minute in enumerate(minutes)]
    store.write_part("a", rows("c1", *newest_first), batch_messages=BATCH)
    assert ids(store.get("c1")) == ["m1", "m2", "m3", "m4"]
    slip = [message("s1", at="2024-03-11 09:12"), message("s2", at="2024-03-11 09:11")]
    late = [message("s3", at="2024-03-11 09:11"), message("s4", at="2024-03-11 09:13")]
    store.write_part("b", rows("c2", *slip, *late), batch_messages=BATCH)
    assert ids(store.get("c2")) == ["s1", "s2", "s3", "s4"]


def test_untimed_parts_follow_each_other(store: ConversationStore) -> None:
    """Where nothing has a date, later parts go to the end."""
    store.write_part("p1", rows("c", message("z"), message("y", at="10:30")), batch_messages=BATCH)
    store.write_part("p2", rows("c", message("a", at="09:00")), batch_messages=BATCH)
    assert ids(store.get("c")) == ["z", "y", "a"]


def test_fingerprint_changes_with_the_messages_only(store: ConversationStore) -> None:
    """A stage that skips unchanged conversations sees exactly those that grew."""
    store.write_part("p1", rows("a", message("1")) + rows("b", message("1")), batch_messages=BATCH)
    before = store.fingerprints()
    store.write_part("p2", rows("a", message("1")), batch_messages=BATCH)
    assert store.fingerprints() == before
    store.write_part("p3", rows("b", message("2")), batch_messages=BATCH)
    after = store.fingerprints()
    assert after["a"] == before["a"]
    assert after["b"] != before["b"]


def test_language_is_told_from_the_words(store: ConversationStore) -> None:
    """A conversation says its language where the export did not; photos do not count."""
    korean = rows("ko", message("1", text="W5500 소켓이 몇 개죠?"), message("2", text="Thanks"))
    english = rows("en", message("1", text="How many sockets has the W5500?"))
    store.write_part("p", korean + english, batch_messages=BATCH)
    assert [each.language for each in store] == ["ko", "en"]


def test_unknown_conversation_is_refused(store: ConversationStore) -> None:
    """A wrong id is answered with what to do."""
    with pytest.raises(UsageError, match="no conversation 'x'"):
        store.get("x")


def test_broken_stream_leaves_nothing_behind(store: ConversationStore) -> None:
    """An import that fails half way leaves neither a part nor a file beside it."""

    def stream() -> Iterator[Row]:
        yield from rows("c", *(message(f"m{number}") for number in range(10)))
        raise UsageError("the file went away")

    store.write_part("p1", rows("c", message("m1")), batch_messages=BATCH)
    with pytest.raises(UsageError):
        store.write_part("p2", stream(), batch_messages=BATCH)
    assert [path.name for path in Path(store.address).iterdir()] == ["000001-p1.parquet"]
    assert store.write_part("p3", rows("c", message("m2")), batch_messages=BATCH).n_new == 1


def test_leftovers_of_a_killed_write_are_swept(store: ConversationStore) -> None:
    """What a killed process left beside the parts is never read and goes with the next write."""
    Path(store.address).mkdir(parents=True)
    (Path(store.address) / ".000001-p.parquet.partial").write_bytes(b"half")
    assert list(store) == []
    store.write_part("q", rows("c", message("1")), batch_messages=BATCH)
    assert [path.name for path in Path(store.address).iterdir()] == ["000001-q.parquet"]


FULL_DISK = """
import sys
from pathlib import Path
from chatmill.errors import StorageError
from chatmill.frames import ConversationStore
from chatmill.records import Conversation, Message
header = Conversation(id="c", source="a", platform="test")
texts = (str(hash((number, 1))) * 50 for number in range(20000))
stream = ((header, Message(id=str(at), speaker="", text=text)) for at, text in enumerate(texts))
try:
    ConversationStore(Path(sys.argv[1])).write_part("big", stream, batch_messages=1000)
except StorageError as error:
    print(error)
    sys.exit(7)
"""


def test_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """When no more can be written, the refusal says so and the store stays as it was."""

    def limit_file_size() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    folder = tmp_path / "conversations"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_file_size,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    assert done.returncode == 7, done.stderr
    assert "Check free disk space" in done.stdout
    assert list(folder.iterdir()) == []


def test_damaged_part_is_named(store: ConversationStore) -> None:
    """A part that is no Parquet is one clear line, not a traceback."""
    Path(store.address).mkdir(parents=True)
    (Path(store.address) / "000001-x.parquet").write_bytes(b"PAR1 no table PAR1")
    with pytest.raises(StorageError, match="cannot be read"):
        store.count()


def test_parts_have_the_documented_columns(store: ConversationStore) -> None:
    """Anybody can read the parts with any Parquet reader, by these columns."""
    store.write_part("p", rows("c", message("1")), batch_messages=BATCH)
    table = pq.read_table(next(Path(store.address).iterdir()))
    assert table.schema.names == SCHEMA.names


def test_importing_chatmill_does_not_load_daft() -> None:
    """`chatmill --help` stays quick: dataframes are loaded by the commands that need them."""
    code = "import sys, chatmill, chatmill.project, chatmill.cli.app; print('daft' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_missing_cluster_is_said_at_once() -> None:
    """An address where nothing listens is one line within seconds, not minutes of waiting."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    with pytest.raises(SettingsError, match=r"\[engine\] address .*no Ray cluster answers"):
        Engine(runner="ray", address=address).daft()


@given(data=st.data())
def test_results_come_in_order_whatever_order_they_are_made_in(data: st.DataObject) -> None:
    """Workers finish when they finish; what is written depends on the items only."""
    counts = data.draw(st.lists(st.integers(0, 4), max_size=6))
    made = [[b"%d" % number for number in range(count)] + [END] for count in counts]
    turns = data.draw(st.permutations([at for at, results in enumerate(made) for _ in results]))
    queues = [iter(results) for results in made]
    found = list(in_order((at, next(queues[at])) for at in turns))
    assert found == [(at, each) for at, results in enumerate(made) for each in results[:-1]]


def test_part_that_stays_is_still_known(store: ConversationStore) -> None:
    """Reading a source again in vain leaves its part alone, and its messages known."""
    store.write_part("p1", rows("c", message("m1")), batch_messages=BATCH)
    store.write_part("p1", [], batch_messages=BATCH)
    assert store.write_part("p2", rows("c", message("m1")), batch_messages=BATCH).n_new == 0
    assert store.count() == (1, 1)


@given(batches=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=30), max_size=12))
def test_every_message_is_new_once(batches: list[list[int]]) -> None:
    """However messages come and come again, each is taken the first time, in the order it came."""
    seen, known = SeenMessages(np.empty(0, np.uint64)), set[int]()
    for batch in batches:
        table = table_of(rows("c", *(message(f"m{number}") for number in batch)))
        expected = [number for number in dict.fromkeys(batch) if number not in known]
        known.update(expected)
        taken = seen.take_new(table).column("message_id").to_pylist()
        assert taken == [f"m{number}" for number in expected]
