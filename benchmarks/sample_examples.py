"""The examples of the sample chats beside their conversations, and copies with other numbers."""

import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from chatmill.project import Project
from chatmill.records import Conversation, Example
from chatmill.settings import Settings
from chatmill.store.examples import list_examples
from chatmill.text.alignment import cite
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

    def told(text: str) -> str:
        return f"{text} #{number}"

    messages = tuple(replace(m, text=told(m.text)) for m in conversation.messages)
    turns = []
    for turn in example.turns:
        last_q, last_a = turn.question_citations, turn.answer_citations
        question, answer = turn.question, turn.answer
        asked, said = cite(question, messages), cite(answer, messages)
        turns.append(
            replace(
                turn,
                question_citations=asked.citations if last_q else (),
                answer_citations=said.citations if last_a else (),
            )
        )
    return (
        replace(example, id=f"{example.id}{number}", turns=tuple(turns)),
        replace(conversation, messages=messages),
    )


def is_korean(text: str) -> bool:
    """Tell a Korean text by its letters."""
    return bool(re.search(r"[가-힣]", text))


if __name__ == "__main__":
    sys.stdout.write(f"{len(sample_examples()[0])} examples\n")
