"""Improve: questions that did not follow the training go back to review, with what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatmill.errors import UsageError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.project import Project
from chatmill.records import Evaluation, Score, Split, Verdict
from chatmill.store.evaluations import get_evaluation
from chatmill.store.returned import ReturnedExamples, ReturnedQuestion, return_examples

_ORDER: dict[Split, int] = {"train": 0, "paraphrase": 1}
"""Splits that can be mended, the most telling first; nobody trained on the others."""
_SAID: dict[Verdict, str] = {
    "not followed": "did not follow the training",
    "partly": "followed the training in part",
    "followed": "followed the training, sent back all the same",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What `improve` sent back."""

    evaluation: Evaluation
    questions: tuple[ReturnedQuestion, ...]
    """Questions that were not followed, trained ones first, the lowest cosine first."""
    examples: ReturnedExamples
    """What became of the examples they point to."""
    n_beyond_limit: int
    """Questions left for another time because of the limit."""
    n_unseen: int
    """Not followed in validation or test: kept out of training, so nothing there to mend."""


def improve(
    project: Project, evaluation: str | None = None, *, limit: int | None = None
) -> Improvement:
    """Put what did not follow the training back into the review queue.

    A held-out phrasing points to the example it rephrases. Running it again changes nothing.

    Args:
        project: Whose evaluation.
        evaluation: Its id, or a dataset version; the newest evaluation when None.
        limit: Most questions to return; all when None.

    Raises:
        UsageError: There is no such evaluation, or the limit is below 1.
        StorageError: Its scores cannot be read.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"the limit must be at least 1, not {limit}", where="--limit")
    with project.lock("improve"):
        chosen = get_evaluation(project.database, evaluation)
        scores = read_scores(project.folder / chosen.folder / SCORES_NAME)
        lost = [e for e in scores if e.prompt == "example" and e.verdict == "not followed"]
        mendable = sorted(
            (each for each in lost if each.split in _ORDER),
            key=lambda each: (_ORDER[each.split], each.cosine),
        )
        questions = tuple(_returned(each, chosen) for each in mendable[:limit])
        examples = return_examples(project.database, questions)
    return Improvement(
        evaluation=chosen,
        questions=questions,
        examples=examples,
        n_beyond_limit=len(mendable) - len(questions),
        n_unseen=len(lost) - len(mendable),
    )


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
