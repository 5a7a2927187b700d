"""Does the verdict agree with people? Makes a blind labelling sheet, and scores it when labelled.

Run: python benchmarks/verdict.py sheet PROJECT OUT --half MODEL [--tuned MODEL] [--questions N]
then label OUT/first.csv and OUT/second.csv (two people, or one twice, days apart, without looking
at anything else), then: python benchmarks/verdict.py score OUT.

`sheet` asks the base model, a half-trained one (tune it with half the epochs, and name it) and the
tuned one N questions each (70), half of them Korean where the dataset has both, and plants 30
changed references: another digit, the opposite, swapped parties. The sheets hold question,
reference and answer in two random orders, and not who answered; OUT/answers.jsonl says it. In
`label` write followed, partly or not followed; `score` asks at least 200 rows labelled by both, and
prints Cohen's kappa, the share of each label, and the AUROC (followed against not followed; partly
apart) of the verdict, of cosine alone, and of the verdict calibrated on other conversations. Where
the two differ the row is left out of the AUROC and counted. The last line is one JSON object.
"""

import argparse
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chatmill.metrics.calibration import (
    VERDICTS,
    LabelledAnswer,
    auroc,
    calibrate,
    cohens_kappa,
)
from chatmill.models.client import ModelClient
from chatmill.models.progress import no_progress
from chatmill.project import Project
from chatmill.records import Score
from chatmill.stages.evaluate.embedding import embed_here
from chatmill.stages.evaluate.labels import read_labels
from chatmill.stages.evaluate.questions import AskedQuestion, questions_of, request_for
from chatmill.stages.evaluate.scoring import Answered, score_answers
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.jobs import latest_job
from measuring import machine

FEWEST_ROWS = 200
N_PLANTED = 30
SEED = 11
OPPOSITES = (
    ("수 있습니다", "수 없습니다"),
    ("있습니다", "없습니다"),
    ("됩니다", "되지 않습니다"),
    ("합니다", "하지 않습니다"),
    (" can ", " cannot "),
    (" is ", " is not "),
    (" should ", " should not "),
    (" supports ", " does not support "),
)
PARTIES = (("판매자", "구매자"), ("서버", "클라이언트"), ("server", "client"), ("TX", "RX"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One answer to label, and what the person who labels does not see."""

    number: int
    who: str
    """`base`, `half`, `tuned`, or how the reference was changed."""
    example_id: str
    conversation_id: str
    language: str
    question: str
    reference: str
    answer: str
    base_answer: str


def chosen(questions: Sequence[AskedQuestion], n: int) -> list[AskedQuestion]:
    """Draw questions, languages half and half where there are two."""
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    drawn: list[AskedQuestion] = []
    languages = sorted({each.language for each in questions})
    for language in languages:
        own = [each for each in questions if each.language == language]
        drawn += generator.sample(own, min(len(own), n // len(languages)))
    return drawn


def changed(reference: str, at: int) -> tuple[str, str] | None:
    """Change a reference so that it says something else; None where it offers no place."""
    kinds = ("digit", "opposite", "parties")
    for kind in (*kinds[at % 3 :], *kinds[: at % 3]):
        words = reference
        if kind == "digit" and (found := re.search(r"\d", reference)):
            digit = str((int(found.group()) + 4) % 10)
            words = reference[: found.start()] + digit + reference[found.end() :]
        elif kind == "opposite":
            pair = next((each for each in OPPOSITES if each[0] in reference), None)
            words = reference.replace(*pair, 1) if pair else reference
        elif kind == "parties":
            words = _swapped(reference)
        if words != reference:
            return kind, words
    return None


def _swapped(text: str) -> str:
    for one, other in PARTIES:
        if one in text or other in text:
            return text.replace(one, "\0").replace(other, one).replace("\0", other)
    return text


def make_sheet(options: argparse.Namespace) -> None:
    """Ask the three models, plant changes, and write the sheets."""
    with Project.open(options.project) as project:
        version = get_dataset(project.database, None)
        rows = questions_of(read_rows(project.folder / version.folder))
        questions = chosen([each for each in rows if each.split == "train"], options.questions)
        job = latest_job(project.database, version.name)
        if job is None or job.fine_tuned_model is None:
            raise SystemExit("tune a model first: chatmill train")
        names = {
            "base": job.base_model,
            "half": options.half,
            "tuned": options.tuned or job.fine_tuned_model,
        }
        said: dict[str, list[str]] = {}
        limit = project.settings.evaluate.max_answer_tokens
        with ModelClient.for_provider(
            job.provider, project.settings, base_model=job.base_model
        ) as client:
            for who, model in names.items():
                requests = [
                    request_for(each, model=model, system=each.system, max_tokens=limit)
                    for each in questions
                ]
                replies = client.chat_many(requests, stage="evaluate", database=project.database)
                said[who] = [reply.text for reply in replies]
    made = [(who, at, said[who][at]) for who in names for at in range(len(questions))]
    planted = [(at, found) for at, e in enumerate(questions) if (found := changed(e.reference, at))]
    made += [(kind, at, words) for at, (kind, words) in planted[:N_PLANTED]]
    sheet = [
        SheetRow(
            number=number,
            who=who,
            example_id=questions[at].example_id,
            conversation_id=questions[at].conversation_id,
            language=questions[at].language,
            question=questions[at].question,
            reference=questions[at].reference,
            answer=words,
            base_answer=said["base"][at],
        )
        for number, (who, at, words) in enumerate(made)
    ]
    write_sheets(options.out, sheet)
    print(f"{len(sheet)} answers: {dict(Counter(row.who for row in sheet))}")


def write_sheets(folder: Path, rows: Sequence[SheetRow]) -> None:
    """Write who said what, and two sheets in two orders that do not say it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(row), ensure_ascii=False) for row in rows]
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for seed, name in enumerate(("first.csv", "second.csv"), SEED):
        order = list(rows)
        random.Random(seed).shuffle(order)  # noqa: S311 - repeatable, not secret
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["question", "reference", "answer", "label", "correctness"])
            writer.writerows([row.question, row.reference, row.answer, "", ""] for row in order)


def score_sheets(folder: Path) -> dict[str, object]:
    """Hold the verdict against the labels both sheets agree on."""
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [SheetRow(**json.loads(line)) for line in lines]
    labels = []
    for name in ("first.csv", "second.csv"):
        found = read_labels(folder / name)
        labels.append({(e.question, e.answer): e.label for e in found if e.label is not None})
    both = [r for r in rows if all((r.question, r.answer) in each for each in labels)]
    if len(both) < FEWEST_ROWS:
        raise SystemExit(f"{len(both)} rows labelled twice, {FEWEST_ROWS} are needed")
    first = [str(labels[0][row.question, row.answer]) for row in both]
    second = [str(labels[1][row.question, row.answer]) for row in both]
    agreed = [at for at in range(len(both)) if first[at] == second[at]]
    scores = scored(rows)
    answers = [labelled(both[at], scores[both[at].number], first[at]) for at in agreed]
    result: dict[str, object] = {
        "rows": len(both),
        "kappa": round(cohens_kappa(first, second), 3),
        "agreed": len(agreed),
        "labels": dict(Counter(first[at] for at in agreed)),
        "who": dict(Counter(both[at].who for at in agreed)),
    }
    for language in ("all", "en", "ko"):
        own = [
            answer
            for answer, at in zip(answers, agreed, strict=True)
            if language in {"all", both[at].language}
        ]
        result[language] = compared(own)
    return result


def scored(rows: Sequence[SheetRow]) -> tuple[Score, ...]:
    """Score the answers as an evaluation does, in the order of the rows."""
    answered = [
        Answered(
            question=AskedQuestion(
                example_id=row.example_id,
                conversation_id=row.conversation_id,
                split="train",
                language=row.language,
                system="",
                turn=0,
                before=(),
                question=row.question,
                reference=row.reference,
            ),
            prompt="example",
            system="",
            answer=row.answer,
            is_cut=False,
            base_answer=row.base_answer,
        )
        for row in rows
    ]
    return score_answers(answered, lambda texts: embed_here(texts, no_progress), SEED).scores


def labelled(row: SheetRow, score: Score, label: str) -> LabelledAnswer:
    """Put a score beside its label."""
    return LabelledAnswer(
        cosine=score.cosine,
        facts=score.facts,
        polarity=score.polarity,
        rouge_l=score.rouge_l,
        verdict=score.verdict,
        label=next(each for each in VERDICTS if each == label),
        cluster=row.conversation_id,
    )


def compared(answers: Sequence[LabelledAnswer]) -> dict[str, object]:
    """Measure cosine, the verdict and the calibrated verdict."""
    clear = [each for each in answers if each.label != "partly"]
    kinds = np.array([each.label == "followed" for each in clear])
    if kinds.all() or not kinds.any():
        return {"rows": len(answers), "auroc": None}
    verdicts = np.array([10.0 * VERDICTS.index(each.verdict) + each.cosine for each in clear])
    found = calibrate(answers, SEED)
    return {
        "rows": len(answers),
        "auroc_cosine": round(auroc(np.array([e.cosine for e in clear]), kinds), 4),
        "auroc_verdict": round(auroc(verdicts, kinds), 4),
        "auroc_calibrated": round(found.auroc, 4),
        "agreement_verdict": round(found.agreement_before, 3),
        "agreement_calibrated": round(found.agreement, 3),
    }


def main() -> None:
    """Make the sheets, or score them."""
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    sheet = verbs.add_parser("sheet")
    sheet.add_argument("project", type=Path)
    sheet.add_argument("out", type=Path)
    sheet.add_argument("--half", required=True, metavar="MODEL")
    sheet.add_argument("--tuned", default="", metavar="MODEL")
    sheet.add_argument("--questions", type=int, default=70)
    score = verbs.add_parser("score")
    score.add_argument("out", type=Path)
    options = parser.parse_args()
    if options.verb == "sheet":
        make_sheet(options)
        return
    print(json.dumps({"benchmark": "verdict", **score_sheets(options.out), **machine()}))


if __name__ == "__main__":
    main()
