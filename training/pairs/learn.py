"""Turns gold conversations into rows and fits the scorer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from data import Gold, Pair
from fit import fit_logistic, fit_softmax

from chatmill.extractors.features import Features, step_features, turn_features
from chatmill.extractors.reading import Room, Said, read_message, room_of
from chatmill.extractors.scorer import ASKER_STEPS, OTHER_STEPS, Scorer, steps_for
from chatmill.extractors.turns import Choice, OpenTurn, Step, Walk, walk_thread
from chatmill.settings import Settings

SETTINGS = Settings()
GOOD_SHARE = 0.25
"""A turn is worth keeping when more than this share of its couples is gold."""

Row = tuple[Features, Step, Sequence[Step]]
"""Features of a message, what it was, and what it could have been."""


@dataclass(slots=True)
class Rows:
    """Training rows of one conversation."""

    asker: list[Row] = field(default_factory=list)
    other: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Read:
    """A gold conversation, read once."""

    gold: Gold
    room: Room
    threads: list[list[Said]]
    rows: Rows = field(default_factory=Rows)


def read(gold: Gold) -> Read:
    """Trim every message and note what each was in the gold pairs."""
    room = room_of(gold.threaded, SETTINGS)
    by_thread: dict[str, list[Said]] = {}
    for message in gold.threaded.conversation.messages:
        if message.kind == "text" and gold.threaded.roles[message.id] not in ("system", "bot"):
            thread_id = gold.threaded.thread_ids[message.id]
            by_thread.setdefault(thread_id, []).append(read_message(message, room))
    found = Read(gold, room, list(by_thread.values()))
    for said in found.threads:
        ids = {each.message.id for each in said}
        pairs = [pair for pair in gold.pairs if pair[0] & ids]
        if pairs:  # a thread without pairs has questions too: it teaches nothing about steps
            _teach(found, said, pairs)
    return found


def _teach(read: Read, said: Sequence[Said], pairs: Sequence[Pair]) -> None:
    """Walk along the gold pairs."""
    turn_of_pair: dict[Pair, OpenTurn] = {}

    def choose(walk: Walk, index: int, turn: OpenTurn | None) -> Choice:
        message = walk.said[index].message
        step, pair = _gold_step(message.id, pairs, turn_of_pair)
        if pair is None or step == "new":
            _note(read.rows, walk, index, turn, step)
        if pair is None:
            return Choice("skip", turn)
        if step == "new":
            turn_of_pair[pair] = OpenTurn(asker=message.speaker)
            walk.turns.append(turn_of_pair[pair])
            return Choice("more", turn_of_pair[pair])
        _note(read.rows, walk, index, turn_of_pair[pair], step)
        return Choice(step, turn_of_pair[pair])

    walk_thread(said, read.room, choose)


def _gold_step(
    message_id: str, pairs: Sequence[Pair], begun: dict[Pair, OpenTurn]
) -> tuple[Step, Pair | None]:
    for pair in pairs:
        if message_id in pair[0]:
            return ("more" if pair in begun else "new"), pair
        if message_id in pair[1] and pair in begun:
            return "answer", pair
    return "skip", None


def _note(rows: Rows, walk: Walk, index: int, turn: OpenTurn | None, step: Step) -> None:
    said = walk.said[index]
    steps = steps_for(said, turn)
    if step not in steps or len(steps) == 1:
        return
    is_asker = turn is None or said.message.speaker == turn.asker
    row = (step_features(walk, index, turn), step, steps)
    (rows.asker if is_asker else rows.other).append(row)


def fit(train: Iterable[Read], *, step_penalty: float, keep_penalty: float) -> Scorer:
    """Fit the step models, walk with them, and fit which of the turns they make to keep."""
    train = list(train)
    asker = _fit_steps(
        [row for each in train for row in each.rows.asker], ASKER_STEPS, step_penalty
    )
    other = _fit_steps(
        [row for each in train for row in each.rows.other], OTHER_STEPS, step_penalty
    )
    draft = Scorer(asker=asker, other=other, keep={})
    made = [(turn, each) for each in train for turn in turns(each, draft)]
    keep = fit_logistic(
        [turn_features(turn) for turn, _ in made],
        [float(is_good(turn, each.gold.pairs)) for turn, each in made],
        penalty=keep_penalty,
    )
    return Scorer(asker=asker, other=other, keep=keep)


def _fit_steps(
    rows: Sequence[Row], steps: Sequence[Step], penalty: float
) -> dict[str, dict[str, float]]:
    features, labels, masks = zip(*rows, strict=True)
    return fit_softmax(features, labels, masks, steps, penalty=penalty)


def turns(read: Read, scorer: Scorer) -> list[OpenTurn]:
    """Return the turns with an answer."""
    found = [turn for said in read.threads for turn in walk_thread(said, read.room, scorer.choose)]
    return [turn for turn in found if turn.question and turn.answer]


def pair_of(turn: OpenTurn) -> Pair:
    """Return the ids of a turn's messages."""
    return (
        frozenset(said.message.id for said in turn.question),
        frozenset(said.message.id for said in turn.answer),
    )


def is_good(turn: OpenTurn, pairs: Sequence[Pair]) -> bool:
    """Tell whether enough of a turn's couples stand in one gold pair."""
    question, answer = pair_of(turn)
    n_couples = len(question) * len(answer)
    shares = (len(question & q) * len(answer & a) / n_couples for q, a in pairs)
    return max(shares, default=0.0) > GOOD_SHARE
