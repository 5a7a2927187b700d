"""Examples chosen by what they are found by, in the order of their numbers, a page at a time.

No query counts, sorts or walks over everything: the rarest facet leads, the others are looked up
for each of its examples, and a page that looked through enough gives what it has and where to go
on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.listing import EVERY, Pair
from chatmill.store.search import find_numbers, words_of
from chatmill.store.tables import examples, facets, listed, listed_facets, triage_predictions
from chatmill.text.grams import SearchWords

CANDIDATES = (500, 4_000, 20_000)
"""Examples looked through in one step: few at first, more where few of them match."""
MOST_LOOKED_THROUGH = 60_000
"""Examples one page looks through before it gives what it has."""
ROWS_AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which examples; every condition given must hold, an empty one says nothing."""

    status: str = ""
    severity: str = ""
    """`error`, `warning`, `info`, or `none` for those without a finding."""
    check: str = ""
    topic: str = ""
    cluster: str = ""
    """`exact`, `near`, `meaning`, `conflict` or `leak`."""
    product: str = ""
    source: str = ""
    """Name of an imported file."""
    reviewer: str = ""
    """Who made the newest decision about it."""
    score: str = ""
    """Verdict of the newest evaluation: `followed`, `partly`, `not followed`."""
    keep_from: float | None = None
    """Least confidence of the triage that it is kept, in [0, 1]."""
    words: SearchWords | None = None
    """What its texts must hold."""

    def pairs(self) -> list[Pair]:
        """Return the facets it needs."""
        named = [(name, getattr(self, name)) for name in FACETS]
        return [(name, value) for name, value in named if value] or [EVERY]


FACETS = tuple(each.name for each in fields(Choice) if each.name not in ("keep_from", "words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPage:
    """Some examples that were chosen."""

    example_ids: tuple[str, ...]
    after: int | None
    """Number to go on after; None where there are no more."""
    is_cut: bool
    """Whether it stopped early, because few of many match: going on may find more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value examples can be chosen by, and how many have it."""

    id: int
    value: str
    n_examples: int


def choose_page(database: Database, choice: Choice, *, after: int = 0, limit: int) -> ChosenPage:
    """Return the next examples of a choice, in the order they came into the project.

    Args:
        database: The project's.
        choice: Which.
        after: Number to go on after, of the page before.
        limit: Most examples.
    """
    with database.read() as connection:
        search = _Search(connection, choice)
        found: list[tuple[int, str]] = []
        for some in search.steps(after):
            found += some.matching
            after = some.up_to
            if len(found) > limit:
                break
            if some.is_last:
                return ChosenPage(example_ids=_ids(found), after=None, is_cut=False)
            if search.n_looked_through >= MOST_LOOKED_THROUGH:
                return ChosenPage(example_ids=_ids(found), after=after, is_cut=True)
    page = found[:limit]
    return ChosenPage(example_ids=_ids(page), after=page[-1][0], is_cut=False)


def choose_ids(database: Database, choice: Choice, *, most: int) -> list[str]:
    """Return the ids of all examples of a choice, at most so many."""
    found: list[tuple[int, str]] = []
    with database.read() as connection:
        for some in _Search(connection, choice).steps(0):
            found += some.matching
            if some.is_last or len(found) >= most:
                break
    return list(_ids(found[:most]))


def list_facets(database: Database, kind: str, *, limit: int) -> list[FacetValue]:
    """List the values of a kind of facet, most examples first."""
    query = (
        sa.select(facets.c.id, facets.c.value, facets.c.n_examples)
        .where(facets.c.kind == kind, facets.c.n_examples > 0)
        .order_by(facets.c.n_examples.desc(), facets.c.value)
        .limit(limit)
    )
    with database.read() as connection:
        return [
            FacetValue(id=row.id, value=row.value, n_examples=row.n_examples)
            for row in connection.execute(query)
        ]


def facet_value(database: Database, facet_id: int) -> str:
    """Return the value of a facet, empty where there is none with that number."""
    with database.read() as connection:
        query = sa.select(facets.c.value).where(facets.c.id == facet_id)
        return connection.execute(query).scalar() or ""


@dataclass(frozen=True, slots=True)
class _Step:
    """What one look at some candidates found."""

    matching: list[tuple[int, str]]
    """Numbers and ids."""
    up_to: int
    """The last number looked at."""
    is_last: bool


class _Search:
    """Looks through the examples of a choice in the order of their numbers.

    Args:
        connection: A connection to the project's database.
        choice: Which.
    """

    def __init__(self, connection: sa.Connection, choice: Choice) -> None:
        self._connection = connection
        self._choice = choice
        self.n_looked_through = 0
        wanted = choice.pairs()
        query = sa.select(facets.c.kind, facets.c.value, facets.c.id, facets.c.n_examples).where(
            facets.c.kind.in_([kind for kind, _ in wanted]),
            facets.c.value.in_([value for _, value in wanted]),
        )
        rows = [r for r in connection.execute(query) if (r.kind, r.value) in wanted]
        self._is_empty = len(rows) < len(wanted)
        rows.sort(key=lambda row: row.n_examples)
        self._facet_ids = [row.id for row in rows]
        self._n_rarest = rows[0].n_examples if rows else 0

    def steps(self, after: int) -> Iterator[_Step]:
        """Yield what matches, step by step; the last one says so."""
        at = 0
        while True:
            size = CANDIDATES[min(at, len(CANDIDATES) - 1)]
            step = self._step(after, size)
            yield step
            if step.is_last:
                return
            after = step.up_to
            at += 1

    def _step(self, after: int, size: int) -> _Step:
        if self._is_empty:
            return _Step([], after, is_last=True)
        words = self._choice.words
        if words is not None and self._n_rarest > CANDIDATES[-1]:
            numbers = find_numbers(self._connection, words.keys, after=after, limit=size)
            matching = self._with_facets(numbers)
        else:
            numbers = self._of_facet(after, size)
            matching = self._with_facets(numbers, n_known=1)
        self.n_looked_through += len(numbers)
        up_to = numbers[-1] if numbers else after
        named = self._named(matching)
        return _Step(named, up_to, is_last=len(numbers) < size)

    def _of_facet(self, after: int, size: int) -> list[int]:
        query = (
            sa.select(listed_facets.c.number)
            .where(listed_facets.c.facet_id == self._facet_ids[0], listed_facets.c.number > after)
            .order_by(listed_facets.c.number)
            .limit(size)
        )
        return list(self._connection.execute(query).scalars())

    def _with_facets(self, numbers: list[int], *, n_known: int = 0) -> list[int]:
        """Leave out the numbers that lack a facet; the first `n_known` are known to be there."""
        for facet_id in self._facet_ids[n_known:]:
            there: set[int] = set()
            for some in _parts(numbers):
                query = sa.select(listed_facets.c.number).where(
                    listed_facets.c.facet_id == facet_id, listed_facets.c.number.in_(some)
                )
                there.update(self._connection.execute(query).scalars())
            numbers = [each for each in numbers if each in there]
        return numbers

    def _named(self, numbers: list[int]) -> list[tuple[int, str]]:
        """Return numbers with ids, without those whose words or confidence do not match."""
        words, keep_from = self._choice.words, self._choice.keep_from
        named: list[tuple[int, str]] = []
        for some in _parts(numbers):
            query = sa.select(listed.c.number, listed.c.example_id)
            if words is not None:
                query = query.add_columns(examples.c.system, examples.c.turns)
                query = query.join(examples, examples.c.id == listed.c.example_id)
            if keep_from is not None:
                prediction = triage_predictions.c.example_id == listed.c.example_id
                query = query.join(triage_predictions, prediction)
                query = query.where(triage_predictions.c.keep >= keep_from)
            query = query.where(listed.c.number.in_(some)).order_by(listed.c.number)
            named += [
                (row.number, row.example_id)
                for row in self._connection.execute(query)
                if words is None or words.found_in(words_of(row.system, row.turns))
            ]
        return named


def _ids(found: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(example_id for _, example_id in found)


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[at : at + ROWS_AT_ONCE] for at in range(0, len(numbers), ROWS_AT_ONCE))
