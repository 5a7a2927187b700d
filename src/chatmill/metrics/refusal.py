"""Refusal: whether an answer declines where the reviewed one does, and only there."""

import re

from chatmill.metrics.base import AnswerBatch

_ENGLISH = re.compile(
    r"\bI(?:['’]m| am) (?:sorry|afraid)\b.{0,60}\b(?:can(?:no|['’])t|cannot|unable|don['’]?t know"
    r"|do not know)"
    r"|\bI (?:can(?:no|['’])t|cannot|am unable to|['’]m unable to) "
    r"(?:help|assist|answer|provide|comply|do that|share|discuss)"
    r"|\b(?:as|I['’]?m|I am) an? (?:AI|language model|artificial intelligence)\b"
    r"|\bI (?:do not|don['’]?t) (?:know|have (?:any |enough )?(?:information|access|knowledge))"
    r"|\bunable to (?:help|assist|answer)\b",
    re.IGNORECASE | re.DOTALL,
)
_KOREAN = re.compile(
    r"(?:도와|답변|답|안내|제공|알려|말씀)\s?(?:을|를)?\s?(?:해\s?)?(?:드릴|드리기|할|하기)\s?"
    r"(?:수\s?(?:가\s?)?없|어렵)"
    r"|(?:잘\s)?(?:모르겠|알지\s?못)"
    r"|(?:인공지능|AI|언어\s?모델)(?:이기\s?때문|이라서|로서|이므로|입니다)"
    r"|정보(?:가|는|를)?\s?(?:없어|부족|갖고\s?있지\s?않|가지고\s?있지\s?않)"
)


class RefusalMatch:
    """1.0 where both texts decline to answer or neither does, else 0.0."""

    name = "refusal"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer as 0.0 or 1.0."""
        return [
            float(is_refusal(answer) == is_refusal(reference))
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]


def is_refusal(text: str) -> bool:
    """Tell whether a text declines to answer; "it does not support IPv6" is an answer."""
    return bool(_ENGLISH.search(text) or _KOREAN.search(text))
