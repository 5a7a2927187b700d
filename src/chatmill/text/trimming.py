"""Cuts greetings, thanks, mentions, signatures, quotes and filler off a message; never rewrites."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from chatmill.text.cues import act_of, is_question, is_reaction, is_thanks
from chatmill.text.facts import facts
from chatmill.text.names import find_mentions, name_pattern
from chatmill.text.sentences import sentences
from chatmill.text.spans import Span, trimmed, without
from chatmill.text.tokens import tokens

TRIM_KINDS = ("mentions", "greetings", "thanks", "signatures", "quotes", "filler")
Side = Literal["question", "answer"]

_MAX_THANKS_WORDS = 9
_MAX_TAIL_NAME_WORDS = 4
_EDGE_CHARACTERS = 400
"""How far into a message a greeting, name or thanks may reach; keeps hostile messages cheap."""
_MAX_CUTS = 20
"""Most cuts at one edge of one message."""
_REST = r"[\s,.!:;~^ㅎㅋㅜㅠ-]*"
_GREETED = (
    r"all|guys?|everyone|everybody|team|there|folks|support|sir|madam|again|friends?|people|both"
)
_GREETING = (
    r"(?:(?:hi+|hello|hey+|heya|heyo|hiya|howdy|greetings|good\ (?:morning|afternoon|evening|day))"
    r"(?:\s+(?:{greeted}|{names}))*(?![\w'+#/])(?:\s*[,.!:;~]+|\s+|\Z)"
    r"|dear(?:\s+(?:{greeted}|{names}))+(?!\w)\s*[,.!:;]*"
    r"|(?:안녕하(?:세요|십니까|세여|셔요)|안녕(?=[\s,.!~])|반갑습니다|처음\s?뵙겠습니다|실례합니다"
    r"|수고(?:가|\s)?\s?(?:많으십니다|많으세요|많습니다|하십니다|하세요)|좋은\s?(?:아침|오후|저녁|하루)(?:입니다|이에요)?)"
    r"(?:\s*(?:여러분|(?:{names})\s?(?:님|씨)?(?![\w가-힣])))?(?=[\s,.!:;~^ㅎㅋ]|\Z)){rest}"
)
_OPENER = (
    r"(?:(?:and\ )?(?:i\ (?:also\ )?have\ (?:one|a|another|one\ more)(?:\ (?:quick|small|other))?"
    r"(?:\ question)?(?:\ (?:too|as\ well|also|here))?"
    r"|(?:one|another|a|a\ quick|quick)(?:\ (?:more|quick))?(?:\ question)?(?:\ (?:from\ me|here"
    r"|too|please))?"
    r"|quick\ one|question(?:\ from\ me)?|same\ here|me\ too|excuse\ me"
    r"|sorry\ (?:to|for)\ (?:bother|jump|interrupt|butt)[\w\s]*)\s*[:.,!-]+(?=\s)"
    r"|(?:저도|저는|저|그리고|추가로)?\s?(?:요(?=[\s.,!])"
    r"|(?:하나|한\ ?가지)?\s?(?:더\s?)?(?:질문|문의|여쭤볼\ 것)(?:이요|요)?"
    r"\s?(?:하나|한\ ?가지)?\s?(?:더\s?)?"
    r"(?:있습니다|있어요|드립니다|드려요|드릴게요|드리겠습니다|할게요|합니다|요)?"
    r"|(?:하나|한\ ?가지)\s?(?:더\s?)?(?:여쭐게요|여쭤볼게요|여쭙니다|여쭙겠습니다|물어볼게요)"
    r"|다른\s?(?:건데요|질문인데요|거\s?질문이요|문의인데요))(?=[\s.,!:~])[\s]*[.,!:~]+)\s*"
)
_THANKS_START = (
    r"(?:(?:ok(?:ay)?|great|perfect|nice|cool|good|awesome|oh|ah|wow|super)[\s,.!]+)*"
    r"(?:many\s+)?(?:thanks|thank\ you|thx|cheers|ty)"
    r"(?:\s+(?:a\ lot|so\ much|very\ much|again|in\ advance|for\ (?:the|your"
    r"|that)\s+\w+(?:\s+\w+)?"
    r"|{greeted}|{names}))*\s*[,.!:;~]+\s*"
    r"|(?:(?:네|넵|아|오|와|앗)[\s,.!~]*)*(?:(?:정말|너무|진짜|답변|빠른|친절한|자세한|설명|도움)\s*)*"
    r"(?:감사(?:합니다|드립니다|해요|드려요)|고맙습니다|고마워요)(?:\s?(?:{names})\s?(?:님|씨))?"
    r"(?=[\s,.!~^ㅎㅋ]){rest}"
)
_THANKS_END = re.compile(
    r"[\s,;.–-]+(?:many\s+)?(?:thanks|thank you|thx)(?: a lot| so much| very much| in advance"
    r"| again)*"
    r"[\s.!~:)]*$|[\s,~]+(?:미리\s?)?(?:감사합니다|감사드립니다|고맙습니다)[\s.!~^ㅎㅋ]*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:i )?hope (?:this|that|it) helps|^have a (?:nice|good|great)|^let me know if"
    r"|^you'?re welcome"
    r"|^(?:my )?pleasure|^good luck|^best,?$|^feel free to|^no problem[.!]?$|^좋은 하루|^수고하세요"
    r"|^도움이? 되(?:셨|었)"
    r"|^(?:추가|더|다른)\s?(?:문의|궁금|질문).{0,25}(?:주세요|주십시오|바랍니다)[.!~]*$|^천만에요|^별말씀",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:(?<=[\s.!?~,가-힣])|^)(?:[ㅋㅎㅠㅜ]+|\^+_?\^+;*|;{2,}|[:;=]['-]?[)(DPp](?!\w)|xD|lol|haha+"
    r"|hehe+"
    r"|\[?이모티콘\]?)[\s.!~;^ㅎㅋㅠㅜ]*$",
    re.IGNORECASE,
)
_FILLER_START = re.compile(r"(?:[ㅋㅎㅠㅜ]{2,}|\^\^;*|lol\b|haha+\b)[\s,.!~]*", re.IGNORECASE)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*(?:\n|\Z)", re.MULTILINE)
_QUOTE_HEADER = re.compile(
    r"^[ \t]*(?:on .{5,80} wrote:|-{3,} ?(?:original message|원본 메시지|원본 메일).*"
    r"|.{5,60}님이 작성:)[ \t]*(?:\n|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED_MAIL = re.compile(
    r"^-{3,} ?(?:original message|원본 메시지|원본 메일)", re.IGNORECASE | re.MULTILINE
)
_SIGNATURE = re.compile(r"(?:^|\n)-- ?(?:\n|\Z)")
_REGARDS = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:best|kind|warm|with best|with kind)? ?regards|sincerely(?: yours)?"
    r"|best wishes"
    r"|yours truly|br)[,.!]?[ \t]*(?:\n.*)*\Z|(?:^|\n)[^\n]{1,20}\s(?:드림|올림|배상)[.]?\s*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Expressions that need the names of the room."""

    greeting: re.Pattern[str]
    opener: re.Pattern[str]
    thanks: re.Pattern[str]
    name: re.Pattern[str]


def kept_spans(
    text: str, kinds: Collection[str], speakers: Collection[str] = (), side: Side = "question"
) -> tuple[Span, ...]:
    """Return what is left of a message, in order; empty where nothing is.

    Args:
        text: A message.
        kinds: What to cut, of `TRIM_KINDS`.
        speakers: Everybody in the room, so that "Hi Daniel." is known for a greeting.
        side: Short replies ("Nice.") are cut before a question, never before an answer.
    """
    spans: tuple[Span, ...] = (Span(0, len(text)),)
    if "quotes" in kinds:
        spans = without(spans, _quotes(text))
    if "signatures" in kinds:
        spans = without(spans, _signatures(text))
    spans = tuple(s for s in (trimmed(text, each) for each in spans) if s.start < s.end)
    names = _patterns(frozenset(speakers))
    for _ in range(_MAX_CUTS):
        shorter = _cut_start(text, spans[0], kinds, speakers, names, side) if spans else None
        if shorter is None or shorter == spans[0]:
            break
        spans = (shorter, *spans[1:]) if shorter.start < shorter.end else spans[1:]
    for _ in range(_MAX_CUTS):
        shorter = _cut_end(text, spans[-1], kinds, speakers, names) if spans else None
        if shorter is None or shorter == spans[-1]:
            break
        spans = (*spans[:-1], shorter) if shorter.start < shorter.end else spans[:-1]
    return spans


def kept_text(
    text: str, kinds: Collection[str], speakers: Collection[str] = (), side: Side = "question"
) -> str:
    """Return the words `kept_spans` keeps, for looking at; citations need the spans."""
    return "\n".join(span.of(text) for span in kept_spans(text, kinds, speakers, side))


def _cut_start(  # noqa: PLR0913, PLR0917 - the two edges share one shape
    text: str,
    span: Span,
    kinds: Collection[str],
    speakers: Collection[str],
    names: _Patterns,
    side: Side,
) -> Span:
    for kind, pattern in (
        ("greetings", names.greeting),
        ("thanks", names.thanks),
        ("greetings", names.opener if side == "question" else None),
        ("filler", _FILLER_START),
    ):
        match = pattern.match(text, span.start, span.end) if kind in kinds and pattern else None
        if match is not None and match.end() > span.start:
            return trimmed(text, Span(match.end(), span.end))
    if "mentions" in kinds:
        end = _leading_mention_end(text, span, speakers)
        if end > span.start:
            return trimmed(text, Span(end, span.end))
    first = sentences(span.of(text))[0]
    words = first.of(span.of(text))
    is_last = first.end == span.end - span.start
    is_short = len(words) <= _EDGE_CHARACTERS and not is_last
    is_before_question = side == "question" and is_short and "thanks" in kinds
    if (is_before_question and (act_of(words) == "ack" or is_reaction(words))) or _is_cut(
        words, kinds, names
    ):
        return trimmed(text, Span(span.start + first.end, span.end))
    return span


def _cut_end(
    text: str, span: Span, kinds: Collection[str], speakers: Collection[str], names: _Patterns
) -> Span:
    edge = max(span.start, span.end - _EDGE_CHARACTERS)
    words = text[edge : span.end]
    thanks = _THANKS_END if is_thanks(words) else None
    for kind, pattern in (("filler", _FILLER), ("thanks", thanks)):
        match = pattern.search(words) if kind in kinds and pattern is not None else None
        if match is not None:
            return trimmed(text, Span(span.start, edge + match.start()))
    if "mentions" in kinds:
        mentions = [each for each in find_mentions(words, speakers) if each.has_sign]
        if mentions and mentions[-1].span.end == len(words) and mentions[-1].speaker:
            return trimmed(text, Span(span.start, edge + mentions[-1].span.start))
    whole = span.of(text)
    last = sentences(whole)[-1]
    if _is_cut(last.of(whole), kinds, names):
        return trimmed(text, Span(span.start, span.start + last.start))
    return span


def _is_cut(sentence: str, kinds: Collection[str], names: _Patterns) -> bool:
    """Tell whether a whole sentence at an edge is thanks, a closing word or filler."""
    if len(sentence) > _EDGE_CHARACTERS:
        return False
    if "thanks" in kinds and is_thanks(sentence) and not is_question(sentence):
        n_words = len(tokens(sentence))
        return n_words <= _MAX_THANKS_WORDS and not facts(names.name.sub("", sentence))
    if "greetings" in kinds and _CLOSING.search(sentence.strip()):
        return not facts(sentence)
    return "filler" in kinds and bool(_FILLER.fullmatch(sentence.strip()))


def _leading_mention_end(text: str, span: Span, speakers: Collection[str]) -> int:
    words = text[span.start : min(span.end, span.start + _EDGE_CHARACTERS)]
    end = 0
    for mention in find_mentions(words, speakers):
        between = words[end : mention.span.start]
        if between.strip(" ,.\t\n"):
            break
        if not mention.has_sign or mention.speaker or not _is_mail_like(words, mention.span):
            end = mention.span.end
    return span.start + end


def _is_mail_like(text: str, span: Span) -> bool:
    return span.start > 0 and not text[span.start - 1].isspace()


def _quotes(text: str) -> list[Span]:
    cuts: list[Span] = []
    if ">" in text:
        cuts += [Span(m.start(), m.end()) for m in _QUOTED_LINE.finditer(text)]
    if ":" in text or "---" in text:
        cuts += [Span(m.start(), m.end()) for m in _QUOTE_HEADER.finditer(text)]
    mail = _QUOTED_MAIL.search(text) if "---" in text else None
    if mail is not None:
        cuts.append(Span(mail.start(), len(text)))
    return cuts


def _signatures(text: str) -> list[Span]:
    if "```" in text:
        return []
    signature = _SIGNATURE.search(text) if "--" in text else None
    cuts = [Span(signature.start(), len(text))] if signature is not None else []
    find = _REGARDS.search if "\n" in text else _REGARDS.match
    regards = find(text)
    if regards is not None and regards.group().strip().count("\n") <= _MAX_TAIL_NAME_WORDS:
        cuts.append(Span(regards.start(), len(text)))
    return cuts


@lru_cache(maxsize=64)
def _patterns(speakers: frozenset[str]) -> _Patterns:
    names = name_pattern(speakers)

    def filled(template: str) -> re.Pattern[str]:
        text = (
            template.replace("{greeted}", _GREETED)
            .replace("{names}", names)
            .replace("{rest}", _REST)
        )
        return re.compile(text, re.IGNORECASE)

    return _Patterns(
        greeting=filled(_GREETING),
        opener=filled(_OPENER),
        thanks=filled(_THANKS_START),
        name=re.compile(names, re.IGNORECASE),
    )
