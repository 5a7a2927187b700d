"""Fills a project with made-up support chats and their examples, as many as are asked for."""

import random
from collections.abc import Iterator

import pyarrow as pa
import sqlalchemy as sa

from chatmill.frames.columns import UNPLACED_SCHEMA
from chatmill.project import Project
from chatmill.store.database import Database
from chatmill.store.tables import clusters, conversation_sources, examples, findings

EXAMPLES_A_CHAT = 5
EXAMPLES_AT_ONCE = 5_000
CHATS_A_FILE = 1_000
TOPICS = 200
MESSAGES_A_ROW_GROUP = 50_000
"""What an import writes at once by default."""
ERROR_EVERY, WARNING_EVERY = 50, 10
TALK = (
    "W5500 W6100 소켓 버퍼 설정 문의 드립니다 리셋 회로 확인 감사합니다 PHY 링크 LED 전압 3.3V "
    "예제 코드 데이터시트 컴파일 오류 how many sockets does it have thanks 네 SPI 클럭 MHz "
    "레지스터 0x0039 인터럽트 keep-alive 타임아웃 재전송 MAC 주소 DHCP 서버 "
    "게이트웨이 펌웨어 업데이트 부트로더"
)
WORDS = tuple(TALK.split())
SYSTEM = "This is information about the W5500's sockets."


def fill(project: Project, n_examples: int) -> None:
    """Write chats and examples; what triggers and indexes make of them is made too."""
    chats = n_examples // EXAMPLES_A_CHAT
    project.conversations.write_tables("chats", _message_tables(chats))
    for start in range(0, n_examples, EXAMPLES_AT_ONCE):
        numbers = range(start, min(start + EXAMPLES_AT_ONCE, n_examples))
        with project.database.write() as connection:
            connection.execute(sa.insert(examples), [_example(each) for each in numbers])
            connection.execute(sa.insert(findings), list(_findings(numbers)))
            connection.execute(sa.insert(clusters), [_topic(each) for each in numbers])
            connection.execute(
                sa.insert(conversation_sources),
                [
                    {"conversation_id": _chat(each), "source": _file(each)}
                    for each in numbers[::EXAMPLES_A_CHAT]
                ],
            )
    tidy(project.database)


def tidy(database: Database) -> None:
    """Do what a database does by itself in quiet hours: statistics, and rows nobody needs."""
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")


def _texts(number: int) -> tuple[str, str]:
    """Make the question and the answer of an example, always the same ones."""
    rng = random.Random(number)  # noqa: S311 - no secret
    question = f"{' '.join(rng.choices(WORDS, k=rng.randint(6, 20)))} {number}?"
    answer = f"{' '.join(rng.choices(WORDS, k=rng.randint(8, 40)))} {number}."
    return question, answer


def _chat(number: int) -> str:
    return f"jsonl:chat{number // EXAMPLES_A_CHAT}"


def _file(number: int) -> str:
    return f"tickets-{number // EXAMPLES_A_CHAT // CHATS_A_FILE}.jsonl"


def _example(number: int) -> dict[str, object]:
    question, answer = _texts(number)
    turns = [
        {
            "question": question,
            "answer": answer,
            "question_citations": [_citation(f"q{number}", question)],
            "answer_citations": [_citation(f"a{number}", answer)],
        }
    ]
    return {
        "id": f"{number:016x}",
        "position": number,
        "conversation_id": _chat(number),
        "language": "ko",
        "extractor": "rules",
        "status": "pending",
        "system": SYSTEM,
        "turns": turns,
        "extracted_turns": turns,
        "context": [f"q{number}", f"a{number}"],
    }


def _citation(message_id: str, text: str) -> dict[str, object]:
    return {"message_id": message_id, "start": 0, "end": len(text), "at": 0}


def _findings(numbers: range) -> Iterator[dict[str, object]]:
    for number in numbers:
        if number % WARNING_EVERY == 0:
            yield {
                "example_id": f"{number:016x}",
                "check": "grounding",
                "severity": "error" if number % ERROR_EVERY == 0 else "warning",
                "field": "turns[0].answer",
                "start": 0,
                "end": 3,
                "message": "the source does not say this",
                "evidence": "",
            }


def _topic(number: int) -> dict[str, object]:
    topic = number * 7919 % TOPICS
    return {
        "number": topic,
        "kind": "topic",
        "name": f"{WORDS[topic % len(WORDS)]} {topic}",
        "example_id": f"{number:016x}",
        "is_keeper": False,
    }


def _message_tables(chats: int) -> Iterator[pa.Table]:
    chats_a_table = MESSAGES_A_ROW_GROUP // (2 * EXAMPLES_A_CHAT)
    for start in range(0, chats, chats_a_table):
        numbers = range(
            start * EXAMPLES_A_CHAT, min(start + chats_a_table, chats) * EXAMPLES_A_CHAT
        )
        yield pa.Table.from_pylist(
            [row for number in numbers for row in _messages(number)], schema=UNPLACED_SCHEMA
        )


def _messages(number: int) -> Iterator[dict[str, object]]:
    for sign, speaker, role, text in zip(
        "qa", ("박서준", "Mina"), ("customer", "agent"), _texts(number), strict=True
    ):
        yield {
            "conversation_id": _chat(number),
            "source": _file(number),
            "platform": "jsonl",
            "title": _chat(number),
            "language": "ko",
            "message_id": f"{sign}{number}",
            "speaker": speaker,
            "role": role,
            "kind": "text",
            "sent_at": "2026-03-02 10:00",
            "text": text,
            "original": "",
            "reply_to": None,
            "attachments": [],
        }
