"""ROUGE-L: how much of the reference's wording an answer keeps, in order.

F-measure with equal weight on precision and recall over the longest common subsequence of tokens
(C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004, section 3).

Tokens are lower-case runs of letters and digits; Hangul counts syllable by syllable. A Korean word
(eojeol) changes with its particle, so whole words would call "소켓은" and "소켓이" two unrelated
things. Kim & Kim, "Vacillating Human Correlation of SacreBLEU in Unprotected Languages" (HumEval
2022), found character tokens sound for Korean; smaller pieces than syllables did worse.
"""

import re

from chatmill.metrics.base import AnswerBatch

TOKEN = re.compile(r"[가-힣ㄱ-ㆎ]|(?:(?![가-힣ㄱ-ㆎ])[^\W_])+")


class RougeL:
    """ROUGE-L F-measure; None where the reference has no token."""

    name = "rouge_l"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer in [0, 1]."""
        return [
            rouge_l(answer, reference) if tokens_of(reference) else None
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]


def tokens_of(text: str) -> list[str]:
    """Cut a text into Hangul syllables and other words, lower-case, signs left out."""
    return TOKEN.findall(text.lower())


def rouge_l(answer: str, reference: str) -> float:
    """Return the F-measure of the longest common subsequence of tokens.

    Args:
        answer: What a model said.
        reference: What it should have said.

    Returns:
        A number in [0, 1]; 0.0 where either text has no token.
    """
    left, right = tokens_of(answer), tokens_of(reference)
    n_common = common_length(left, right)
    if n_common == 0:
        return 0.0
    precision, recall = n_common / len(left), n_common / len(right)
    return 2 * precision * recall / (precision + recall)


def common_length(left: list[str], right: list[str]) -> int:
    """Length of the longest common subsequence, with bits of one integer as the table's row.

    Hyyrö, "Bit-parallel LCS-length computation revisited" (2004): quadratic work, word-sized steps.
    """
    places: dict[str, int] = {}
    for at, token in enumerate(left):
        places[token] = places.get(token, 0) | 1 << at
    full = (1 << len(left)) - 1
    row = full
    for token in right:
        matches = row & places.get(token, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(left) - row.bit_count()
