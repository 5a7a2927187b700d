"""Answers that answer nothing: questions, promises, thanks, other places, echoes, two words."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd, whole
from chatmill.text.cues import act_of, is_only_question
from chatmill.text.facts import facts
from chatmill.text.tokens import tokens

_VAGUE = re.compile(
    r"\b(?:not sure|no idea|don'?t know|would have to look)\b"
    r"|잘 모르(?!고\s?(?:있|계))|정확하진|글쎄",
    re.IGNORECASE,
)
_GUESS = re.compile(r"\b(?:i guess|maybe)\b|아마", re.IGNORECASE)
_UNSURE = {"unsure": _VAGUE, "guess": _GUESS}
_MOST_LETTERS = 80
"""Of a longer answer only a part is unsure."""
_ELSEWHERE_EN = re.compile(
    r"^(?:(?:hi|hello|ok(?:ay)?|sure|please|pls|i(?:'ve| have)?|we(?:'ve| have)?|just)\b[\s,.!]*)*"
    r"(?:(?:see|check|read|look at|sent|send|dm'?e?d|pm'?e?d|message|contact|write|e-?mailed"
    r"|replied"
    r"|answered)\b"
    r"(?: (?:you|me|us|to|it|a|an|by|via|in|on|your|the|my|our|private(?:ly)?))*\s*)?"
    r"(?:\b(?:dms?|pms?|inbox|direct messages?|private messages?|private chat|privately|e-?mail)\b"
    r"[\s,.!:]*(?:please|pls|thanks|thx|now|me|us|you|for (?:details|more))?[\s,.!:)]*)$",
    re.IGNORECASE,
)
_ELSEWHERE_KO = re.compile(
    r"^(?:(?:네|넵|안녕하세요|고객님)[,.!\s]*)*(?:자세한\s?(?:내용|사항)은\s?)?"
    r"(?:dm|디엠|쪽지|갠톡|개인\s?톡|개인\s?메시지|1:1\s?(?:문의|채팅|톡)?|비밀\s?댓글|비댓|메일|이메일|전화|유선)"
    r"(?:으?로|을|를|에서|에)?\s?(?:좀\s?|따로\s?|다시\s?)?"
    r"(?:드렸|드릴|드리|보냈|보낼|보내|주세요|주시|확인|참고|답변|답장|연락|문의|남겨|부탁)[^.?!\n]{0,16}[.!~^\s]*$",
    re.IGNORECASE,
)
_THANKS_KO = re.compile(
    r"^(?:(?:네+|넵+|아|오|답변|빠른|친절한|정말|너무|진심으로|항상|문의|문의해|주셔서|해|도와|연락|구매|이용)[\s,.!~]*){0,7}"
    r"(?:감사(?:합니다|드립니다|해요|드려요|했습니다)|고맙(?:습니다|네요)|고마워요?)"
    r"(?:[\s.!~^ㅎㅋ:)]|좋은 (?:하루|주말|저녁) (?:되세요|보내세요)|수고하세요|수고하셨습니다)*$"
)
_THANKS_EN = re.compile(
    r"^(?:(?:ok(?:ay)?|great|cool|oh|ah|hi|hello|awesome|perfect|many|so much|very much|a lot|for"
    r"|thank(?:s| you)|thx|tnx|cheers|the|your|this|that|again|all|of|help(?:ing)?|support|info"
    r"|information|question|message|asking|reaching|contacting|us|out|to|you|in advance|everyone"
    r"|guys|mate|man|sir|so|much|for your|welcome|have a (?:nice|good|great) (?:day|weekend))\b"
    r"[\s,.!:)~-]*)+$",
    re.IGNORECASE,
)
_THANK_WORD = re.compile(r"\b(?:thank|thanks|thx|tnx|cheers)\b", re.IGNORECASE)
_STALL_KO = re.compile(
    r"^(?:(?:네+|넵+|아|안녕하세요|고객님|죄송합니다|일단|우선|그\s?부분은?|해당\s?(?:내용|부분)은?|담당자에게|내부적으로|다시|한번)"
    r"[,.!\s]*){0,6}"
    r"(?:확인|검토|문의|전달|알아|찾아|살펴|조사)[^.?!\n]{0,12}"
    r"(?:겠습니다|드릴게요|할게요|볼게요|보고 있(?:습니다|어요)|중입니다|중이에요)"
    r"[.!~^\s]*$"
)
_STALL_EN = re.compile(
    r"^(?:(?:hi|hello|ok(?:ay)?|sure|sorry|thanks|well|hmm+)\b[\s,.!]*)*"
    r"(?:i|we)(?:'ll| will| am going to| are going to|'m going to) "
    r"(?:check|look|investigate|get back|ask|find out|forward|pass|let you know|test|try|reply"
    r"|answer|follow up)\b[^.?!\n]{0,60}[.!\s]*$",
    re.IGNORECASE,
)
_ASKS_KO = re.compile(
    r"(?:나요|(?<!니)까요|[은는인한던된]가요|습니까|입니까|합니까|됩니까|는지요|은지요)\s*[.!~]*$"
)
_PROPOSES_KO = re.compile(
    r"^(?=(?:\S+\s+){2})[^?？\n]*(?:(?:면|[는은]\s?(?:건|것은|게)|[^은는이가\s]\s)\s?"
    r"(?:어때요|어떠세요|어떨까요|어떠신가요)|지\s?않을까요|아닐까요)\s*[?？.!~]*$"
)
"""Suggestions and guesses in the form of a question: 다시 켜 보시면 어떨까요?"""
_STATES_EN = re.compile(
    r"^(?:[\w.@-]{2,24}:\s+)?(?:the|this|that|it|they|i|because)\s+"
    r"(?!.*(?:[,.;]\s*(?:so\s+|and\s+|but\s+)?|^)(?:wh(?:at|ere|y|en|ich|o)|how)\b"
    r"|.*\b(?:any|(?:do|did|are|were|have|can|could|would|will)\s+(?:you|i|it|we)"
    r"|(?:is|was|does)\s+(?:it|there|that|this))\b)"
    r"(?:\S+\s+){5,}\S*[?？\s]*$",
    re.IGNORECASE,
)
"""Statements that end with a question mark only for their writer's doubt."""
_ADVICE_KO = re.compile(r"^(?!.*기다).*(?:보세요|드세요|하세요|있어요|있습니다)[.!~\s]*$")
_MIN_ANSWER_WORDS = 2
_MIN_ANSWER_LETTERS = 6
_MIN_SYLLABLES = 5
_YES = re.compile(r"^(?:네+|넵|예|아니요|아뇨)[\s,.!]+")


def odd_answer(text: str) -> Iterator[Odd]:
    """Yield what an answer lacks: at most one of these, and where it sounds unsure."""
    bare = text.strip()
    if not bare:
        return
    kind, why = _whole_answer(bare)
    if kind:
        yield whole(kind, text, why)
    is_short = len(bare) <= _MOST_LETTERS
    for kind, pattern in _UNSURE.items():
        for match in pattern.finditer(text):
            yield Odd(
                kind,
                match.start(),
                match.end(),
                "sounds unsure",
                severity="warning" if is_short else "info",
            )


def odd_echo(question: str, answer: str) -> Iterator[Odd]:
    """Yield an answer that gives the question back."""
    said = letters(answer)
    if said and said == letters(question):
        yield whole("echo", answer, "says the same as the question")


def odd_question(text: str) -> Iterator[Odd]:
    """Yield a question without any word."""
    if text.strip() and not letters(text):
        yield whole("too_short", text, "has no word in it")


def letters(text: str) -> str:
    """Return the letters and digits of a text, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _whole_answer(text: str) -> tuple[str, str]:
    """Say what the whole of an answer is, where it is none."""
    act = act_of(text)
    if _only_asks(text):
        found = ("question", "is only a question")
    elif act == "elsewhere" or _ELSEWHERE_EN.search(text) or _ELSEWHERE_KO.search(text):
        found = ("elsewhere", "only points to another place")
    elif _THANKS_KO.search(text) or (_THANKS_EN.search(text) and _THANK_WORD.search(text)):
        found = ("thanks", "only thanks, it answers nothing")
    elif _only_promises(text):
        found = ("unanswered", "only promises to look, it answers nothing")
    elif act == "unknown" and not _ADVICE_KO.search(text):
        found = ("unanswered", "says only that nobody knows")
    elif act == "ack" or _is_too_short(text):
        found = ("too_short", "is too short to learn from")
    else:
        found = ("", "")
    return found


def _only_asks(text: str) -> bool:
    """Tell an answer that asks back, not one that suggests, or states with a question mark."""
    if _PROPOSES_KO.search(text) or _STATES_EN.search(text):
        return False
    if text.endswith(("?", "？")):
        return is_only_question(text)
    return bool(_ASKS_KO.search(text)) and is_only_question(text)


def _only_promises(text: str) -> bool:
    if _STALL_KO.search(text) or _STALL_EN.search(text):
        return True
    return act_of(text) in ("stall", "ping") and not _ADVICE_KO.search(text)


def _is_too_short(text: str) -> bool:
    if facts(text) or "```" in text:
        return False
    if text.isascii():
        return len(letters(text)) < _MIN_ANSWER_LETTERS or len(tokens(text)) < _MIN_ANSWER_WORDS
    return len(letters(_YES.sub("", text))) < _MIN_SYLLABLES
