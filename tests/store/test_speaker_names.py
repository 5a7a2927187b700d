"""Which names are one person: kept in SQL, read as an overlay, never a placeholder for a name."""

from collections.abc import Iterator

import pytest

from chatmill.store.database import Database
from chatmill.store.speaker_names import (
    SameSpeaker,
    Speaker,
    SpeakerNames,
    is_placeholder,
    read_overlay,
    read_speaker_names,
    record_same_speakers,
    speaker_of,
)

KIM, KIM_AT_WORK = speaker_of("a", "김민수"), speaker_of("b", "김민수 대리(삼성)")
ME_A, ME_B = speaker_of("a", "회원님"), speaker_of("b", "회원님")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a new project database."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


def test_placeholder_means_another_person_in_every_source() -> None:
    """A name is one person wherever it stands, 회원님 and You are whoever made the file."""
    assert Speaker(source="", name="김민수") == KIM
    assert ME_A != ME_B
    assert [is_placeholder(name) for name in ("회원님", "You", "you", "Young")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("new", "old", "shown"),
    [(KIM_AT_WORK, KIM, KIM), (KIM, ME_A, KIM), (ME_B, KIM, KIM), (ME_B, ME_A, ME_A)],
)
def test_older_name_is_kept_but_no_placeholder(new: Speaker, old: Speaker, shown: Speaker) -> None:
    """Whichever came first, a person is never called 회원님 where there is a name."""
    names = SpeakerNames("c")
    names.join(new, old)
    assert names.kept(new) == names.kept(old) == shown
    assert names.join(old, new) is None


def test_names_learnt_later_reach_the_whole_chain(database: Database) -> None:
    """Two weeks of 회원님 are one person, and a name for one of them is a name for both."""
    names = SpeakerNames("c")
    pairs = [names.join(ME_B, ME_A), names.join(KIM, ME_A), names.join(KIM_AT_WORK, KIM)]
    record_same_speakers(database, [pair for pair in pairs if pair])
    assert read_overlay(database) == {
        "c": {
            ("a", "회원님"): "김민수",
            ("b", "회원님"): "김민수",
            ("", "김민수 대리(삼성)"): "김민수",
        }
    }
    assert read_speaker_names(database, ["other"]) == {}


def test_recording_again_replaces(database: Database) -> None:
    """A killed import that is run again leaves one row for each name."""
    pair = SameSpeaker(conversation_id="c", speaker=ME_A, same_as=KIM)
    record_same_speakers(database, [pair])
    record_same_speakers(database, [pair])
    assert read_speaker_names(database)["c"].overlay() == {("a", "회원님"): "김민수"}
