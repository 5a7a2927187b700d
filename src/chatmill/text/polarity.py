"""Says whether a text denies something, by negation cues of English and Korean."""

import re
from typing import Literal

from chatmill.text.sentences import sentences

Polarity = Literal["affirmative", "negated"]

_ENGLISH = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|nowhere|neither|nor|without|cannot|unable|impossible"
    r"|unsupported|incapable|lacks?|can'?t|won'?t|don'?t|doesn'?t|didn'?t|isn'?t|aren'?t|wasn'?t"
    r"|weren'?t|hasn'?t|haven'?t|shouldn'?t|couldn'?t|wouldn'?t|mustn'?t|needn'?t)(?![\w'])",
    re.IGNORECASE,
)
_KOREAN = re.compile(
    r"(?:^|[\s,.])(?:안|못)\s?(?=[가-힣])(?!녕|내|전|정|에서|쪽|테나)"
    r"|않|없|아니(?!면)|아닙|아닌|불가|미지원|비활성|마세요|마십시오|말아|지\s?마|못\s?하|못\s?합"
)


def is_negated(text: str) -> bool:
    """Tell whether any sentence carries a negation cue."""
    return any(_has_cue(span.of(text)) for span in sentences(text))


def polarity(text: str) -> Polarity:
    """Return `negated` where some sentence denies something, else `affirmative`."""
    return "negated" if is_negated(text) else "affirmative"


def polarities_agree(a: str, b: str) -> bool:
    """Tell whether two texts both deny something or neither does."""
    return is_negated(a) == is_negated(b)


def _has_cue(sentence: str) -> bool:
    straight = sentence.replace("’", "'")
    return bool(_ENGLISH.search(straight) or _KOREAN.search(straight))
