"""What may be started from the page: a fixed list of stages, each with the options it knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.store.datasets import get_dataset
from chatmill.store.evaluations import find_evaluation

StartedStage = Literal["extract", "check", "triage", "build", "train", "evaluate", "improve", "run"]
STARTED_STAGES: tuple[StartedStage, ...] = get_args(StartedStage)
"""Import is not among them: it reads files of the server's machine."""
Extractor = Literal["rules", "llm"]

OPTIONS_OF: Mapping[StartedStage, frozenset[str]] = {
    "extract": frozenset({"extractor", "may_spend"}),
    "check": frozenset(),
    "triage": frozenset({"limit"}),
    "build": frozenset(),
    "train": frozenset({"dataset", "epochs"}),
    "evaluate": frozenset({"dataset", "may_spend"}),
    "improve": frozenset({"evaluation", "limit"}),
    "run": frozenset(),
}
MOST_EPOCHS = 200
MOST_RETURNED = 1_000_000
_VERSION = re.compile(r"v[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWish:
    """A stage somebody wants to start, and how; None where the settings decide."""

    stage: StartedStage
    dataset: str | None = None
    """Version to train on or to ask about."""
    evaluation: str | None = None
    """Id of the evaluation to improve on."""
    extractor: Extractor | None = None
    epochs: int | None = None
    limit: int | None = None
    """Most questions to return; of triage, most examples to embed anew."""
    may_spend: bool = False
    """Whether it may begin without asking, though it costs more than `[spend]` says."""


def arguments_of(project: Project, wish: StageWish) -> list[str]:
    """Make the command's arguments; every value is one we know, never the client's own text.

    Raises:
        UsageError: The stage has no such option, or the option cannot have this value.
        DatasetError: There is no such version.
    """
    if wish.stage not in OPTIONS_OF:
        raise UsageError(f"{wish.stage} cannot be started from the page")
    given = {
        name
        for name in ("dataset", "evaluation", "extractor", "epochs", "limit")
        if getattr(wish, name) is not None
    } | ({"may_spend"} if wish.may_spend else set())
    unknown = given - OPTIONS_OF[wish.stage]
    if unknown:
        raise UsageError(f"{wish.stage} takes no option {', '.join(sorted(unknown))}")
    arguments: list[str] = [wish.stage, "--json"]
    if wish.extractor is not None:
        arguments.append(f"--extractor={_one_of(wish.extractor, get_args(Extractor))}")
    if wish.epochs is not None:
        arguments.append(f"--epochs={_within(wish.epochs, MOST_EPOCHS, 'epochs')}")
    if wish.limit is not None:
        arguments.append(f"--limit={_within(wish.limit, MOST_RETURNED, 'limit')}")
    if wish.may_spend:
        arguments.append("--yes")
    if wish.dataset is not None:
        arguments.append(_known_dataset(project, wish.dataset))
    if wish.evaluation is not None:
        arguments.append(_known_evaluation(project, wish.evaluation))
    return arguments


def _known_dataset(project: Project, name: str) -> str:
    if _VERSION.fullmatch(name) is None:
        raise UsageError(f"{name!r} is no dataset version", fix="They are called v1, v2 …")
    return get_dataset(project.database, name).name


def _known_evaluation(project: Project, evaluation_id: str) -> str:
    found = find_evaluation(project.database, evaluation_id)
    if found is None or found.id.startswith("-"):
        raise UsageError(f"no evaluation {evaluation_id!r}")
    return found.id


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UsageError(f"{value!r} is none of {', '.join(known)}")
    return value


def _within(value: int, most: int, name: str) -> int:
    if not 1 <= value <= most:
        raise UsageError(f"{name} must be from 1 to {most}, not {value}")
    return value
