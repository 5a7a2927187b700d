"""In which form something was asked: polite or plain, keywords alone."""

import re

from chatmill.text.language import detect_language
from chatmill.text.tokens import token_texts

_KOREAN_POLITE = re.compile(r"(?:요|니다|니까|세요|십시오|죠|까요)\s*[.?!~…^ㅠㅜ]*\s*$")
_KOREAN_VERB = re.compile(r"(?:다|요|까|죠|지|나|니|냐|해|돼|줘|야|어|아|음)\s*[.?!~…]*\s*$")
_ENGLISH_POLITE = re.compile(
    r"\b(?:please|could you|would you|may i|thank(?:s| you)|kindly)\b", re.IGNORECASE
)
_ENGLISH_VERB = re.compile(
    r"\b(?:is|are|was|do|does|did|can|could|may|should|would|will|has|have|how|what|why|where|when"
    r"|which|who|need|want|get|gets|use|tell|i|my|it)\b",
    re.IGNORECASE,
)
KEYWORDS_AT_MOST = 6
"""More words are a sentence, whatever they are."""


def is_polite(question: str) -> bool:
    """Tell whether a question is polite in its language's way."""
    if detect_language(question) == "ko":
        return any(_KOREAN_POLITE.search(line) for line in question.splitlines())
    return bool(_ENGLISH_POLITE.search(question))


def is_keywords_only(question: str) -> bool:
    """Tell whether a question is a few words without a verb, as typed into a search box."""
    if len(token_texts(question)) > KEYWORDS_AT_MOST:
        return False
    has_verb = _KOREAN_VERB if detect_language(question) == "ko" else _ENGLISH_VERB
    return not has_verb.search(question)
