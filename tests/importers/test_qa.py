"""`Q) … A) …` text: the marks go, every other letter stays."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading import read_export, write_export

LINE = st.from_regex(r"[a-zA-Z가-힣0-9?!.,' ]{1,30}", fullmatch=True).filter(
    lambda text: bool(text.strip()) and not text.startswith(" ")
)
PAIRS = st.lists(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=3), min_size=1, max_size=4)


@given(conversations=PAIRS)
def test_pairs_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, conversations: list[list[tuple[str, str]]]
) -> None:
    """Blocks become conversations, rounds become turns, letters and case are unchanged."""
    blocks = ["\n".join(f"Q) {q}\nA) {a}" for q, a in pairs) for pairs in conversations]
    path = write_export(tmp_path_factory.getbasetemp(), "faq.txt", "\n\n".join(blocks) + "\n")
    export = read_export(path, importer="qa")
    assert [room.key for room in export.rooms] == [
        f"faq.txt#{number}" for number in range(1, len(conversations) + 1)
    ]
    assert export.texts == [text for pairs in conversations for pair in pairs for text in pair]
    assert export.rejections == ()


def test_speakers_and_roles_follow_the_marks(tmp_path: Path) -> None:
    """The one who asks is the customer, the one who answers the agent."""
    export = read_export(write_export(tmp_path, "faq.txt", "Q) 몇 개?\nA) 8개.\n"))
    assert [(each.speaker, each.role) for each in export.messages] == [
        ("Q", "customer"),
        ("A", "agent"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Q. 몇 개?\nA. 8개.\n",
        "Q: 몇 개?\nA: 8개.\n",
        "문) 몇 개?\n답) 8개.\n",
        "질문: 몇 개?\n답변: 8개.\n",
        "Q1) 몇 개?\nA1) 8개.\n",
        "Q) 몇 개? A) 8개.\n",
        "Q)몇 개?\r\nA)8개.\r\n",
        "Q) 몇 개?\n\nA) 8개.\n",
    ],
)
def test_common_ways_to_mark(tmp_path: Path, text: str) -> None:
    """People write the marks in many ways; all give the same pair."""
    export = read_export(write_export(tmp_path, "faq.txt", text))
    assert export.importer == "qa"
    assert export.texts == ["몇 개?", "8개."]
    assert len(export.rooms) == 1


def test_paragraphs_of_an_answer_stay_together(tmp_path: Path) -> None:
    """A blank line ends a conversation only where a question follows."""
    text = "Q) How?\nA) First:\n  a) this\n\nThen that.\n\nQ) Else?\nA) No.\n"
    export = read_export(write_export(tmp_path, "faq.txt", text))
    assert export.texts == ["How?", "First:\n  a) this\n\nThen that.", "Else?", "No."]
    assert len(export.rooms) == 2


def test_words_before_the_first_question_are_rejected(tmp_path: Path) -> None:
    """A title above the pairs is listed, not lost."""
    text = "자주 묻는 질문\n\nA) 고아\nQ) 몇 개?\nA) 8개.\n"
    export = read_export(write_export(tmp_path, "faq.txt", text))
    assert export.texts == ["몇 개?", "8개."]
    assert [each.line for each in export.rejections] == [1, 3]
