"""Store: the order of the queue, and counts that are kept instead of counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chatmill.records import Cluster, Decision, Finding
from chatmill.store.clusters import save_corpus
from chatmill.store.database import Database
from chatmill.store.decisions import append_decision, state_on
from chatmill.store.examples import save_conversation_examples, save_findings
from chatmill.store.queue import (
    QueueChoice,
    fold_counts,
    list_in_queue_order,
    next_pending_ids,
    previous_id,
    read_progress,
    set_certainties,
)
from chatmill.store.returned import ReturnedQuestion, return_examples
from chatmill.store.tables import conversation_sources, queue_changes, review_queue
from making import example

ROOMS = {"room:a": range(3), "room:b": range(3, 6)}
IDS = [f"e{number:04d}" for number in range(6)]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Six pending examples of two rooms."""
    opened = Database.open(database_url)
    for room, numbers in ROOMS.items():
        made = [example(number, conversation_id=room) for number in numbers]
        save_conversation_examples(opened, room, made, [], "1")
    yield opened
    opened.close()


def find(database: Database, example_id: str, *severities: str) -> None:
    """Let checks find something, or nothing."""
    found = [
        Finding(
            example_id=example_id,
            check="grounding",
            severity=each,  # type: ignore[arg-type] # one of the three
            field="",
            start=0,
            end=0,
            message="소켓 수가 다릅니다",
        )
        for each in severities
    ]
    save_findings(database, {example_id: found}, {example_id: str(uuid4())})


def decide(database: Database, example_id: str, status: str, reviewer: str = "김하늘") -> None:
    """Decide about an example."""
    with database.write() as connection:
        before = state_on(connection, example_id)
        append_decision(
            connection,
            Decision(
                id=str(uuid4()),
                example_id=example_id,
                reviewer=reviewer,
                action="reject" if status == "rejected" else "keep",
                before=before,
                after=replace(before, status=status),  # type: ignore[arg-type] # one of the three
            ),
        )


def queue(database: Database, *, after: str | None = None, **choice: str) -> list[str]:
    """List what comes next."""
    chosen = QueueChoice(**choice)  # type: ignore[arg-type] # names of its fields
    return next_pending_ids(database, after=after, limit=10, choice=chosen)


def test_errors_come_first_then_what_triage_is_least_sure_of(database: Database) -> None:
    """The order people asked for; without a triage warnings and returned ones come early."""
    decide(database, IDS[1], "kept")
    question = ReturnedQuestion(
        example_id=IDS[1],
        evaluation_id="v1-a",
        turn=0,
        question="?",
        cosine=0.1,
        answer="!",
        reason="did not follow",
    )
    return_examples(database, [question])
    find(database, IDS[5], "error", "warning")
    find(database, IDS[4], "warning")
    find(database, IDS[3], "info")
    order = [IDS[5], IDS[4], IDS[1], IDS[0], IDS[2], IDS[3]]
    assert queue(database) == order
    assert list_in_queue_order(database, "pending") == order
    with database.write() as connection:
        set_certainties(connection, {IDS[3]: 0.02, IDS[0]: 0.9, IDS[4]: 0.99, IDS[5]: 1.0})
    assert queue(database) == [IDS[5], IDS[3], IDS[1], IDS[0], IDS[4], IDS[2]]
    find(database, IDS[5])
    assert queue(database)[-2:] == [IDS[5], IDS[2]]


def test_going_on_and_going_back(database: Database) -> None:
    """After one comes the next, at the end the start; back goes over decided ones too."""
    assert queue(database, after=IDS[4]) == [IDS[5], *IDS[:4]]
    assert queue(database, after="nothing") == IDS
    decide(database, IDS[2], "rejected")
    assert queue(database, after=IDS[1]) == [*IDS[3:], IDS[0]]
    assert previous_id(database, before=IDS[3]) == IDS[2]
    assert previous_id(database, before=IDS[0]) is None


def test_by_topic_file_reviewer_and_age(database: Database) -> None:
    """A person takes the part of the queue they know about, oldest or newest first."""
    find(database, IDS[5], "error")
    topic = Cluster(kind="topic", name="소켓 8", example_ids=(IDS[0], IDS[5], IDS[2]))
    save_corpus(database, [topic], [], [], "1")
    with database.write() as connection:
        values = {"conversation_id": "room:b", "source": "채팅.txt"}
        connection.execute(sa.insert(conversation_sources).values(values))
    assert queue(database, topic="소켓 8") == [IDS[5], IDS[0], IDS[2]]
    assert queue(database, topic="소켓 8", order="age") == [IDS[0], IDS[2], IDS[5]]
    assert queue(database, topic="소켓 8", order="newest") == [IDS[5], IDS[2], IDS[0]]
    assert queue(database, file="채팅.txt") == [IDS[5], IDS[3], IDS[4]]
    assert queue(database, order="newest", after=IDS[4]) == [*reversed(IDS[:4]), IDS[5]]
    decide(database, IDS[3], "kept", reviewer="이도현")
    decide(database, IDS[3], "pending", reviewer="이도현")
    assert queue(database, reviewer="이도현") == [IDS[3]]
    assert queue(database, reviewer="nobody") == []


def counted(database: Database) -> Counter[tuple[str, int]]:
    """Count the rows themselves."""
    query = sa.select(review_queue.c.status, review_queue.c.rank)
    with database.read() as connection:
        return Counter((row[0], row[1]) for row in connection.execute(query))


def test_counts_are_what_counting_gives(database: Database) -> None:
    """Whatever writes to examples, findings or returned, the kept counts stay true."""
    find(database, IDS[0], "error")
    find(database, IDS[1], "warning", "info")
    decide(database, IDS[2], "kept")
    decide(database, IDS[3], "rejected")
    find(database, IDS[0])
    made = [replace(example(number, conversation_id="room:b")) for number in (4, 7)]
    save_conversation_examples(database, "room:b", made, [], "2")
    for fold in (False, True):
        rows = counted(database)
        progress = read_progress(database)
        assert progress.n_total == rows.total()
        assert progress.n_kept == sum(n for (status, _), n in rows.items() if status == "kept")
        assert progress.n_rejected == sum(
            n for (status, _), n in rows.items() if status == "rejected"
        )
        assert progress.n_flagged == rows["pending", 0] + rows["pending", 1] == 1
        if not fold:
            for number in range(101):
                decide(database, IDS[0], "kept" if number % 2 else "pending")
            with database.write() as connection:
                fold_counts(connection)
                left = sa.select(sa.func.count()).select_from(queue_changes)
                assert connection.execute(left).scalar_one() == 0
