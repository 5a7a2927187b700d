"""The causes and patterns of one evaluation of a project, found once and kept beside its scores."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatmill.causes.contrasts import Contrast
from chatmill.causes.evidence import (
    CauseFound,
    CauseHints,
    CauseVectors,
    TrainedTurn,
    TrainingNeighbour,
)
from chatmill.causes.finding import find_causes, without_names
from chatmill.causes.nearest import nearest_rows
from chatmill.causes.patterns import Pattern, Patterns, find_patterns
from chatmill.errors import StorageError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.project import Project
from chatmill.records import Evaluation, Score
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.examples import list_findings

if TYPE_CHECKING:
    import numpy as np

DIAGNOSIS_NAME = "causes.json"
FORMAT = 1
EMBEDDED_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why questions of one evaluation did not follow, and what they have in common."""

    failed: tuple[Score, ...]
    """Questions that did not follow, as they stand in the scores."""
    causes: tuple[CauseFound, ...]
    """One a failure."""
    patterns: Patterns


def diagnose(project: Project, evaluation: Evaluation) -> Diagnosis:
    """Find causes and patterns of an evaluation; what was found before is read again.

    The first time embeds every trained turn: some 700 a second and core.

    Args:
        project: Whose evaluation.
        evaluation: One of it.

    Raises:
        DatasetError: The version it asked is gone.
        StorageError: Its scores cannot be read, or the result cannot be kept.
        ModelError: The embedding model does not answer.
    """
    folder = project.folder / evaluation.folder
    scores = [e for e in read_scores(folder / SCORES_NAME) if e.prompt == "example"]
    failed = [each for each in scores if each.verdict == "not followed"]
    stamp = {"format": FORMAT, "scores": _stamp(folder / SCORES_NAME)}
    known = _read(folder / DIAGNOSIS_NAME, stamp)
    if known is not None:
        return Diagnosis(failed=tuple(failed), causes=known[0], patterns=known[1])
    trained = _trained(project, evaluation)
    causes, patterns = _found(project, scores, failed, trained)
    _write(folder / DIAGNOSIS_NAME, stamp, causes, patterns)
    return Diagnosis(failed=tuple(failed), causes=tuple(causes), patterns=patterns)


def _trained(project: Project, evaluation: Evaluation) -> list[TrainedTurn]:
    version = get_dataset(project.database, evaluation.dataset)
    return [
        TrainedTurn(
            example_id=row.example_id, turn=turn, question=asked.question, answer=asked.answer
        )
        for row in read_rows(project.folder / version.folder)
        if row.split == "train"
        for turn, asked in enumerate(row.turns)
    ]


def _found(
    project: Project, scores: Sequence[Score], failed: Sequence[Score], trained: list[TrainedTurn]
) -> tuple[list[CauseFound], Patterns]:
    products = tuple(project.settings.project.products)
    plain = [without_names(each.question, products) for each in scores]
    taught = [without_names(each.question, products) for each in trained]
    wanted = [
        *plain, *taught, *(e.answer for e in trained),
        *(text for e in failed for text in (e.reference, e.answer)),
    ]  # fmt: skip
    vector_of = _vectors(project, wanted)
    asked, questions = vector_of(plain), vector_of(taught)
    rows = [at for at, each in enumerate(scores) if each.verdict == "not followed"]
    vectors = CauseVectors(
        asked=asked[rows],
        references=vector_of([each.reference for each in failed]),
        said=vector_of([each.answer for each in failed]),
        questions=questions,
        answers=vector_of([each.answer for each in trained]),
    )
    hints = CauseHints(
        max_answer_tokens=project.settings.evaluate.max_answer_tokens,
        ungrounded=_ungrounded(project, {each.example_id for each in failed}),
        products=products,
    )
    causes = find_causes(failed, trained, vectors, hints)
    near = _nearest_other(scores, trained, asked, questions)
    return causes, find_patterns(scores, asked, near, causes, products)


def _nearest_other(
    scores: Sequence[Score],
    trained: Sequence[TrainedTurn],
    asked: "np.ndarray",
    known: "np.ndarray",
) -> list[float]:
    """Return the cosine of the nearest trained question that is not the question's own turn."""
    places, cosines = nearest_rows(asked, known, 2)
    found = []
    for score, at, near in zip(scores, places.tolist(), cosines.tolist(), strict=True):
        others = [
            cosine
            for place, cosine in zip(at, near, strict=True)
            if (trained[place].example_id, trained[place].turn) != (score.example_id, score.turn)
        ]
        found.append(max(others, default=-1.0))
    return found


def _ungrounded(project: Project, example_ids: set[str]) -> dict[str, str]:
    """Count what the grounding check says of examples; its words are not masked and stay there."""
    known = list_findings(project.database, example_ids=example_ids) if example_ids else {}
    counts = {
        example_id: sum(e.check.startswith("grounding") and e.severity != "info" for e in found)
        for example_id, found in known.items()
    }
    return {
        example_id: f"the grounding check has {n} {'finding' if n == 1 else 'findings'}"
        for example_id, n in counts.items()
        if n
    }


def _vectors(project: Project, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a plain function
    """Embed every text once; return texts → float32 unit rows, zeros for white space."""
    import numpy as np

    wanted = list(dict.fromkeys(each[:EMBEDDED_CHARACTERS] for each in texts if each.strip()))
    place = {text: at for at, text in enumerate(wanted)}
    made = _embed(project, wanted) if wanted else np.zeros((0, 1), dtype=np.float32)
    made = np.concatenate([made, np.zeros((1, made.shape[1]), dtype=np.float32)])
    return lambda some: made[[place.get(each[:EMBEDDED_CHARACTERS], -1) for each in some]]


def _embed(project: Project, texts: Sequence[str]) -> "np.ndarray":
    chosen = project.settings.evaluate
    if chosen.embedding_provider == "local":
        from chatmill.server.embed import Embedder

        return Embedder().embed(texts)
    from chatmill.models.client import ModelClient

    with ModelClient.for_provider(chosen.embedding_provider, project.settings) as client:
        return client.embed(texts, model=chosen.embedding_model)


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


def _write(
    path: Path, stamp: dict[str, int], causes: Sequence[CauseFound], patterns: Patterns
) -> None:
    document = {**stamp, "causes": [asdict(e) for e in causes], "patterns": asdict(patterns)}
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        os.replace(partial, path)  # noqa: PTH105 - whole or not at all
    except OSError as error:
        raise StorageError(
            f"the causes cannot be kept: {error.strerror}", where=str(path)
        ) from error


def _read(path: Path, stamp: dict[str, int]) -> tuple[tuple[CauseFound, ...], Patterns] | None:
    """Read what was found before; None where nothing was, or scores have changed since."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if {name: document.get(name) for name in stamp} != stamp:
        return None
    causes = tuple(
        CauseFound(
            **{
                **each,
                "example_ids": tuple(each["example_ids"]),
                "also": tuple(each["also"]),
                "neighbours": tuple(TrainingNeighbour(**near) for near in each["neighbours"]),
            }
        )
        for each in document["causes"]
    )
    found = document["patterns"]
    groups = tuple(
        Pattern(
            name=each["name"],
            places=tuple(each["places"]),
            causes=tuple((cause, n) for cause, n in each["causes"]),
            contrasts=tuple(Contrast(**one) for one in each["contrasts"]),
        )
        for each in found["groups"]
    )
    contrasts = tuple(Contrast(**each) for each in found["contrasts"])
    return causes, Patterns(contrasts=contrasts, groups=groups)
