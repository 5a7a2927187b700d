"""The examples of the sample chats beside their conversations, and copies with other numbers."""

import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from chatmill.project import Project
from chatmill.records import Citation, Conversation, Example, Message, Turn
from chatmill.settings import Settings
from chatmill.store.examples import list_examples
from measuring import chatmill

SAMPLE = Path(__file__).resolve().parent.parent / "examples" / "wiznet-support"


def sample_examples() -> tuple[list[tuple[Example, Conversation]], Settings]:
    """Import and extract the sample chats in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "sample"
        chatmill(Path(folder), "init", str(place))
        shutil.copy(SAMPLE / "chatmill.toml", place)
        chatmill(place, "import", str(SAMPLE / "chats"))
        chatmill(place, "extract")
        project = Project.open(place)
        try:
            examples = list_examples(project.database)
            ids = {each.conversation_id for each in examples}
            rooms = {each.id: each for each in project.conversations.read(ids)}
            settings = project.settings
        finally:
            project.close()
    return [(each, rooms[each.conversation_id]) for each in examples], settings


def renumbered(
    example: Example, conversation: Conversation, number: int
) -> tuple[Example, Conversation]:
    """Copy an example with another number behind each text, so that no copy is like another."""
    added: list[Message] = []

    def told(text: str, side: str, turn: int) -> tuple[str, tuple[Citation, ...]]:
        words = f"{text} #{number}"
        added.append(Message(id=f"{side}{turn}", speaker=side, text=words))
        return words, (Citation(message_id=f"{side}{turn}", start=0, end=len(words), at=0),)

    turns = []
    for place, turn in enumerate(example.turns):
        question, asked = told(turn.question, "question", place)
        answer, said = told(turn.answer, "answer", place)
        turns.append(
            Turn(question=question, answer=answer, question_citations=asked, answer_citations=said)
        )
    return (
        replace(example, id=f"{example.id}{number}", turns=tuple(turns)),
        replace(conversation, messages=(*conversation.messages, *added)),
    )


def is_korean(text: str) -> bool:
    """Tell a Korean text by its letters."""
    return bool(re.search(r"[가-힣]", text))


if __name__ == "__main__":
    sys.stdout.write(f"{len(sample_examples()[0])} examples\n")
