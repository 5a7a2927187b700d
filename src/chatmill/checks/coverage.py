"""Coverage: what the examples are about, as topics with readable names and counts."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from chatmill.checks.corpus import Corpus, CorpusReport
from chatmill.records import Cluster
from chatmill.text.morphemes import units

MIN_EXAMPLES = 8
"""Fewer have no topics worth the name."""
MAX_TOPICS = 40
ROUNDS = 25
NAME_WORDS = 3
NAMED_CHARACTERS = 2_000
"""Of a question, for naming its topic."""
_MIN_LETTERS = 2
_EMPTY = frozenset(
    [
        "doe",
        "hav",
        "anyon",
        "someon",
        "giv",
        "보내",
        "the",
        "and",
        "for",
        "are",
        "you",
        "can",
        "how",
        "what",
        "does",
        "with",
        "this",
        "that",
        "not",
        "have",
        "from",
        "when",
        "which",
        "there",
        "will",
        "but",
        "is",
        "it",
        "my",
        "in",
        "on",
        "of",
        "to",
        "do",
        "use",
        "using",
        "used",
        "get",
        "would",
        "could",
        "should",
        "if",
        "at",
        "or",
        "be",
        "was",
        "an",
        "has",
        "any",
        "me",
        "please",
        "hi",
        "hello",
        "thanks",
        "thank",
        "need",
        "want",
        "after",
        "why",
        "where",
        "its",
        "is",
        "am",
        "있",
        "없",
        "하",
        "되",
        "알리",
        "싶",
        "궁금",
        "문의",
        "질문",
        "안녕",
        "감사",
        "부탁",
        "드리",
        "주",
        "어떻",
        "어떻게",
        "무엇",
        "어떤",
        "경우",
        "관련",
        "사용",
        "가능",
        "방법",
        "확인",
        "저희",
        "그런데",
        "혹시",
        "때문",
        "그렇",
        "이렇",
        "대하",
        "위하",
        "통하",
        "않",
        "안",
        "못",
        "말",
        "보",
        "알",
        "나오",
        "오",
        "가",
        "모르",
        "몇",
        "얼마",
        "같",
        "다른",
        "지금",
        "때",
        "중",
        "시",
        "것",
        "거",
        "수",
        "등",
        "어디",
        "언제",
        "왜",
        "누구",
    ]
)


class CoverageCheck:
    """Topics by k-means over question vectors, named by the words that set them apart."""

    name = "coverage"
    version = "1"

    def check(self, corpus: Corpus) -> CorpusReport:
        """Group examples by topic, the largest first; makes no findings."""
        if corpus.vectors is None or len(corpus.examples) < MIN_EXAMPLES:
            return CorpusReport()
        topic_of = group_vectors(corpus.vectors, n_topics(len(corpus.examples)))
        words = [_words(text) for text in corpus.texts]
        usual = Counter(word for each in words for word in each)
        clusters = []
        for topic in range(int(topic_of.max()) + 1):
            members = np.flatnonzero(topic_of == topic).tolist()
            if members:
                clusters.append(
                    Cluster(
                        kind="topic",
                        name=topic_name([words[at] for at in members], usual, len(words)),
                        example_ids=tuple(corpus.examples[at].id for at in members),
                    )
                )
        clusters.sort(key=lambda each: (-len(each.example_ids), each.name))
        return CorpusReport(clusters=tuple(clusters))


def n_topics(n_examples: int) -> int:
    """Choose how many topics to look for."""
    return max(2, min(MAX_TOPICS, round(math.sqrt(n_examples / 2))))


def group_vectors(vectors: np.ndarray, n_groups: int) -> np.ndarray:
    """Spherical k-means from far-apart first centres; the same vectors give the same groups.

    Args:
        vectors: float32, shape (n, n_dims), unit rows.
        n_groups: At least one.

    Returns:
        int64, shape (n,): group of each row, in [0, n_groups).
    """
    centres = vectors[[0]]
    nearest = vectors @ centres[0]
    while len(centres) < min(n_groups, len(vectors)):
        centres = np.vstack([centres, vectors[int(np.argmin(nearest))]])
        nearest = np.maximum(nearest, vectors @ centres[-1])
    groups = np.argmax(vectors @ centres.T, axis=1)
    for _ in range(ROUNDS):
        for group in range(len(centres)):
            mean = vectors[groups == group].sum(axis=0)
            length = np.linalg.norm(mean)
            if length > 0:
                centres[group] = mean / length
        moved = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(moved, groups):
            break
        groups = moved
    return np.asarray(groups, dtype=np.int64)


def topic_name(members: Sequence[set[str]], usual: Counter[str], n_all: int) -> str:
    """Name a topic by words many of its questions have and few others."""
    inside = Counter(word for each in members for word in each)
    weight = {
        word: n / len(members) * math.log(1 + n_all / usual[word])
        for word, n in inside.items()
        if n > 1 or len(members) == 1
    }
    best = sorted(weight, key=lambda word: (-weight[word], word))[:NAME_WORDS]
    return ", ".join(best) or "mixed"


def _words(text: str) -> set[str]:
    """Return the words of a question that may name a topic."""
    return {
        each.key
        for each in units(text[:NAMED_CHARACTERS])
        if each.key not in _EMPTY
        and len(each.key) >= _MIN_LETTERS
        and any(letter.isalpha() for letter in each.key)
    }
