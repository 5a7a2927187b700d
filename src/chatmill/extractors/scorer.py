"""Learnt weights: which step a message takes, and whether a turn holds something to learn."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from chatmill.extractors.features import HEARD, Features, step_features, turn_features
from chatmill.extractors.reading import Said
from chatmill.extractors.turns import Choice, OpenTurn, Step, Walk
from chatmill.text.cues import Act

Weights = Mapping[str, Mapping[str, float]]
"""Class → feature → weight."""

WEIGHTS_FILE = "weights.json"
_NO_QUESTION: frozenset[Act] = frozenset(
    ("empty", "thanks", "ack", "stall", "elsewhere", "ping", "unknown")
)
_NO_ANSWER: frozenset[Act] = frozenset(("empty", "thanks", "stall", "elsewhere", "ping", "unknown"))
"""What is neither, whatever the weights say."""
_FEW_WORDS = 3
"""Up to so many, a question put to whoever asked back (`Which timer?`) adds nothing."""
ASKER_STEPS: tuple[Step, ...] = ("skip", "new", "more", "answer")
OTHER_STEPS: tuple[Step, ...] = ("skip", "answer", "new")
AGAIN_STEPS: tuple[Step, ...] = ("new", "more")
"""Of an asker who asks: never passed over."""
FIRST_STEPS: tuple[Step, ...] = ("skip", "new")


@dataclass(frozen=True, slots=True)
class Scorer:
    """Three linear models over readable features."""

    asker: Weights
    """For messages of a turn's asker, and where there is no turn yet."""
    other: Weights
    """For messages of everybody else."""
    keep: Mapping[str, float]
    """For finished turns."""
    keep_from: float = 0.5
    """Worth from which a turn becomes part of an example."""

    def choose(self, walk: Walk, index: int, turn: OpenTurn | None) -> Choice:
        """Return the likeliest step; the walk's `Choose`."""
        said = walk.said[index]
        is_asker = turn is None or said.message.speaker == turn.asker
        steps = steps_for(said, turn)
        if len(steps) == 1:
            return Choice(steps[0], turn)
        features = step_features(walk, index, turn)
        weights = self.asker if is_asker else self.other
        scores = {step: dot(weights[step], features) for step in steps}
        step = max(steps, key=scores.__getitem__)
        return Choice(step, turn, scores[step] - dot(weights["skip"], features))

    def worth(self, turn: OpenTurn) -> float:
        """Return how likely a turn with an answer teaches something, in [0, 1]."""
        return 1 / (1 + math.exp(-dot(self.keep, turn_features(turn))))

    def misgivings(self, turn: OpenTurn) -> tuple[str, ...]:
        """Name the features that speak most against a turn, worst first."""
        found = turn_features(turn)
        against = {name: self.keep.get(name, 0.0) * value for name, value in found.items()}
        return tuple(sorted((n for n, v in against.items() if v < 0), key=lambda n: against[n]))


def dot(weights: Mapping[str, float], features: Features) -> float:
    """Sum weight times value over the features there are."""
    total = 0.0
    for name, value in features.items():
        weight = weights.get(name)
        if weight is not None:
            total += weight * value
    return total


@lru_cache(maxsize=1)
def shipped_scorer() -> Scorer:
    """Read the weights that come with chatmill; `training/pairs` says how they were made."""
    text = files("chatmill.extractors").joinpath(WEIGHTS_FILE).read_text(encoding="utf-8")
    read = json.loads(text)
    return Scorer(
        asker=read["asker"], other=read["other"], keep=read["keep"], keep_from=read["keep_from"]
    )


def steps_for(said: Said, turn: OpenTurn | None) -> tuple[Step, ...]:
    """Return the steps open to a message that seems to belong to a turn."""
    is_asker = turn is None or said.message.speaker == turn.asker
    if said.act in (_NO_QUESTION if is_asker else _NO_ANSWER) or "announces" in said.moves:
        return ("skip",)
    if turn is None:
        return FIRST_STEPS
    return _steps_of_asker(said, turn) if is_asker else OTHER_STEPS


def _steps_of_asker(said: Said, turn: OpenTurn) -> tuple[Step, ...]:
    if _is_repeat(said, turn):
        return ("skip",)
    if said.act == "question" and turn.answer:
        return AGAIN_STEPS
    if said.act == "question" and said.n_words > _FEW_WORDS:
        return ("more",)
    is_put_back = turn.is_asked_back and not turn.answer and said.only_asks
    return ("skip",) if is_put_back else ASKER_STEPS


def _is_repeat(said: Said, turn: OpenTurn) -> bool:
    """Tell whether somebody sends the same words again."""
    return any(said.letters == each.letters for each in turn.heard[-HEARD:])
