"""What triage looks at: the meaning of question and answer, what checks found, and their shape.

Findings of checks over all examples together (duplicates, conflicts, leaks) are left out: they
come and go with the decisions themselves, so a model would learn the decision from its trace.
"""

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.records import Citation, Turn
from chatmill.store.triage import StoredVector, Subject

FEATURES_VERSION = 1
TEXT_CHARACTERS = 1_000
"""Of the questions and of the answers of an example that are embedded."""
N_DIMENSIONS = 512
CORPUS_CHECKS = frozenset({"duplicates", "conflicts", "leakage", "coverage"})
LEAST_ROWS = 3
"""A finding or an extractor seen in fewer labelled examples says nothing yet."""
SEVERITIES = ("error", "warning", "info")
_DIGIT = re.compile(r"\d")
_LINK = re.compile(r"https?://|www\.")
_HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The words of one example that are embedded."""

    question: str
    answer: str

    @property
    def digest(self) -> str:
        """Names the words, and the encoder's input made of them."""
        content = f"{FEATURES_VERSION}\x1f{self.question}\x1f{self.answer}"
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def texts_of(turns: Sequence[Turn]) -> Texts:
    """Return the words of an example that are embedded; later turns where there is room."""
    return Texts(
        question="\n".join(turn.question for turn in turns)[:TEXT_CHARACTERS],
        answer="\n".join(turn.answer for turn in turns)[:TEXT_CHARACTERS],
    )


def pack(example_id: str, texts: Texts, vectors: np.ndarray) -> StoredVector:
    """Pack the two unit vectors of an example into a byte a number.

    Args:
        example_id: Whose.
        texts: What was embedded.
        vectors: float32, shape (2, 512): question, answer; unit length or zero.
    """
    most = np.maximum(np.abs(vectors).max(axis=1), np.finfo(np.float32).tiny)
    steps = np.round(vectors / most[:, None] * 127).astype(np.int8)
    content = base64.b64encode(steps.tobytes()).decode("ascii")
    return StoredVector(example_id=example_id, words=texts.digest, vector=content)


def unpack(stored: Sequence[StoredVector]) -> np.ndarray:
    """Return what `pack` took; float32, shape (n_examples, 2, 512), rows of unit length or zero."""
    content = b"".join(base64.b64decode(each.vector) for each in stored)
    steps = np.frombuffer(content, dtype=np.int8).reshape(len(stored), 2, N_DIMENSIONS)
    vectors = steps.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=2, keepdims=True)
    unit: np.ndarray = vectors / np.maximum(lengths, 1.0)
    return unit


def measure(subject: Subject, vectors: np.ndarray) -> dict[str, float]:
    """Return what can be counted of an example, by name; what is not named is 0.

    Args:
        subject: The example and its findings.
        vectors: float32, shape (2, 512): question, answer.
    """
    question = "\n".join(turn.question for turn in subject.turns)
    answer = "\n".join(turn.answer for turn in subject.turns)
    cited = [c for turn in subject.turns for c in turn.answer_citations]
    asked = [c for turn in subject.turns for c in turn.question_citations]
    counted = {
        "turns": float(len(subject.turns)),
        "question length": math.log1p(len(question)),
        "answer length": math.log1p(len(answer)),
        "system length": math.log1p(len(subject.system)),
        "short answer": float(len(answer) < 20),  # noqa: PLR2004 - "네, 감사합니다" and the like
        "question mark": float(question.rstrip().endswith(("?", "？"))),
        "answer asks": float(answer.rstrip().endswith(("?", "？"))),
        "answer has digits": float(_DIGIT.search(answer) is not None),
        "answer has a link": float(_LINK.search(answer) is not None),
        "answer has code": float("```" in answer or ";\n" in answer),
        "Korean question": float(_HANGUL.search(question) is not None),
        "Korean answer": float(_HANGUL.search(answer) is not None),
        "answer like question": float(vectors[0] @ vectors[1]),
        "answer cited": _covered(cited, len(answer)),
        "question cited": _covered(asked, len(question)),
        "messages cited": math.log1p(len({c.message_id for c in (*cited, *asked)})),
        f"extractor {subject.extractor}": 1.0,
        f"language {subject.language}": 1.0,
    }
    for (check, severity), n_found in subject.found.items():
        if check.partition(".")[0] not in CORPUS_CHECKS:
            for name in (f"{severity} {check}", f"any {severity}"):
                counted[name] = counted.get(name, 0.0) + n_found
    return {
        name: math.log1p(value) if name.startswith((*SEVERITIES, "any ")) else value
        for name, value in counted.items()
    }


def choose_names(measured: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """Name what is told apart: what some labelled examples have, and not all have alike."""
    seen = Counter(name for each in measured for name, value in each.items() if value)
    return tuple(sorted(name for name, n_rows in seen.items() if n_rows >= LEAST_ROWS))


def tabulate(measured: Sequence[Mapping[str, float]], names: Sequence[str]) -> np.ndarray:
    """Put measures into columns; float64, shape (n_examples, n_names)."""
    return np.array([[each.get(name, 0.0) for name in names] for each in measured]).reshape(
        len(measured), len(names)
    )


def _covered(citations: Sequence[Citation], length: int) -> float:
    """Return the share of a text that stands in its messages."""
    return min(1.0, sum(c.end - c.start for c in citations) / length) if length else 0.0
