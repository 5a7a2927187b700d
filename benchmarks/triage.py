"""Triage on labels that are known: `triage.py PAIRS.jsonl [N_DECIDED …]`.

PAIRS holds questions with the answers people gave (`{"messages": [question, answer]}` a line).
Most stay as they are and are to be kept. In the task `odd` one in five gets an answer nobody should
learn (`planted_odd.py`), in `mixed` one more in five the answer of another question; both are to be
rejected. The first N_DECIDED of them (100, 300 and 1,000 without it) are decided accordingly, all
others wait, and what triage says of those is compared with the truth it never saw. Last line: one
JSON object.
"""

import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import sqlalchemy as sa

from chatmill.checks import check_example
from chatmill.project import InitAnswers, Project
from chatmill.records import Citation, Conversation, Decision, Example, ExampleState, Message, Turn
from chatmill.stages.review.triage import train_triage, triage_status
from chatmill.stages.review.triage.calibration import area_under_curve, calibration_error
from chatmill.stages.review.triage.logistic import log_loss
from chatmill.store.decisions import append_step
from chatmill.store.examples import save_conversation_examples, save_findings
from chatmill.store.tables import triage_predictions
from gold import opened
from measuring import machine
from planted_odd import ANSWERS

SEED = 7
SYSTEM = "This is information about everyday life."
SHARE = 0.2
TASKS = ("odd", "mixed")
Pair = tuple[str, str, bool]
"""Question, answer, and whether it is to be kept."""


def planted_pairs(path: Path, task: str) -> list[Pair]:
    """Read the pairs and plant what is to be rejected."""
    with opened(path) as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [(row["messages"][0]["text"], row["messages"][1]["text"]) for row in rows]
    language = rows[0].get("language") or "en"
    odd = [text for texts in ANSWERS[language].values() for text in texts if "{}" not in text]
    rng = random.Random(SEED)  # noqa: S311 - no secret
    rng.shuffle(pairs)
    planted: list[Pair] = []
    for question, answer in pairs:
        kind = rng.random()
        if kind < SHARE:
            planted.append((question, rng.choice(odd), False))
        elif kind < 2 * SHARE and task == "mixed":
            planted.append((question, rng.choice(pairs)[1], False))
        else:
            planted.append((question, answer, True))
    return planted


def fill(project: Project, pairs: list[Pair]) -> None:
    """Store the pairs as checked, pending examples."""
    rooms = [room_of(at, pair) for at, pair in enumerate(pairs)]
    project.conversations.write_part(
        "pairs",
        [
            (Conversation(id=r.id, source=r.source, platform=r.platform), m)
            for r in rooms
            for m in r.messages
        ],
        batch_messages=5_000,
    )
    for at, room in enumerate(rooms):
        example = example_of(at, room)
        save_conversation_examples(project.database, room.id, [example], [], "1")
        found = check_example(example, room, project.settings)
        save_findings(project.database, {example.id: found}, {example.id: "1"})


def room_of(at: int, pair: Pair) -> Conversation:
    """Make a conversation of one question and one answer."""
    return Conversation(
        id=f"pair:{at}",
        source="pairs.jsonl",
        platform="jsonl",
        messages=(
            Message(id="q", speaker="a", role="customer", text=pair[0]),
            Message(id="a", speaker="b", role="agent", text=pair[1]),
        ),
    )


def example_of(at: int, room: Conversation) -> Example:
    """Make the example whose words stand in it letter for letter."""
    question, answer = (message.text for message in room.messages)
    turn = Turn(
        question=question,
        answer=answer,
        question_citations=(Citation(message_id="q", start=0, end=len(question), at=0),),
        answer_citations=(Citation(message_id="a", start=0, end=len(answer), at=0),),
    )
    return Example(
        id=f"e{at:06d}", conversation_id=room.id, system=SYSTEM, turns=(turn,), extractor="planted"
    )


def decide(project: Project, pairs: list[Pair], numbers: range) -> None:
    """Record the true decision about each example."""
    made = []
    for at in numbers:
        example = example_of(at, room_of(at, pairs[at]))
        before = ExampleState(status="pending", system=SYSTEM, turns=example.turns)
        kept = pairs[at][2]
        made.append(
            Decision(
                id=str(uuid5(NAMESPACE_URL, example.id)),
                example_id=example.id,
                reviewer="truth",
                action="keep" if kept else "reject",
                before=before,
                after=ExampleState(
                    status="kept" if kept else "rejected", system=SYSTEM, turns=example.turns
                ),
            )
        )
    with project.database.write() as connection:
        append_step(connection, made)


def measured(project: Project, pairs: list[Pair], n_decided: int) -> dict[str, object]:
    """Compare what it says of what waits with the truth."""
    began = time.perf_counter()
    summary = train_triage(project)
    seconds = time.perf_counter() - began
    status = triage_status(project)
    found: dict[str, object] = {
        "decided": n_decided,
        "state": summary.state,
        "seconds": round(seconds, 1),
        "said_calibration_error": round(summary.figures.calibration_error, 4),
        "offer": asdict(status.offer),
    }
    with project.database.read() as connection:
        rows = connection.execute(
            sa.select(triage_predictions.c.example_id, triage_predictions.c.keep).where(
                triage_predictions.c.model == summary.model
            )
        ).all()
    if not rows:
        return found
    keep = np.array([row.keep for row in rows])
    truth = np.array([float(pairs[int(row.example_id[1:])][2]) for row in rows])
    usual = np.full(len(truth), truth.mean())
    sure = keep >= (status.offer.threshold or 2.0)
    found |= {
        "waiting": len(rows),
        "calibration_error": round(calibration_error(keep, truth), 4),
        "area": round(area_under_curve(keep, truth), 4),
        "log_loss": round(log_loss(keep, truth), 4),
        "usual_log_loss": round(log_loss(usual, truth), 4),
        "sure_precision": round(float(truth[sure].mean()), 4) if sure.any() else None,
        "sure_coverage": round(float(sure.mean()), 4),
        "above_99_precision": round(float(truth[keep >= 0.99].mean()), 4)  # noqa: PLR2004
        if (keep >= 0.99).any()  # noqa: PLR2004
        else None,
        "above_99": int((keep >= 0.99).sum()),  # noqa: PLR2004
    }
    return found


def main(path: Path, sizes: list[int]) -> None:
    """Measure after more and more decisions."""
    results = []
    for task in TASKS:
        pairs = planted_pairs(path, task)
        with (
            tempfile.TemporaryDirectory() as folder,
            Project.create(Path(folder) / "room", InitAnswers()) as project,
        ):
            fill(project, pairs)
            for since, size in pairwise([0, *sizes]):
                decide(project, pairs, range(since, size))
                results.append({"task": task, **measured(project, pairs, size)})
                print(json.dumps(results[-1]))
    print(json.dumps({"benchmark": "triage", "results": results, **machine()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(each) for each in sys.argv[2:]] or [100, 300, 1_000])
