"""Verified pairs to plant errors in: kept examples of the sample, gold pairs of dialogs."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatmill.records import Conversation, Example, Turn
from chatmill.stages.demo import find_sample, open_demo
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.stages.review.recorded import apply_recorded
from chatmill.store.examples import list_examples
from chatmill.text.alignment import Piece, join_pieces
from chatmill.text.language import detect_language
from chatmill.text.spans import Span, trimmed
from gold import conversation_of

ROOMS = Path(__file__).parent / "rooms" / "opened.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One example somebody approved, beside its conversation."""

    example: Example
    conversation: Conversation
    language: str


def verified_pairs(gold: Path | None) -> Iterator[Verified]:
    """Yield the sample's kept examples, the hand-made rooms' pairs, then a gold file's pairs.

    Args:
        gold: JSONL in the pairs scorer's format; None or missing for the sample alone.
    """
    with tempfile.TemporaryDirectory() as folder:
        yield from _sample(Path(folder) / "demo")
    for path in (ROOMS, gold):
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _gold(json.loads(line))


def _sample(folder: Path) -> Iterator[Verified]:
    sample = find_sample()
    with open_demo(folder, sample) as project:
        import_files(project, [sample.chats])
        extract(project)
        apply_recorded(project, sample.review)
        kept = [each for each in list_examples(project.database) if each.status == "kept"]
        rooms = {r.id: r for r in project.conversations.read({e.conversation_id for e in kept})}
        for example in kept:
            yield Verified(
                example=example, conversation=rooms[example.conversation_id],
                language=example.language,
            )  # fmt: skip


def _gold(row: dict[str, object]) -> Iterator[Verified]:
    conversation = conversation_of(row)
    by_id = {each.id: each for each in conversation.messages}
    pairs = (row.get("gold") or {}).get("qa") or []  # type: ignore[attr-defined]  # plain JSON
    for number, pair in enumerate(pairs):
        asked, said = (
            join_pieces(
                Piece(by_id[i], trimmed(by_id[i].text, Span(0, len(by_id[i].text))))
                for i in pair[side]
                if by_id[i].text.strip()
            )
            for side in ("question_ids", "answer_ids")
        )
        if not asked.text or not said.text:
            continue
        turn = Turn(
            question=asked.text, answer=said.text,
            question_citations=asked.citations, answer_citations=said.citations,
        )  # fmt: skip
        language = detect_language(f"{asked.text} {said.text}") or "en"
        yield Verified(
            example=Example(
                id=f"{conversation.id}/{number}", conversation_id=conversation.id,
                system="This is information about the subject.", turns=(turn,), extractor="gold",
                language=language,
            ),
            conversation=conversation,
            language=language,
        )  # fmt: skip
