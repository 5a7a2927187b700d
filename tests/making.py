"""Small records for tests, made with as few words as they need."""

from chatmill.records import Citation, Example, Turn


def cited_turn(question: str, answer: str, *, message: str) -> Turn:
    """Make a turn whose question stands in message `{message}q` and answer in `{message}a`."""
    return Turn(
        question=question,
        answer=answer,
        question_citations=(Citation(message_id=f"{message}q", start=0, end=len(question), at=0),),
        answer_citations=(Citation(message_id=f"{message}a", start=0, end=len(answer), at=0),),
    )


def example(
    number: int,
    *,
    question: str = "",
    answer: str = "",
    conversation_id: str | None = None,
    language: str = "en",
) -> Example:
    """Make a pending example with one turn; number tells it from others."""
    turn = cited_turn(
        question or f"Which value has register {number}?",
        answer or f"Register {number} holds 0x{number:04X}.",
        message=f"m{number}",
    )
    return Example(
        id=f"e{number:04d}",
        conversation_id=conversation_id or f"room:{number}",
        system="This is information about the W5500.",
        turns=(turn,),
        extractor="rules",
        language=language,
    )
