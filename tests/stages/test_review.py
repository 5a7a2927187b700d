"""Review: the queue, decisions with edits, the text file, and recorded reviews."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from chatmill.errors import ReviewConflictError, ReviewFileError, UsageError
from chatmill.project import Project
from chatmill.records import Finding
from chatmill.stages import review
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples, get_example, list_findings, save_findings
from chatmill.store.tables import returned
from chatmill.text.pairs_file import (
    PairBlock,
    PairsFile,
    TurnText,
    decode,
    plain,
    read_pairs,
    same_words,
    write_pairs,
)
from review_room import PAIRS, SYSTEM, make_room

KIM = "김하늘"
FIRST_BLOCK = f"S) {SYSTEM}\nQ) {PAIRS[0][0]}\nA) {PAIRS[0][1]}\n"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Project]:
    """A project with five pending examples, one of which holds a Korean answer with a register."""
    with make_room(tmp_path / "room") as project:
        yield project


def decide(project: Project, number: int, action: review.ReviewAction, **more: object) -> str:
    """Decide as Kim about one of the examples; the decision's id."""
    decision_id = str(uuid4())
    review.decide(
        project,
        f"e{number:07d}",
        action,
        decision_id=decision_id,
        reviewer=KIM,
        **more,  # type: ignore[arg-type]  # the keywords of `decide`
    )
    return decision_id


def statuses(project: Project) -> list[str]:
    """Return the status of each example, in order."""
    return [get_example(project.database, f"e{number:07d}").status for number in range(len(PAIRS))]


def flag(project: Project, number: int, severity: str) -> None:
    """Put a finding on an example."""
    example_id = f"e{number:07d}"
    finding = Finding(
        example_id=example_id,
        check="grounding",
        severity=severity,  # type: ignore[arg-type]  # one of the three
        field="turns[0].answer",
        start=0,
        end=3,
        message="is not in the source",
    )
    save_findings(project.database, {example_id: [finding]}, {example_id: "x"})


# The queue


def test_flagged_examples_come_first(room: Project) -> None:
    """Errors, then warnings, then what improve sent back, then the rest as extracted."""
    flag(room, 3, "error")
    flag(room, 2, "warning")
    with room.database.write() as connection:
        connection.execute(
            sa.insert(returned).values(
                example_id="e0000004",
                evaluation_id="ev1",
                turn=0,
                question="IPv6?",
                cosine=0.31,
                answer="yes",
                reason="did not follow the training",
            )
        )
    ids = review.next_example_ids(room, limit=9)
    assert [int(each[1:]) for each in ids] == [3, 2, 4, 0, 1]
    first = review.next_example_for_review(room)
    assert first is not None
    assert first.id == "e0000003"
    item = review.review_item(room, "e0000004")
    assert [(each.cosine, each.answer) for each in item.returned] == [(0.31, "yes")]


def test_next_goes_round_and_leaves_out_what_is_decided(room: Project) -> None:
    """Skipping must lead to every waiting example once, and end when nothing else waits."""
    decide(room, 1, "keep")
    following = ["e0000002", "e0000003", "e0000004"]
    assert review.next_example_ids(room, after="e0000000", limit=9) == following
    assert review.next_example_ids(room, after="e0000004", limit=1) == ["e0000000"]
    assert review.previous_example_id(room, "e0000002") == "e0000001"
    assert review.previous_example_id(room, "e0000000") is None
    for number in (0, 2, 3, 4):
        decide(room, number, "reject")
    assert review.next_example_for_review(room) is None


def test_an_item_shows_its_source(room: Project) -> None:
    """The reviewer sees the cited messages in order and how many were left out between."""
    item = review.review_item(room, "e0000001")
    assert [(each.message.id, each.n_skipped) for each in item.source] == [("q1", 2), ("a1", 0)]


# Deciding


def test_an_edit_cites_what_stands_in_the_source_and_marks_the_rest(room: Project) -> None:
    """Typed words must be told from the source's own, and be checked at once."""
    answer = "The W5500 has 8 independent sockets. Typed 0x1234."
    decide(room, 0, "edit", turns=[review.TurnText(question=PAIRS[0][0], answer=answer)])
    example = get_example(room.database, "e0000000")
    turn = example.turns[0]
    assert example.status == "kept"
    assert turn.answer == answer
    cited = turn.answer_citations[0]
    assert turn.answer[cited.at : cited.at + cited.end - cited.start] == PAIRS[0][1]
    assert [turn.answer[t.at : t.at + t.length] for t in turn.answer_typed] == ["Typed 0x1234."]
    assert {each.origin for each in turn.answer_typed} == {"reviewer"}
    assert turn.question_citations
    assert not turn.question_typed
    before = list_findings(room.database, example_ids=["e0000000"])
    review.undo(room, KIM)
    assert get_example(room.database, "e0000000").turns[0].answer == PAIRS[0][1]
    review.redo(room, KIM)
    assert list_findings(room.database, example_ids=["e0000000"]) == before


def test_an_edit_is_checked_at_once(room: Project) -> None:
    """The reviewer sees a finding about the new words without running check again."""
    decide(room, 0, "edit", turns=[review.TurnText(question=PAIRS[0][0], answer="010-0000-1234")])
    found = list_findings(room.database, example_ids=["e0000000"])
    assert found["e0000000"]
    review.undo(room, KIM)
    assert not list_findings(room.database, example_ids=["e0000000"])


@pytest.mark.parametrize("answer", ["", "  \n "])
def test_an_edit_without_an_answer_is_refused(room: Project, answer: str) -> None:
    """Half a turn must never get into the dataset."""
    with pytest.raises(UsageError, match="no answer"):
        decide(room, 0, "edit", turns=[review.TurnText(question="Q?", answer=answer)])
    assert statuses(room)[0] == "pending"


def test_a_decision_is_recorded_once_however_often_it_is_sent(room: Project) -> None:
    """The page sends again after a lost answer; the log must not grow."""
    for _ in range(2):
        review.decide(
            room,
            "e0000000",
            "reject",
            decision_id="5c1f7e0e-0000-4000-8000-000000000001",
            reviewer=KIM,
            reason="중복",
        )
    assert len(list_decisions(room.database)) == 1
    with pytest.raises(UsageError, match="another example"):
        review.decide(
            room,
            "e0000001",
            "keep",
            decision_id="5c1f7e0e-0000-4000-8000-000000000001",
            reviewer=KIM,
        )


def test_a_decision_made_on_what_is_no_longer_so_is_refused(room: Project) -> None:
    """Two reviewers at one example: the second is told who was first."""
    decide(room, 0, "reject", seen="")
    with pytest.raises(ReviewConflictError, match=KIM):
        decide(room, 0, "keep", seen="")
    assert statuses(room)[0] == "rejected"


def test_undo_and_redo_have_no_limit(room: Project) -> None:
    """A wrong key, however long ago, can be taken back, and that again."""
    for number in range(4):
        decide(room, number, "keep" if number % 2 else "reject")
    after = statuses(room)
    for _ in range(4):
        assert review.undo(room, KIM) is not None
    assert review.undo(room, KIM) is None
    assert set(statuses(room)) == {"pending"}
    for _ in range(4):
        assert review.redo(room, KIM) is not None
    assert review.redo(room, KIM) is None
    assert statuses(room) == after


def test_undo_sent_twice_undoes_once(room: Project) -> None:
    """A retried undo must not eat a second decision."""
    decide(room, 0, "keep")
    decide(room, 1, "keep")
    again = str(uuid4())
    assert review.undo(room, KIM, decision_id=again) == review.undo(room, KIM, decision_id=again)
    assert statuses(room)[:2] == ["kept", "pending"]


def test_keep_clean_keeps_what_has_no_error_and_says_who_did(room: Project) -> None:
    """The policy decides like a reviewer with a name, and running it again changes nothing."""
    flag(room, 3, "error")
    flag(room, 2, "warning")
    assert len(review.keep_clean(room)) == 4
    assert statuses(room) == ["kept", "kept", "kept", "pending", "kept"]
    assert review.keep_clean(room) == []
    assert {each.reviewer for each in list_decisions(room.database)} == {"keep-clean"}


# Recorded reviews


def write_lines(path: Path, *lines: object) -> Path:
    """Write JSONL."""
    path.write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8"
    )
    return path


def test_a_recorded_review_is_applied_once(room: Project, tmp_path: Path) -> None:
    """The demo may be killed and started again: the same file decides the same, once."""
    path = write_lines(
        tmp_path / "review.jsonl",
        {"example_id": "e0000000", "action": "keep", "reviewer": "mina"},
        {
            "example_id": "e0000001",
            "action": "reject",
            "reason": "근거 없음",
            "reviewer": "mina",
        },
        {
            "example_id": "e0000002",
            "action": "edit",
            "reviewer": "mina",
            "turns": [{"question": PAIRS[2][0], "answer": "Up to 80 MHz."}],
        },
    )
    summary = review.apply_recorded(room, path)
    assert (summary.n_applied, summary.n_known) == (3, 0)
    assert statuses(room)[:3] == ["kept", "rejected", "kept"]
    again = review.apply_recorded(room, path)
    assert (again.n_applied, again.n_known) == (0, 3)
    assert len(list_decisions(room.database)) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"example_id": "없음", "action": "keep", "reviewer": "m"}, "no example 없음"),
        ({"example_id": "e0000001", "action": "delete", "reviewer": "m"}, "line 2"),
        ({"example_id": "e0000001", "action": "keep"}, "line 2.*reviewer"),
    ],
)
def test_a_wrong_recorded_review_changes_nothing(
    room: Project, tmp_path: Path, line: dict[str, str], said: str
) -> None:
    """All or nothing: the good first line must not be applied."""
    good = {"example_id": "e0000000", "action": "keep", "reviewer": "m"}
    path = write_lines(tmp_path / "review.jsonl", good, line)
    with pytest.raises(ReviewFileError, match=said):
        review.apply_recorded(room, path)
    assert set(statuses(room)) == {"pending"}


# The text file

nasty_lines = st.sampled_from(
    ["", " ", "#", "# e0000001  pending", "Q) x", "A)", "S) y", "\\", "\\Q)", "  a", "한글", "a\tb"]
)
texts = st.one_of(
    st.lists(nasty_lines, min_size=1, max_size=5).map("\n".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)
blocks = st.builds(
    lambda system, turns: (system, tuple(turns)),
    st.one_of(st.none(), texts),
    st.lists(st.builds(TurnText, question=texts, answer=texts), min_size=1, max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(written=st.lists(blocks, max_size=4), ends=st.sampled_from(["\n", "\r\n"]))
def test_any_text_comes_back_as_it_was(
    written: list[tuple[str | None, tuple[TurnText, ...]]], ends: str
) -> None:
    """Marks, blank lines, backslashes and control characters in a text must not break its block."""
    made = tuple(
        PairBlock(example_id=f"e{at}", status="pending", system=system, turns=turns)
        for at, (system, turns) in enumerate(written)
    )
    ids = tuple(block.example_id for block in made)
    text = write_pairs(
        PairsFile(export_id="ab12", decisions_up_to=7, exported=ids, blocks=made), language="ko"
    )
    saved = text.replace("\n", ends).encode("utf-8-sig")
    back = read_pairs(decode(saved, where="pairs.txt")[0], where="pairs.txt")
    assert (back.export_id, back.decisions_up_to, back.exported) == ("ab12", 7, ids)
    for before, after in zip(made, back.blocks, strict=True):
        pairs = zip(before.turns, after.turns, strict=True)
        assert (before.system is None) == (after.system is None)
        assert plain(before.system or "") == (after.system or "")
        for old, new in pairs:
            assert same_words(new.question, old.question, encoding="utf-8")
            assert same_words(new.answer, old.answer, encoding="utf-8")


def exported(project: Project, tmp_path: Path) -> Path:
    """Export all pending examples."""
    path = tmp_path / "pairs.txt"
    review.export_pairs(project, path)
    return path


def change(path: Path, old: str, new: str) -> None:
    """Edit the file as an editor does."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def delete_block(path: Path, number: int) -> None:
    """Delete an example's whole block."""
    parts = path.read_text(encoding="utf-8").split("\n\n")
    kept = [part for part in parts if not part.startswith(f"# e{number:07d}  ")]
    assert len(kept) == len(parts) - 1
    path.write_text("\n\n".join(kept), encoding="utf-8")


def test_what_is_left_is_kept_changed_is_edited_deleted_is_rejected(
    room: Project, tmp_path: Path
) -> None:
    """The one workflow of the file, and applying it again changes nothing."""
    path = exported(room, tmp_path)
    delete_block(path, 4)
    change(path, "Up to 80 MHz", "Up to 70 MHz")
    dry = review.apply_pairs(room, path, KIM, dry_run=True)
    assert set(statuses(room)) == {"pending"}
    done = review.apply_pairs(room, path, KIM)
    assert (done.kept, done.edited, done.rejected) == (dry.kept, dry.edited, dry.rejected)
    assert done.edited == ("e0000002",)
    assert statuses(room) == ["kept", "kept", "kept", "kept", "rejected"]
    assert get_example(room.database, "e0000002").turns[0].answer_typed
    assert list_decisions(room.database, example_id="e0000004")[0].reason == "deleted in the file"
    again = review.apply_pairs(room, path, KIM)
    assert len(again.unchanged) == 5
    assert len(list_decisions(room.database)) == 5


def test_the_same_file_can_be_edited_further(room: Project, tmp_path: Path) -> None:
    """Apply, look, change a word, apply: the second round is no conflict with the first."""
    path = exported(room, tmp_path)
    review.apply_pairs(room, path, KIM)
    change(path, "500 us", "1 ms")
    delete_block(path, 0)
    again = review.apply_pairs(room, path, KIM)
    assert (again.edited, again.rejected) == (("e0000003",), ("e0000000",))


def test_a_decision_in_the_page_since_the_export_is_a_conflict(
    room: Project, tmp_path: Path
) -> None:
    """What a colleague rejected must not come back because it was left in a file."""
    path = exported(room, tmp_path)
    decide(room, 1, "reject")
    decide(room, 2, "keep")  # says the same as the file
    with pytest.raises(ReviewConflictError, match=rf"e0000001 \(reject, {KIM}\)"):
        review.apply_pairs(room, path, "lee")
    assert statuses(room) == ["pending", "rejected", "kept", "pending", "pending"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# end of export", "# the end", "cut off"),
        ("# chatmill pairs", "# pairs", "line 1.*not a file"),
        ("# exported: e0000000 ", "# exported: ", "damaged"),
        ("# e0000001  pending", "# e9999999  pending", "e9999999 was not exported"),
        ("# e0000001  pending", "# e0000000  pending", "e0000000 stands here twice"),
        ("A) Up to 80 MHz", "Up to 80 MHz", "line .*ends without an A"),
        ("Q) What is", "What is", "without a Q"),
        ("A) Up to", "A) First\n\nUp to", "line .*belong to no example"),
        (FIRST_BLOCK, "", "has no text"),
        (f"A) {PAIRS[0][1]}", "A)", "no answer"),
    ],
)
def test_a_broken_file_changes_nothing(
    room: Project, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """A cut, wrong or broken file is refused with the place, and no other block is applied."""
    path = exported(room, tmp_path)
    change(path, old, new)
    with pytest.raises(ReviewFileError, match=said):
        review.apply_pairs(room, path, KIM)
    assert set(statuses(room)) == {"pending"}


def test_a_file_cut_off_anywhere_rejects_nothing(room: Project, tmp_path: Path) -> None:
    """Half a file looks like many deletions; it must be refused at every cut."""
    path = exported(room, tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - len("# end of export 12345678\n") + 10, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(ReviewFileError):
            review.apply_pairs(room, path, KIM)
    assert count_examples(room.database) == {"pending": 5}


def test_another_projects_file_is_refused(room: Project, tmp_path: Path) -> None:
    """Ids nobody here knows are named, and nothing is applied."""
    with make_room(tmp_path / "other", [("Only?", "This one is only here.")] * 7) as other:
        path = exported(other, tmp_path)
    with pytest.raises(ReviewFileError, match="no example e0000005, e0000006"):
        review.apply_pairs(room, path, KIM)


def test_a_file_saved_as_cp949_by_notepad_is_read(tmp_path: Path) -> None:
    """Korean Windows saves CP949; letters it cannot hold must not turn into edits."""
    pairs = [("질문입니다 😀?", "첫째 답변입니다."), ("둘째 질문?", "0x002F 레지스터입니다.")]
    with make_room(tmp_path / "room", pairs) as project:
        path = exported(project, tmp_path)
        change(path, "0x002F 레지스터입니다.", "0x002F 레지스터에 쓰십시오.")
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(text.encode("cp949", errors="replace"))
        done = review.apply_pairs(project, path, KIM)
        assert (done.encoding, done.kept, done.edited) == ("cp949", ("e0000000",), ("e0000001",))
        assert get_example(project.database, "e0000000").turns[0].question == "질문입니다 😀?"
        change_cp949 = path.read_bytes().replace("첫째".encode("cp949"), "세째".encode("cp949"))
        path.write_bytes(change_cp949)
        with pytest.raises(ReviewFileError, match=r"CP949.*Save the file as UTF-8"):
            review.apply_pairs(project, path, KIM)


def test_an_export_never_overwrites_edits(room: Project, tmp_path: Path) -> None:
    """A file that is there may hold an afternoon's work."""
    path = exported(room, tmp_path)
    with pytest.raises(UsageError, match="is there already"):
        review.export_pairs(room, path)
    assert review.export_pairs(room, path, overwrite=True) == 5


def test_findings_stand_in_the_file(room: Project, tmp_path: Path) -> None:
    """Somebody in an editor sees what a reviewer in the page sees, flagged first."""
    flag(room, 3, "error")
    text = exported(room, tmp_path).read_text(encoding="utf-8")
    assert "# e0000003  pending  ! is not in the source" in text
    assert text.index("# e0000003  ") < text.index("# e0000000  ")
