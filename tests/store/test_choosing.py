"""Store: examples are found by filters and by words, a page at a time, on each database."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chatmill.project import Project
from chatmill.records import Cluster
from chatmill.stages import review
from chatmill.store.choosing import Choice, choose_ids, choose_page, facet_value, list_facets
from chatmill.store.clusters import save_corpus
from chatmill.store.tables import conversation_sources, example_scores, triage_predictions
from chatmill.text.grams import read_search
from review_room import make_room

PAIRS = (
    ("How many sockets does the W5500 have?", "The W5500 has 8 independent sockets."),
    ("소켓을 몇 개까지 열 수 있나요?", "소켓은 8개까지 열립니다."),
    ("What is the SPI clock limit?", "Up to 99 MHz, and 33.3 MHz is guaranteed."),
    ("리셋 핀은 얼마나 눌러야 하나요?", "RSTn을 500 us 이상 Low로 유지하십시오."),
    ("W6100도 되나요?", "네, 소켓 API가 같습니다."),
)
IDS = [f"e{number:07d}" for number in range(len(PAIRS))]


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Iterator[Project]:
    """Five examples with everything one can choose by."""
    with make_room(tmp_path / "room", PAIRS, options={"store": {"url": database_url}}) as made:
        clusters = [
            Cluster(kind="topic", name="소켓", keeper="", example_ids=(IDS[0], IDS[1])),
            Cluster(kind="near", name="", keeper=IDS[0], example_ids=(IDS[0], IDS[4])),
        ]
        save_corpus(made.database, clusters, [], [], "1")
        room_id = "jsonl:room"
        with made.database.write() as connection:
            source = {"conversation_id": room_id, "source": "room.jsonl"}
            connection.execute(sa.delete(conversation_sources))
            connection.execute(sa.insert(conversation_sources), [source])
            score = {"example_id": IDS[3], "verdict": "not followed", "cosine": 0.2}
            connection.execute(sa.insert(example_scores), [score])
            sure = [
                {"example_id": each, "model": 1, "made_after": 0, "keep": 0.2 * at}
                for at, each in enumerate(IDS)
            ]
            connection.execute(sa.insert(triage_predictions), sure)
        review.decide(made, IDS[1], "keep", decision_id=str(uuid4()), reviewer="김하늘")
        review.decide(made, IDS[2], "reject", decision_id=str(uuid4()), reviewer="Mina")
        made.database.catch_up()
        yield made


def chosen(room: Project, **wanted: object) -> list[int]:
    """Choose, and return the places of what was found."""
    choice = Choice(**wanted)  # type: ignore[arg-type] # names of its fields
    return [IDS.index(each) for each in choose_ids(room.database, choice, most=100)]


def test_every_filter_finds_its_own(room: Project) -> None:
    """Status, finding, check, topic, cluster, product, file, reviewer, score, confidence."""
    assert chosen(room) == [0, 1, 2, 3, 4]
    assert chosen(room, status="pending") == [0, 3, 4]
    assert chosen(room, status="kept") == [1]
    assert chosen(room, topic="소켓") == [0, 1]
    assert chosen(room, cluster="near") == [0, 4]
    assert 0 in chosen(room, product="W5500")
    assert chosen(room, source="room.jsonl") == [0, 1, 2, 3, 4]
    assert chosen(room, reviewer="Mina") == [2]
    assert chosen(room, score="not followed") == [3]
    assert chosen(room, keep_from=0.5) == [3, 4]
    flagged = set(range(5)) - set(chosen(room, severity="none"))
    checks = {each.value for each in list_facets(room.database, "check", limit=50)}
    by_check = {at for each in checks for at in chosen(room, check=each)}
    assert by_check == flagged
    assert chosen(room, status="pending", topic="소켓", cluster="near") == [0]
    assert chosen(room, topic="nobody's") == []


def test_words_are_found_in_korean_and_english(room: Project) -> None:
    """Two syllables with a particle glued on, beginnings of words, several words, and none."""
    assert chosen(room, words=read_search("소켓")) == [1, 4]
    assert chosen(room, words=read_search("GUARANTEED")) == [2]
    assert chosen(room, words=read_search('"소켓 API"')) == [4]
    assert chosen(room, words=read_search("소켓 8개")) == [1]
    assert chosen(room, words=read_search("소켓"), status="pending") == [4]
    assert chosen(room, words=read_search("펌웨어")) == []


def test_pages_follow_each_other(room: Project) -> None:
    """Each example once, in one order, and the end is said."""
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = choose_page(room.database, Choice(), after=after, limit=2)
        seen += page.example_ids
        after = page.after
        assert not page.is_cut
    assert seen == IDS


def test_facets_count_what_can_be_chosen(room: Project) -> None:
    """The number beside a filter is the number of examples it shows."""
    found = {each.value: each for each in list_facets(room.database, "status", limit=9)}
    counts = {value: each.n_examples for value, each in found.items()}
    assert counts == {"pending": 3, "kept": 1, "rejected": 1}
    assert facet_value(room.database, found["kept"].id) == "kept"
    assert facet_value(room.database, 999_999) == ""
