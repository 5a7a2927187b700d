"""Previews: an edit checked and compared while it is written, nothing stored."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chatmill.stages import review
from chatmill.stages.review.preview import compare_words
from chatmill.store.examples import get_example
from review_room import PAIRS, make_room


def test_an_edit_is_checked_before_it_is_saved(tmp_path: Path) -> None:
    """The findings are those a save would store, the changes those to the source."""
    with make_room(tmp_path / "room") as project:
        question, answer = PAIRS[0]
        words = review.TurnText(question=question, answer=f"{answer} 전화 010-0000-1234")
        made = review.preview_edit(project, "e0000000", system=None, turns=[words])
        assert any("phone" in each.message for each in made.item.findings)
        changes = made.changes["turns[0].answer"]
        assert [(each.kind, each.text) for each in changes] == [
            ("same", answer),
            ("added", " 전화 010-0000-1234"),
        ]
        assert list(made.changes) == ["turns[0].answer"]
        assert get_example(project.database, "e0000000").turns[0].answer == answer


@given(
    st.text(alphabet="가나 다ab😀\n.", max_size=30), st.text(alphabet="가나 다ab😀\n.", max_size=30)
)
def test_a_comparison_holds_both_texts_whole(source: str, written: str) -> None:
    """Nothing is lost between what was and what is."""
    changes = compare_words(source, written)
    assert "".join(each.text for each in changes if each.kind != "added") == source
    assert "".join(each.text for each in changes if each.kind != "removed") == written
