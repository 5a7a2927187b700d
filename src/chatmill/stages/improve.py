"""Improve: questions that did not follow the training go back to review, with what was said."""

from dataclasses import dataclass

from chatmill.errors import UsageError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.project import Project
from chatmill.records import Evaluation, Score, Split
from chatmill.store.evaluations import get_evaluation
from chatmill.store.returned import ReturnedExamples, ReturnedQuestion, return_examples

_ORDER: dict[Split, int] = {"train": 0, "paraphrase": 1}
"""Splits that can be mended, the most telling first; nobody trained on the others."""


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


def _returned(score: Score, evaluation: Evaluation) -> ReturnedQuestion:
    how = "" if score.split == "train" else " when asked in other words"
    return ReturnedQuestion(
        example_id=score.example_id,
        evaluation_id=evaluation.id,
        turn=score.turn,
        question=score.question,
        cosine=score.cosine,
        answer=score.answer,
        reason=f"did not follow the training{how} (cosine {score.cosine:.2f})",
    )
