"""Records to JSON columns and back; one place, so that every table reads the same shape."""

from typing import Any

from chatmill.records import Citation, ExampleState, Turn, TypedSpan

Json = dict[str, Any]


def citation_to_json(citation: Citation) -> Json:
    """Encode a citation with its four fields."""
    return {
        "message_id": citation.message_id,
        "start": citation.start,
        "end": citation.end,
        "at": citation.at,
    }


def typed_to_json(span: TypedSpan) -> Json:
    """Encode a typed span with its three fields."""
    return {"at": span.at, "length": span.length, "origin": span.origin}


def turn_to_json(turn: Turn) -> Json:
    """Encode a turn; typed spans appear only where there are some."""
    encoded: Json = {
        "question": turn.question,
        "answer": turn.answer,
        "question_citations": [citation_to_json(each) for each in turn.question_citations],
        "answer_citations": [citation_to_json(each) for each in turn.answer_citations],
    }
    if turn.question_typed:
        encoded["question_typed"] = [typed_to_json(each) for each in turn.question_typed]
    if turn.answer_typed:
        encoded["answer_typed"] = [typed_to_json(each) for each in turn.answer_typed]
    return encoded


def turn_from_json(encoded: Json) -> Turn:
    """Decode what `turn_to_json` made."""
    return Turn(
        question=encoded["question"],
        answer=encoded["answer"],
        question_citations=tuple(Citation(**each) for each in encoded["question_citations"]),
        answer_citations=tuple(Citation(**each) for each in encoded["answer_citations"]),
        question_typed=tuple(TypedSpan(**each) for each in encoded.get("question_typed", ())),
        answer_typed=tuple(TypedSpan(**each) for each in encoded.get("answer_typed", ())),
    )


def turns_from_json(encoded: list[Json]) -> tuple[Turn, ...]:
    """Decode a list of turns."""
    return tuple(turn_from_json(each) for each in encoded)


def state_to_json(state: ExampleState) -> Json:
    """Encode what a decision sees or makes."""
    return {
        "status": state.status,
        "system": state.system,
        "turns": [turn_to_json(turn) for turn in state.turns],
    }


def state_from_json(encoded: Json) -> ExampleState:
    """Decode what `state_to_json` made."""
    return ExampleState(
        status=encoded["status"],
        system=encoded["system"],
        turns=turns_from_json(encoded["turns"]),
    )
