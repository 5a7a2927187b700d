"""Turns gold conversations into rows, fits the scorer, extracts with it and counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from data import Gold, Pair
from fit import fit_logistic, fit_softmax

from chatmill.extractors.features import Features, step_features, turn_features
from chatmill.extractors.reading import Room, Said, read_message, room_of
from chatmill.extractors.scorer import ASKER_STEPS, OTHER_STEPS, Scorer, steps_for
from chatmill.extractors.turns import Choice, OpenTurn, Step, Walk, walk_thread
from chatmill.records import Message
from chatmill.settings import Settings

SETTINGS = Settings()


@dataclass(slots=True)
class Read:
    """A gold conversation, read once."""

    gold: Gold
    room: Room
    threads: list[list[Said]]
    rows: "Rows | None" = None


@dataclass(slots=True)
class Rows:
    """Training rows of one conversation."""

    asker: list[tuple[Features, str, Sequence[Step]]] = field(default_factory=list)
    other: list[tuple[Features, str, Sequence[Step]]] = field(default_factory=list)


def read(gold: Gold) -> Read:
    room = room_of(gold.threaded, SETTINGS)
    by_thread: dict[str, list[Message]] = {}
    for message in gold.threaded.conversation.messages:
        if message.kind == "text" and gold.threaded.roles[message.id] not in ("system", "bot"):
            by_thread.setdefault(gold.threaded.thread_ids[message.id], []).append(message)
    threads = [[read_message(m, room) for m in messages] for messages in by_thread.values()]
    found = Read(gold, room, threads)
    found.rows = rows_of(found)
    return found


def rows_of(read: Read) -> Rows:
    """Walk along the gold pairs and note what each message was; threads without a pair say
    nothing, since their questions are questions too."""
    rows = Rows()
    for said in read.threads:
        ids = {each.message.id for each in said}
        pairs = [p for p in read.gold.pairs if p[0] & ids]
        if not pairs:
            continue
        turn_of_pair: dict[Pair, OpenTurn] = {}

        def teach(walk: Walk, index: int, turn: OpenTurn | None) -> Choice:
            message = walk.said[index].message
            for pair in pairs:
                if message.id in pair[0] and pair not in turn_of_pair:
                    step: Step = "new"
                elif message.id in pair[0]:
                    step = "more"
                elif message.id in pair[1] and pair in turn_of_pair:
                    step = "answer"
                else:
                    continue
                break
            else:
                step, pair = "skip", None
            if step in ("more", "answer") and pair is not None:
                turn = turn_of_pair[pair]
            note(rows, walk, index, turn, step)
            if step == "new" and pair is not None:
                walk_turn = OpenTurn(asker=message.speaker)
                turn_of_pair[pair] = walk_turn
                walk.turns.append(walk_turn)
                return Choice("more", walk_turn)
            return Choice(step, turn)

        walk_thread(said, read.room, teach)
    return rows


def note(rows: Rows, walk: Walk, index: int, turn: OpenTurn | None, step: Step) -> None:
    is_asker = turn is None or walk.said[index].message.speaker == turn.asker
    steps = steps_for(walk.said[index], turn)
    if step not in steps or len(steps) == 1:
        return
    features = step_features(walk, index, turn)
    (rows.asker if is_asker else rows.other).append((features, step, steps))


def fit(
    train: Iterable[Read], *, penalty: float, keep_penalty: float, caution: float = 0.0
) -> Scorer:
    train = list(train)
    models = []
    for name, classes in (("asker", ASKER_STEPS), ("other", OTHER_STEPS)):
        rows = [row for each in train for row in getattr(each.rows, name)]
        models.append(
            fit_softmax(
                [r[0] for r in rows],
                [r[1] for r in rows],
                [r[2] for r in rows],
                classes,
                penalty=penalty,
            )
        )
    for model in models:
        model["skip"]["bias"] = round(model["skip"].get("bias", 0.0) + caution, 3)
    draft = Scorer(asker=models[0], other=models[1], keep={})
    features, labels = [], []
    for each in train:
        for turn in turns(each, draft):
            features.append(turn_features(turn))
            labels.append(goodness(turn, each.gold.pairs))
    return Scorer(
        asker=models[0],
        other=models[1],
        keep=fit_logistic(features, labels, penalty=keep_penalty),
    )


def turns(read: Read, scorer: Scorer) -> list[OpenTurn]:
    found = [t for said in read.threads for t in walk_thread(said, read.room, scorer.choose)]
    return [t for t in found if t.question and t.answer]


def goodness(turn: OpenTurn, pairs: Sequence[Pair]) -> float:
    q = {s.message.id for s in turn.question}
    a = {s.message.id for s in turn.answer}
    best = max((len(q & p[0]) * len(a & p[1]) / (len(q) * len(a)) for p in pairs), default=0.0)
    return float(best > 0.25)


def predicted(read: Read, scorer: Scorer, threshold: float) -> list[Pair]:
    return [
        (frozenset(s.message.id for s in t.question), frozenset(s.message.id for s in t.answer))
        for t in turns(read, scorer)
        if scorer.worth(t) >= threshold
    ]


def score(results: Iterable[tuple[Sequence[Pair], Sequence[Pair]]]) -> dict[str, float]:
    """Count as the scorer of the development data does."""
    c = {"mp": [0, 0, 0], "pair": [0, 0, 0]}
    empty = n_empty = 0
    for p, g in results:
        if not g:
            n_empty += 1
            empty += not p
        cp = {(q, a) for x in p for q in x[0] for a in x[1]}
        cg = {(q, a) for x in g for q in x[0] for a in x[1]}
        c["mp"] = [c["mp"][0] + len(cp & cg), c["mp"][1] + len(cp), c["mp"][2] + len(cg)]
        left = list(g)
        hits = 0
        for x in p:
            j = lambda a, b: len(a & b) / len(a | b) if a | b else 0.0
            best = max(left, key=lambda y: j(x[0], y[0]) + j(x[1], y[1]), default=None)
            if best and min(j(x[0], best[0]), j(x[1], best[1])) >= 0.5:
                left.remove(best)
                hits += 1
        c["pair"] = [c["pair"][0] + hits, c["pair"][1] + len(p), c["pair"][2] + len(g)]
    out = {}
    for k, (h, p, g) in c.items():
        out[k + "_p"], out[k + "_r"] = h / max(1, p), h / max(1, g)
        out[k] = 2 * h / max(1, p + g)
    out["empty"], out["n_empty"] = empty, n_empty
    return out
