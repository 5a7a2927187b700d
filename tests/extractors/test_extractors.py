"""The contract every extractor of the table keeps."""

from collections.abc import Iterator

import pytest

from chatmill.errors import SettingsError
from chatmill.extractors.table import extractor_names, load_extractor
from chatmill.settings import Settings
from chatmill.text.alignment import broken_citations, uncited
from chatmill.threads import thread_conversation
from openai_server import OpenAIServer
from replying import asking, first_pair
from talking import settings, talk

ROOM = talk(
    "Ana| Hi. How many sockets has the W5500?",
    "Mina Park| It has 8.",
    "고은찬| 혹시 W6100 일정이 나왔나요?",
)


@pytest.fixture
def scripted() -> Iterator[Settings]:
    """Settings of an extractor that asks a model: it finds the first message answered."""
    with OpenAIServer() as server:
        server.answer = first_pair
        yield asking(server, base=settings())


@pytest.mark.parametrize("name", extractor_names())
def test_every_extractor_cites_and_explains(name: str, scripted: Settings) -> None:
    """Words are the source's own, what is left out has a reason, twice gives the same."""
    extractor = load_extractor(name)
    threaded = thread_conversation(ROOM, scripted)
    found = extractor.extract(threaded, scripted)
    assert found.examples
    assert found == extractor.extract(threaded, scripted)
    assert extractor.name == name
    assert extractor.version
    assert all(each.stage == "extract" and each.reason for each in found.rejections)
    for example in found.examples:
        assert example.conversation_id == ROOM.id
        assert example.extractor == name
        assert "\n" not in example.system
        for turn in example.turns:
            assert not broken_citations(turn.question, turn.question_citations, ROOM.messages)
            assert not broken_citations(turn.answer, turn.answer_citations, ROOM.messages)
            assert not uncited(turn.question, turn.question_citations, turn.question_typed)
            assert not uncited(turn.answer, turn.answer_citations, turn.answer_typed)


def test_an_unknown_extractor_is_refused_with_the_known_ones() -> None:
    """A typing mistake in the settings says what could have been meant."""
    with pytest.raises(SettingsError, match="Known: rules"):
        load_extractor("rulez")
