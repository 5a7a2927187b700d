"""A small room, the example the extractor draws from it, and edits of that example."""

from dataclasses import replace

from chatmill.checks import check_example
from chatmill.extractors.rules import RulesExtractor
from chatmill.records import Conversation, Example, Finding
from chatmill.settings import Settings
from chatmill.text.alignment import cite
from chatmill.threads import thread_conversation
from talking import settings, talk


def room() -> Conversation:
    """A question about sockets and one by somebody else about a pin."""
    return talk(
        "Ana| Hi. How many sockets can the W5500 open at once?",
        "Mina Park| @Ana It has 8 sockets, see SIMR at 0x0018.",
        "고은찬| W6100 RSTn은 몇 us나 Low로 둬야 하나요?",
        "이도현 [WIZnet]| @고은찬 최소 500us 이상 두세요.",
    )


def drawn(number: int = 0) -> Example:
    """Return what the extractor makes of it."""
    threaded = thread_conversation(room(), settings())
    return RulesExtractor().extract(threaded, settings()).examples[number]


def edited(
    number: int = 0, /, *, question: str = "", answer: str = "", system: str | None = None
) -> Example:
    """Return the example after a person changed some of its words."""
    example = drawn(number)
    turn = example.turns[0]
    messages = room().messages
    if question:
        asked = cite(question, messages)
        turn = replace(
            turn,
            question=question,
            question_citations=asked.citations,
            question_typed=asked.typed,
        )
    if answer:
        said = cite(answer, messages)
        turn = replace(
            turn, answer=answer, answer_citations=said.citations, answer_typed=said.typed
        )
    line = example.system if system is None else system
    return replace(example, system=line, turns=(turn,))


def found_by(
    check: str, example: Example, conversation: Conversation, known: Settings | None = None
) -> list[Finding]:
    """Return what one check finds, or one kind of it (`odd.image`)."""
    found = check_example(example, conversation, known or settings())
    return [each for each in found if check in (each.check, each.check.partition(".")[0])]
