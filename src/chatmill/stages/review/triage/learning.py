"""Learns from people's decisions, and says of every pending example what it learnt of it."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.stages.review.triage.calibration import (
    area_under_curve,
    calibration_error,
    reliability,
)
from chatmill.stages.review.triage.features import (
    FEATURES_VERSION,
    N_DIMENSIONS,
    Texts,
    measure,
    pack,
    texts_of,
    unpack,
)
from chatmill.stages.review.triage.logistic import log_loss
from chatmill.stages.review.triage.model import Rows, Trained, TriageModel, model_to_json, train
from chatmill.stages.review.triage.surety import Surety, find_surety
from chatmill.stages.review.words import findings_of
from chatmill.store.decisions import last_seq
from chatmill.store.examples import example_on
from chatmill.store.product_mentions import read_product_book
from chatmill.store.triage import (
    StoredVector,
    Subject,
    count_pending,
    drop_predictions,
    pending_pages,
    read_subjects,
    read_vectors,
    save_model,
    save_predictions,
    save_vectors,
)
from chatmill.store.triage_labels import Label, LabelCounts, count_labels, read_labels
from chatmill.store.triage_outcomes import harvest_outcomes

if TYPE_CHECKING:
    from chatmill.server.embed import Embedder

State = Literal["waiting", "guessing", "ready"]
PAGE = 1_000
"""Examples in memory at once while it says what it thinks of them."""
TEXTS_AT_ONCE = 256
NEIGHBOURS = 25
"""Examples of one long conversation that stand together are held out together."""
LONG_SHARE = 0.1
"""A conversation with more of the labels than this is cut into such stretches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageFigures:
    """How good a model is on decisions it had not seen, all figures out of fold."""

    n_kept: int
    n_edited: int
    n_rejected: int
    n_groups: int
    """Stretches of conversations that were held out whole."""
    n_needed: int
    """Fewest decisions of each kind."""
    log_loss: float = 0.0
    """Mean over decisions, in nats."""
    usual_log_loss: float = 0.0
    """The same of always saying what is usual."""
    area: float = 0.0
    """Chance that what was kept stands above what was not."""
    calibration_error: float = 0.0
    reliability: tuple[tuple[float, float, int], ...] = ()
    """(said, was, rows), lowest first."""
    claim: float = 0.0
    """What "sure" means: the share that must be kept."""
    surety: Surety | None = None
    labels_digest: str = ""
    """Names the decisions it was trained on: the same give the same model."""

    @property
    def knows_more(self) -> bool:
        """Whether it says more than what is usual."""
        return 0 < self.log_loss < self.usual_log_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """What one training did."""

    model: int
    """Its number."""
    state: State
    """`waiting`: there are too few decisions yet; `guessing`: it says no more than what is usual,
    so it says nothing."""
    figures: TriageFigures
    n_predicted: int
    """Pending examples it said something of."""
    n_compared: int
    """Decisions people made since the last one that were compared with what it had said."""


def train_triage(
    project: Project, progress: Progress | None = None, *, most_new: int | None = None
) -> TrainingSummary:
    """Train on what people decided, and predict what waits; nobody's decision changes.

    Running it again on the same decisions makes the same model.

    Args:
        project: An open project.
        progress: Told how far embedding and predicting are.
        most_new: Most pending examples to embed anew; of the others nothing is said until the
            next time.
    """
    report = progress or no_progress
    n_compared = harvest_outcomes(project.database)
    with project.database.read() as connection:
        seq = last_seq(connection)
    labels = read_labels(project.database, most=project.settings.review.triage_most_labels)
    counts = count_labels(labels)
    figures = TriageFigures(
        n_kept=counts.n_kept,
        n_edited=counts.n_edited,
        n_rejected=counts.n_rejected,
        n_groups=0,
        n_needed=project.settings.review.triage_least,
        labels_digest=_digest(labels),
    )
    if _n_missing(counts, figures.n_needed):
        number = save_model(
            project.database, trained_up_to=seq, figures={"state": "waiting", **_plain(figures)}
        )
        drop_predictions(project.database, before=number)
        return TrainingSummary(
            model=number, state="waiting", figures=figures, n_predicted=0, n_compared=n_compared
        )
    trained, figures = _train(project, labels, figures, report)
    weights = model_to_json(trained.model)
    state: State = "ready" if figures.knows_more else "guessing"
    stored = {"state": state, **_plain(figures), "penalty": trained.penalty, "weights": weights}
    number = save_model(project.database, trained_up_to=seq, figures=stored)
    n_predicted = 0
    if state == "ready":
        n_predicted = _predict(project, number, trained.model, report, most_new)
    drop_predictions(project.database, before=number)
    return TrainingSummary(
        model=number,
        state=state,
        figures=figures,
        n_predicted=n_predicted,
        n_compared=n_compared,
    )


def figures_from_json(stored: dict[str, Any]) -> TriageFigures:
    """Read what was stored with a model."""
    known = {name: stored[name] for name in TriageFigures.__dataclass_fields__ if name in stored}
    surety = known.get("surety")
    known["surety"] = Surety(**surety) if surety else None
    known["reliability"] = tuple(tuple(each) for each in known.get("reliability", ()))
    return TriageFigures(**known)


def _n_missing(counts: LabelCounts, n_needed: int) -> int:
    n_other = counts.n_edited + counts.n_rejected
    return max(0, n_needed - counts.n_kept) + max(0, n_needed - n_other)


def _train(
    project: Project, labels: Sequence[Label], figures: TriageFigures, report: Progress
) -> tuple[Trained, TriageFigures]:
    ordered = sorted(labels, key=lambda each: (each.position, each.example_id))
    subjects = _subjects_of(project, ordered)
    report("read decisions", len(ordered), len(ordered))
    rows = _rows(project, subjects, report, "embed decisions")
    kept = np.array([float(each.is_kept) for each in ordered])
    groups = groups_of(ordered)
    trained = train(rows, kept, groups)
    claim = project.settings.review.triage_sure
    usual = np.full(len(kept), kept.mean())
    return trained, replace(
        figures,
        n_groups=len(np.unique(groups)),
        log_loss=log_loss(trained.chances, kept),
        usual_log_loss=log_loss(usual, kept),
        area=area_under_curve(trained.chances, kept),
        calibration_error=calibration_error(trained.chances, kept),
        reliability=tuple(
            (each.said, each.was, each.n_rows) for each in reliability(trained.chances, kept)
        ),
        claim=claim,
        surety=find_surety(trained.chances, kept, claim=claim),
    )


def groups_of(labels: Sequence[Label]) -> np.ndarray:
    """Group labels that may be alike: of one conversation, or with the same words.

    A conversation with a large share of the labels is cut into stretches of neighbours.

    Args:
        labels: In the order of the chats.

    Returns:
        int, shape (n_labels,).
    """
    of_room = Counter(each.conversation_id for each in labels)
    places: Counter[str] = Counter()
    group_of: dict[tuple[str, ...], int] = {}
    leaders: list[int] = []
    for at, each in enumerate(labels):
        room = each.conversation_id
        is_long = of_room[room] > max(NEIGHBOURS, LONG_SHARE * len(labels))
        stretch = str(places[room] // NEIGHBOURS) if is_long else ""
        places[room] += 1
        texts = texts_of(each.turns)
        leaders.append(at)
        for key in (("room", room, stretch), ("asks", texts.question), ("says", texts.answer)):
            leaders[_leader(leaders, group_of.setdefault(key, at))] = _leader(leaders, at)
    return np.array([_leader(leaders, at) for at in range(len(labels))])


def _leader(leaders: list[int], group: int) -> int:
    while leaders[group] != group:
        group = leaders[group]
    return group


def _subjects_of(project: Project, labels: Sequence[Label]) -> list[Subject]:
    """Return what people saw: words before an edit, with what the checks find in those."""
    with project.database.read() as connection:
        stored = read_subjects(connection, [each.example_id for each in labels])
    subjects = {
        each.example_id: replace(stored[each.example_id], system=each.system, turns=each.turns)
        for each in labels
    }
    edited = [each for each in labels if each.action == "edit"]
    for example_id, found in _found_before(project, edited).items():
        subjects[example_id] = replace(subjects[example_id], found=found)
    return [subjects[each.example_id] for each in labels]


def _found_before(
    project: Project, edited: Sequence[Label]
) -> dict[str, dict[tuple[str, str], int]]:
    """Check the words that were edited since once more, as they had been."""
    if not edited:
        return {}
    by_id = {each.example_id: each for each in edited}
    with project.database.read() as connection:
        examples = [example_on(connection, each) for each in by_id]
    wanted = {each.conversation_id for each in edited}
    rooms = {each.id: each for each in project.conversations.read(wanted)}
    products = read_product_book(project.database, project.settings, list(rooms))
    found: dict[str, dict[tuple[str, str], int]] = {}
    for example in examples:
        room = rooms.get(example.conversation_id)
        if room is None:
            continue  # forgotten since
        label = by_id[example.id]
        as_it_was = replace(example, system=label.system, turns=label.turns)
        counts: dict[tuple[str, str], int] = {}
        for each in findings_of(as_it_was, room, products)[0]:
            key = (each.check, each.severity)
            counts[key] = counts.get(key, 0) + 1
        found[example.id] = counts
    return found


def _predict(
    project: Project, number: int, model: TriageModel, report: Progress, most_new: int | None
) -> int:
    total, done, n_predicted = count_pending(project.database), 0, 0
    for page in pending_pages(project.database, size=PAGE):
        done += len(page)
        subjects = page
        if most_new is not None:
            subjects, n_new = _few_new(project, page, most_new)
            most_new -= n_new
        if not subjects:
            continue
        rows = _rows(project, subjects, no_progress, "")
        keep = model.chances(rows)
        n_predicted += save_predictions(
            project.database,
            number,
            {each.example_id: float(chance) for each, chance in zip(subjects, keep, strict=True)},
        )
        report("predict", min(done, total), total)
    return n_predicted


def _few_new(project: Project, page: Sequence[Subject], most_new: int) -> tuple[list[Subject], int]:
    """Leave out examples without a vector, but the first few; how many new ones are left."""
    known = read_vectors(project.database, [each.example_id for each in page])
    new = [
        each.example_id
        for each in page
        if each.example_id not in known
        or known[each.example_id].words != texts_of(each.turns).digest
    ]
    left_out = set(new[most_new:])
    return [each for each in page if each.example_id not in left_out], min(most_new, len(new))


def _rows(project: Project, subjects: Sequence[Subject], report: Progress, what: str) -> Rows:
    """Return vectors and measures of examples; only texts that were never embedded are."""
    texts = [texts_of(each.turns) for each in subjects]
    known = read_vectors(project.database, [each.example_id for each in subjects])
    chosen: list[StoredVector | None] = []
    for subject, text in zip(subjects, texts, strict=True):
        stored = known.get(subject.example_id)
        chosen.append(stored if stored and stored.words == text.digest else None)
    missing = [at for at, each in enumerate(chosen) if each is None]
    made: list[StoredVector] = []
    for start in range(0, len(missing), TEXTS_AT_ONCE):
        some = missing[start : start + TEXTS_AT_ONCE]
        vectors = _embedded([texts[at] for at in some])
        made += [
            pack(subjects[at].example_id, texts[at], vectors[place])
            for place, at in enumerate(some)
        ]
        if what:
            report(what, len(made), len(missing))
    for at, vector in zip(missing, made, strict=True):
        chosen[at] = vector
    save_vectors(project.database, made)
    unpacked = unpack([each for each in chosen if each is not None])
    measured = [measure(each, unpacked[at]) for at, each in enumerate(subjects)]
    return Rows(vectors=unpacked, measured=measured)


def _embedded(texts: Sequence[Texts]) -> np.ndarray:
    """Embed questions and answers; float32, shape (n_texts, 2, 512), zero where nothing is said."""
    flat = [side for each in texts for side in (each.question, each.answer)]
    wanted = [at for at, text in enumerate(flat) if text.strip()]
    vectors = np.zeros((len(flat), N_DIMENSIONS), dtype=np.float32)
    if wanted:
        vectors[wanted] = _embedder().embed([flat[at] for at in wanted])
    return vectors.reshape(len(texts), 2, N_DIMENSIONS)


@lru_cache(maxsize=1)
def _embedder() -> "Embedder":
    """Build this machine's encoder once: nothing leaves the machine, nothing is paid for."""
    from chatmill.server.embed import Embedder

    return Embedder()


def _digest(labels: Sequence[Label]) -> str:
    digest = hashlib.sha256(str(FEATURES_VERSION).encode())
    for each in sorted(labels, key=lambda label: label.decision_id):
        digest.update(f"{each.decision_id} {each.action}\n".encode())
    return digest.hexdigest()


def _plain(figures: TriageFigures) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(figures)))
    return plain
