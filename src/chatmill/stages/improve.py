"""Improve: questions that did not follow the training go back to review, with what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatmill.causes import CAUSES, Cause, CauseFound, Diagnosis, Patterns, diagnose
from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Evaluation, Score, Split, Verdict
from chatmill.store.evaluations import get_evaluation
from chatmill.store.returned import REVIEWER, ReturnedExamples, ReturnedQuestion, return_examples

_ORDER: dict[Split, int] = {"train": 0, "paraphrase": 1}
"""Splits that can be mended, the most telling first; nobody trained on the others."""
_SAID: dict[Verdict, str] = {
    "not followed": "did not follow the training",
    "partly": "followed the training in part",
    "followed": "followed the training, sent back all the same",
}
PROPOSALS: dict[Cause, str] = {
    "conflicting answers": "decide which answer stands; edit or reject the other",
    "other facts nearby": "say in question and answer which product is meant",
    "answer too long": "shorten the answer, or split the example",
    "low grounding": "correct the answer by its source, or reject the example",
    "no neighbour": "write a missing answer: nothing like it is trained",
    "one phrasing": "add the question in other words (not the held-out ones)",
    "rare part name": "add examples that ask about this part",
    "held out": "kept out of training by design: nothing to mend",
    "not known": "",
}
"""What a reviewer is told to do about each cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One question that did not follow, why, and what to do about it."""

    question: ReturnedQuestion
    """As it is sent to review."""
    cause: Cause
    evidence: str
    todo: str
    """Empty where no cause is known."""
    pattern: str
    """Name of the pattern it belongs to; empty where it stands alone."""
    example_ids: tuple[str, ...]
    """Examples it sends to review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What `improve` sent back."""

    evaluation: Evaluation
    questions: tuple[ReturnedQuestion, ...]
    """Questions that were not followed, trained ones first, the lowest cosine first."""
    proposals: tuple[Proposal, ...]
    """One a question, in the same order."""
    patterns: Patterns
    """What all failures of the evaluation have in common."""
    examples: ReturnedExamples
    """What became of the examples they point to."""
    n_beyond_limit: int
    """Questions left for another time because of the limit."""
    n_unseen: int
    """Not followed in validation or test: kept out of training, so nothing there to mend."""


def improve(  # noqa: PLR0913 - each option by its name
    project: Project,
    evaluation: str | None = None,
    *,
    limit: int | None = None,
    cause: str | None = None,
    pattern: str | None = None,
    reviewer: str = REVIEWER,
) -> Improvement:
    """Put what did not follow the training back into the review queue, with why and what to do.

    A held-out phrasing points to the example it rephrases; of conflicting answers both examples go
    back. Running it again changes nothing.

    Args:
        project: Whose evaluation.
        evaluation: Its id, or a dataset version; the newest evaluation when None.
        limit: Most questions to return; all when None.
        cause: Only questions with this cause.
        pattern: Only questions of the pattern of this name.
        reviewer: Who sends them.

    Raises:
        UsageError: There is no such evaluation, cause or pattern, or the limit is below 1.
        DatasetError: The version it asked is gone.
        StorageError: Its scores cannot be read.
        ModelError: The embedding model does not answer.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"the limit must be at least 1, not {limit}", where="--limit")
    if cause is not None and cause not in CAUSES:
        raise UsageError(f"no cause {cause}", where="--cause", fix=f"One of: {', '.join(CAUSES)}")
    with project.lock("improve"):
        chosen = get_evaluation(project.database, evaluation)
        diagnosis = diagnose(project, chosen)
        lost = _lost(diagnosis, cause, pattern)
        mendable = sorted(
            (each for each in lost if each.score.split in _ORDER),
            key=lambda each: (_ORDER[each.score.split], each.score.cosine),
        )
        proposals = tuple(_proposal(each, chosen) for each in mendable[:limit])
        questions = tuple(each.question for each in proposals)
        examples = return_examples(
            project.database, [*questions, *_beside(proposals)], reviewer=reviewer
        )
    return Improvement(
        evaluation=chosen,
        questions=questions,
        proposals=proposals,
        patterns=diagnosis.patterns,
        examples=examples,
        n_beyond_limit=len(mendable) - len(questions),
        n_unseen=len(lost) - len(mendable),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """A question that was not followed."""

    score: Score
    found: CauseFound
    pattern: str


def _lost(diagnosis: Diagnosis, cause: str | None, pattern: str | None) -> list[_Lost]:
    """Return what was not followed, of one cause or pattern where asked for."""
    name_of = {at: each.name for each in diagnosis.patterns.groups for at in each.places}
    if pattern is not None and pattern not in name_of.values():
        names = "; ".join(dict.fromkeys(name_of.values())) or "none"
        raise UsageError(f"no pattern {pattern}", where="--pattern", fix=f"There are: {names}")
    lost = [
        _Lost(score=score, found=found, pattern=name_of.get(at, ""))
        for at, (score, found) in enumerate(zip(diagnosis.failed, diagnosis.causes, strict=True))
    ]
    return [
        each
        for each in lost
        if cause in {None, each.found.cause} and pattern in {None, each.pattern}
    ]


def _proposal(lost: _Lost, evaluation: Evaluation) -> Proposal:
    found = lost.found
    own = _returned(lost.score, evaluation)
    todo = PROPOSALS[found.cause]
    if todo:
        own = replace(own, reason=f"{own.reason}; {found.cause}: {found.evidence}. To do: {todo}")
    others = found.example_ids if found.cause == "conflicting answers" else ()
    return Proposal(
        question=own,
        cause=found.cause,
        evidence=found.evidence,
        todo=todo,
        pattern=lost.pattern,
        example_ids=tuple(dict.fromkeys((own.example_id, *others))),
    )


def _beside(proposals: Sequence[Proposal]) -> list[ReturnedQuestion]:
    """Return the questions once more for the other examples of a conflict."""
    return [
        replace(
            each.question,
            example_id=example_id,
            turn=0,
            reason=f"{each.cause} with {each.question.example_id}. To do: {each.todo}",
        )
        for each in proposals
        for example_id in each.example_ids
        if example_id != each.question.example_id
    ]


def return_question(
    project: Project,
    evaluation: Evaluation,
    score: Score,
    example_ids: Sequence[str],
    *,
    reviewer: str,
) -> ReturnedExamples:
    """Put examples a person chose back into the queue, with what the model said to one question.

    Args:
        project: Whose queue.
        evaluation: That asked the question.
        score: The question.
        example_ids: The question's own example, or examples near it that may confuse the model.
        reviewer: Who chose them.

    Raises:
        UsageError: Nothing was chosen, or the question's own example is not trained on.
    """
    if not example_ids:
        raise UsageError("no example was chosen")
    if score.example_id in example_ids and score.split not in _ORDER:
        raise UsageError(
            f"{score.example_id} is kept out of training, so nothing there was learnt",
            fix="Send back a trained example near it",
        )
    own = _returned(score, evaluation)
    near = f"near a question answered otherwise (cosine {score.cosine:.2f})"
    questions = [
        own if each == score.example_id else replace(own, example_id=each, turn=0, reason=near)
        for each in dict.fromkeys(example_ids)
    ]
    return return_examples(project.database, questions, reviewer=reviewer)


def _returned(score: Score, evaluation: Evaluation) -> ReturnedQuestion:
    how = "" if score.split == "train" else " when asked in other words"
    return ReturnedQuestion(
        example_id=score.example_id,
        evaluation_id=evaluation.id,
        turn=score.turn,
        question=score.question,
        cosine=score.cosine,
        answer=score.answer,
        reason=f"{_SAID[score.verdict]}{how} (cosine {score.cosine:.2f})",
    )
