"""Coverage: what the examples are about, as topics with readable names and counts."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from chatmill.checks.corpus import Corpus, CorpusReport
from chatmill.records import Cluster
from chatmill.text.morphemes import units

MIN_EXAMPLES = 8
"""Fewer have no topics worth the name."""
MAX_TOPICS = 40
ROUNDS = 25
STARTS = 8
"""Times the grouping begins anew; the tightest one stands."""
SEED = 7
TOO_USUAL = 0.4
"""A word in more than this share of all questions sets no topic apart."""
NAME_WORDS = 3
NAMED_CHARACTERS = 2_000
"""Of a question, for naming its topic."""
_MIN_LETTERS = 2
_EMPTY = frozenset(
    """
    doe hav anyon someon giv the and for are you can how what does with this that not have
    from when which there will but is it my in on of to do use using used get would could
    should if at or be was an has any me please hi hello thanks thank need want after why
    where its am
    보내 있 없 하 되 알리 싶 궁금 문의 질문 안녕 감사 부탁 드리 주 어떻 어떻게
    무엇 어떤 경우 관련 사용 가능 방법 확인
    저희 그런데 혹시 때문 그렇 이렇 대하 위하 통하 않 안 못 말 보 알 나오 오
    가 모르 몇 얼마 같 다른 지금 때 중 시 것
    거 수 등 어디 언제 왜 누구
    """.split()  # noqa: SIM905 - as the word lists elsewhere
)


class CoverageCheck:
    """Topics by k-means over question vectors, named by the words that set them apart."""

    name = "coverage"
    version = "2"

    def check(self, corpus: Corpus) -> CorpusReport:
        """Group examples by topic, the largest first; makes no findings."""
        if corpus.vectors is None or len(corpus.examples) < MIN_EXAMPLES:
            return CorpusReport()
        topic_of = group_vectors(corpus.vectors, n_topics(len(corpus.examples)))
        words = [_words(text) for text in corpus.texts]
        usual = Counter(word for each in words for word in each)
        spelt = _spellings(words)
        clusters = []
        for topic in range(int(topic_of.max()) + 1):
            members = np.flatnonzero(topic_of == topic).tolist()
            if members:
                clusters.append(
                    Cluster(
                        kind="topic",
                        name=topic_name([words[at] for at in members], usual, spelt, len(words)),
                        example_ids=tuple(corpus.examples[at].id for at in members),
                    )
                )
        clusters.sort(key=lambda each: (-len(each.example_ids), each.name))
        return CorpusReport(clusters=tuple(clusters))


def n_topics(n_examples: int) -> int:
    """Choose how many topics to look for."""
    return max(2, min(MAX_TOPICS, round(math.sqrt(n_examples / 2))))


def group_vectors(vectors: np.ndarray, n_groups: int) -> np.ndarray:
    """K-means over what sets rows apart; the same vectors give the same groups.

    What all rows have in common (a team's questions are all about its products) is taken out
    first, and centres are drawn as k-means++ does, from a fixed seed.

    Args:
        vectors: float32, shape (n, n_dims), unit rows.
        n_groups: At least one.

    Returns:
        int64, shape (n,): group of each row, in [0, n_groups).
    """
    apart = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    rows = apart / np.maximum(lengths, np.finfo(np.float32).tiny)
    rng = np.random.default_rng(SEED)
    tries = [_grouped(rows, n_groups, rng) for _ in range(STARTS)]
    return max(tries, key=lambda each: each[1])[0]


def _grouped(rows: np.ndarray, n_groups: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Group unit rows from random centres; returns the groups and how close they are."""
    centres = rows[[int(rng.integers(len(rows)))]]
    while len(centres) < min(n_groups, len(rows)):
        distance = np.clip(1 - (rows @ centres.T).max(axis=1), 0, None).astype(np.float64)
        if distance.sum() <= 0:
            break
        drawn = rng.choice(len(rows), p=distance / distance.sum())
        centres = np.vstack([centres, rows[drawn]])
    groups = np.argmax(rows @ centres.T, axis=1)
    for _ in range(ROUNDS):
        for group in range(len(centres)):
            mean = rows[groups == group].sum(axis=0)
            length = np.linalg.norm(mean)
            if length > 0:
                centres[group] = mean / length
        moved = np.argmax(rows @ centres.T, axis=1)
        if np.array_equal(moved, groups):
            break
        groups = moved
    closeness = float((rows * centres[groups]).sum())
    return np.asarray(groups, dtype=np.int64), closeness


def topic_name(
    members: Sequence[Collection[str]], usual: Counter[str], spelt: Mapping[str, str], n_all: int
) -> str:
    """Name a topic by words many of its questions have and few others.

    Args:
        members: Words of each of its questions, made comparable.
        usual: Questions of all topics that have a word.
        spelt: How people write a word.
        n_all: Questions of all topics.
    """
    inside = Counter(word for each in members for word in each)
    weight = {
        word: n / len(members) * math.log(1 + n_all / usual[word])
        for word, n in inside.items()
        if (n > 1 or len(members) == 1) and usual[word] <= max(TOO_USUAL * n_all, len(members))
    }
    best = sorted(weight, key=lambda word: (-weight[word], word))[:NAME_WORDS]
    return ", ".join(spelt[word] for word in best) or "mixed"


def _words(text: str) -> dict[str, str]:
    """Return the words of a question that may name a topic, and how it writes them."""
    text = text[:NAMED_CHARACTERS]
    return {
        each.key: text[each.start : each.end]
        for each in units(text)
        if each.key not in _EMPTY
        and len(each.key) >= _MIN_LETTERS
        and any(letter.isalpha() for letter in each.key)
    }


def _spellings(words: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return how each word is written most often."""
    seen: dict[str, Counter[str]] = {}
    for each in words:
        for word, written in each.items():
            seen.setdefault(word, Counter())[written] += 1
    return {word: min(forms, key=lambda form: (-forms[form], form)) for word, forms in seen.items()}
