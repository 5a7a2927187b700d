"""Citations: where a text stands in messages, letter for letter."""

from hypothesis import given
from hypothesis import strategies as st

from chatmill.records import Message
from chatmill.text.alignment import (
    CitedText,
    Piece,
    broken_citations,
    cite,
    join_pieces,
    uncited,
)
from chatmill.text.spans import Span
from talking import message

ANSWER = "Yes, set its Sn_TXBUF_SIZE to 16 and give evry other socket 0."


def assert_exact(made: CitedText, messages: list[Message]) -> None:
    """Every citation reproduces the text, and citations and typed spans cover it."""
    assert not broken_citations(made.text, made.citations, messages)
    assert not uncited(made.text, made.citations, made.typed)
    places = [each.at for each in made.citations]
    assert places == sorted(places)


def test_an_unchanged_text_is_one_citation() -> None:
    """Nothing is typed where nothing was changed."""
    made = cite(ANSWER, [message(0, "Hi"), message(1, ANSWER)])
    assert [(c.message_id, c.start, c.end, c.at) for c in made.citations] == [
        ("m1", 0, len(ANSWER), 0)
    ]
    assert made.typed == ()


def test_a_mended_word_is_typed_and_the_rest_stays_cited() -> None:
    """A reviewer sees exactly the word somebody put in."""
    source = [message(0, ANSWER)]
    made = cite(ANSWER.replace("evry", "every"), source)
    assert_exact(made, source)
    assert [made.text[t.at : t.at + t.length] for t in made.typed] == ["every"]
    assert made.typed[0].origin == "reviewer"


def test_a_mended_korean_word_is_typed() -> None:
    """Word edges hold in Korean, where a particle belongs to its word."""
    source = [message(0, "Sn_RX_RSR, 0x0026 번지 2바이트를 읽으새요.")]
    made = cite("Sn_RX_RSR, 0x0026 번지 2바이트를 읽으세요.", source)
    assert_exact(made, source)
    assert made.text[made.typed[0].at :].startswith("읽으세요")


def test_a_changed_number_is_never_cited() -> None:
    """`0x0` of `0x0039` must not vouch for `0x0030`."""
    source = [message(0, "It returns 0x04 at address 0x0039.")]
    made = cite("It returns 0x04 at address 0x0030.", source)
    assert [made.text[t.at : t.at + t.length] for t in made.typed] == ["0x0030."]


def test_pieces_are_joined_by_white_space_only() -> None:
    """A cut inside a message leaves a blank, a new message a new line."""
    first, second = message(0, "Use mode 0. Thanks! Then reset."), message(1, "Wait 1 ms.")
    made = join_pieces(
        [Piece(first, Span(0, 11)), Piece(first, Span(20, 31)), Piece(second, Span(0, 10))]
    )
    assert made.text == "Use mode 0. Then reset.\nWait 1 ms."
    assert_exact(made, [first, second])


WORDS = st.lists(
    st.sampled_from(
        ["W5500", "은", "reset", "핀을", "0x04", "0x0", "set.", "ok,", "SPI\n", "안", "됩니다"]
    )
)


@given(WORDS, WORDS)
def test_any_edit_can_be_cited(source_words: list[str], edited_words: list[str]) -> None:
    """Whatever a person types, citations are exact and everything else is marked as typed."""
    source = [message(0, " ".join(source_words)), message(1, " ".join(reversed(source_words)))]
    assert_exact(cite(" ".join(edited_words), source), source)
