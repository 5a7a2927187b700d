"""A small room with examples to review, made for the tests of review and its page."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatmill.checks import check_example, example_fingerprint
from chatmill.project import InitAnswers, Project
from chatmill.records import Conversation, Example, Message, Turn
from chatmill.settings import FILE_NAME
from chatmill.store.examples import save_conversation_examples, save_findings
from chatmill.text.alignment import cite

SYSTEM = "This is information about the W5500's sockets."

PAIRS: tuple[tuple[str, str], ...] = (
    ("How many sockets does the W5500 have?", "The W5500 has 8 independent sockets."),
    (
        "W5500의 keep-alive는 어떻게 켜나요?",
        "Sn_KPALVTR 레지스터(0x002F)에 5초 단위로 값을 넣으십시오.",
    ),
    ("What is the SPI clock limit?", "Up to 80 MHz, and 33.3 MHz is guaranteed."),
    ("리셋 핀은 얼마나 눌러야 하나요?", "RSTn을 500 us 이상 Low로 유지하십시오."),
    ("Does it do IPv6?", "No, the W5500 is IPv4 only. Look at the W6100 for IPv6."),
)


def make_room(
    folder: Path,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    *,
    systems: Sequence[str] = (),
    language: str = "",
    options: Mapping[str, Mapping[str, str | float]] | None = None,
) -> Project:
    """Make a project with one conversation and one pending, checked example a pair."""
    project = Project.create(folder, InitAnswers(products=("W5500",), language=language))
    if options:
        with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
            for section, values in options.items():
                lines = (f"{name} = {json.dumps(value)}\n" for name, value in values.items())
                file.write(f"\n[{section}]\n{''.join(lines)}")
        project = Project.open(folder)
    conversation = conversation_of(pairs)
    head = Conversation(id=conversation.id, source=conversation.source, platform="jsonl")
    rows = [(head, message) for message in conversation.messages]
    project.conversations.write_part("room", rows, batch_messages=1000)
    examples = [
        example_of(conversation, at, system=systems[at] if systems else SYSTEM)
        for at in range(len(pairs))
    ]
    save_conversation_examples(project.database, conversation.id, examples, [], "1")
    save_findings(
        project.database,
        {each.id: check_example(each, conversation, project.settings) for each in examples},
        {each.id: example_fingerprint(each, conversation, project.settings) for each in examples},
    )
    return project


def conversation_of(pairs: Sequence[tuple[str, str]]) -> Conversation:
    """Make the conversation: each question and answer is a message."""
    messages: list[Message] = []
    for at, (question, answer) in enumerate(pairs):
        messages += [
            Message(id=f"q{at}", speaker="박서준", role="customer", text=question),
            Message(id=f"a{at}", speaker="Mina", role="agent", text=answer),
        ]
    return Conversation(
        id="jsonl:room",
        source="room.jsonl",
        platform="jsonl",
        title="W5500 room",
        messages=tuple(messages),
    )


def example_of(conversation: Conversation, at: int, *, system: str = SYSTEM) -> Example:
    """Make the example whose words are messages `q{at}` and `a{at}`."""
    by_id = {message.id: message for message in conversation.messages}
    question = cite(by_id[f"q{at}"].text, [by_id[f"q{at}"]])
    answer = cite(by_id[f"a{at}"].text, [by_id[f"a{at}"]])
    return Example(
        id=f"e{at:07d}",
        conversation_id=conversation.id,
        system=system,
        turns=(
            Turn(
                question=question.text,
                answer=answer.text,
                question_citations=question.citations,
                answer_citations=answer.citations,
            ),
        ),
        extractor="rules",
        context=(f"q{at}", f"a{at}"),
    )
