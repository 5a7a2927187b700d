"""What a message does to the question before it, beyond its act: point away, correct, advise.

Each cue knows English and Korean. None decides by itself; the extractor weighs them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Move = Literal[
    "points",
    "requests",
    "corrects",
    "replaces",
    "retracts",
    "joins",
    "announces",
    "advises",
    "plays",
    "explains",
    "failed",
    "offers",
    "speaks_of_oneself",
    "addresses",
    "hedges",
    "turns",
]
"""`turns` goes on to ask (`one more thing:`, `그럼`); `points` sends the asker to another place;
`requests` wants more information; `joins` has the same problem; `plays` is laughter and small talk;
`addresses` speaks to somebody as a person."""

_LINK = re.compile(r"https?://\S+|\bwww\.\S+|\[?<-?(?:LINK|URL|ISSUE)-?>\]?")
_CODE = re.compile(r"```.*?(?:```|\Z)|\[?<-?CODE-?>\]?|`[^`\n]+`", re.DOTALL)
"""Exports that were made anonymous hold `<-LINK->` and `<-CODE->` in place of the real thing."""
_NO_LETTER = re.compile(r"[\W_]+")
_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")


@dataclass(frozen=True, slots=True)
class _Cue:
    """One cue in both languages; the Korean one is looked for in Korean text only."""

    english: re.Pattern[str]
    korean: re.Pattern[str]


_POINTS = _Cue(
    re.compile(
        r"\b(?:(?:please )?(?:use|ask|post|write|mail|e-?mail|call|contact|message|head over|go"
        r"|move|try"
        r" (?:asking|posting)|check) (?:it |this |that |them |your question |over )*(?:to|in|on"
        r"|at|with"
        r"|out)? ?(?:the |our |a )?(?:[\w/.-]+ ){0,3}(?:channel|room|forum|gitter|group|sales"
        r"|support"
        r"|team|distributor|mailing list|stack ?overflow)\b"
        r"|(?:this|the) (?:room|channel|group|forum|chat) is (?:for|about|only|the)\b"
        r"|you (?:meant|might|could|should|may|better|want)(?: want)? to (?:go|ask|post|head"
        r"|try asking)\b"
        r"|(?:better|rather) (?:asked|ask) (?:in|on|at)\b|cross-?post|wrong (?:room|channel|group"
        r"|place)"
        r"|(?:write|mail|e-?mail|contact|call|phone)(?: us| me)?(?: at| to)? (?:\S+@\S+|sales"
        r"|billing)"
        r"|(?:in|via|by) (?:a )?(?:dm|pm|private message)\b|(?:dm|pm) me\b"
        r"|out of scope here|off-?topic here)"
    ),
    re.compile(
        r"(?:문의|견적|접수|신청|질문)(?:은|는|을|를|로|란|처|하기)?[^.?!\n]{0,24}(?:남겨|주시면"
        r"|넣어|보내|부탁드|바랍니다|올려)"
        r"|(?:영업|구매|담당|대리점|총판|판매)\s?(?:팀|자|부서|처|점)?[^.?!\n]{0,24}(?:연락|문의"
        r"|안내|확인해 드|전화)"
        r"|여기서?(?:는)?\s?(?:답변|안내|도와)[^.?!\n]{0,16}(?:어렵|힘들|곤란|불가)|(?:방|채널"
        r"|게시판)에서?\s?(?:문의|질문|물어)"
        r"|(?:메일|이메일|전화|dm|디엠|쪽지|톡)(?:로|으로)\s?[^.?!\n]{0,16}(?:주세요|주십시오"
        r"|드릴|드리|바랍|부탁)"
    ),
)
_REQUESTS = _Cue(
    re.compile(
        r"^(?:(?:please|pls|ok(?:ay)?|well|so|again|then|yes|hmm|hi|could you|can you|would you"
        r"|just|and)"
        r"[\s,.!]*)*(?:post|paste|share|show|send|upload|attach|make|create|give|tell|provide"
        r"|describe)\b"
        r"(?: (?:me|us|here|a|an|the|your|some|it|more|full|both"
        r"|that))* ?[\w./ -]{0,40}(?:plunk\w*|log\w*"
        r"|code|config\w*|configuration\w*|screen ?shot\w*|error\w*|trace\w*|schematic\w*"
        r"|details?|output|dump"
        r"|repro\w*|example|file|gist|repo|picture|photo|version|number|id|address|serial|model)\b"
        r"|\b(?:do|did|have|can|could|would) you (?:\w+ )?(?:post|paste|share|show|send|upload"
        r"|give|tell|have"
        r" (?:a|the|any) (?:link|log|repro|screenshot|example|stack))\b"
        r"|\b(?:need|want|like) (?:to (?:see|know)|more (?:context|info\w*|details?)|your (?:code"
        r"|log|config))"
        r"|\bmore (?:context|info(?:rmation)?|details) (?:please|needed|would)|^(?:code example"
        r"|example|logs?"
        r"|version|link|code)\s*\?+$"
    ),
    re.compile(
        r"(?:로그|사진|캡처|캡쳐|화면|파일|코드|설정|회로도?|스크린샷|모델명|버전|번호|증상|주소"
        r"|펌웨어|파형|덤프|소스|일련번호|시리얼|주문번호|덤프|캡쳐본)"
        r"(?:도|을|를|이나|랑|과|와|\s|만|좀|이|가|,|이랑|은|는|화면|파일|전체|부분"
        r"|정보)*[^.?!\n]{0,14}"
        r"(?:올려|보내|보여|알려|공유|첨부|말씀해|남겨|주실|부탁|찍어)\s?(?:주|줘|드|해|봐|수|좀"
        r"|합니다|바랍니다|부탁)?"
    ),
)
_CORRECTS = _Cue(
    re.compile(
        r"\b(?:correction|correcting|to correct|i stand corrected|scratch that|disregard"
        r"|ignore (?:that|my"
        r"|what i)|i was wrong|my (?:mistake|bad|error)|actually,? (?:no|that|it|the|you)"
        r"|that(?:'s| is| was)"
        r" (?:wrong|not (?:right|true|correct|quite|it))|not (?:quite )?(?:right|correct|true)[:,.]"
        r"|(?:oops|sorry),? (?:i|it|that|wrong)|update:|edit:)"
    ),
    re.compile(
        r"정정|잘못 (?:말씀|안내|알려|적|썼|알)|틀렸|착각|수정(?:합니다|드립니다|할게요|드릴게요)"
        r"|아니네요|번복|오타"
        r"|(?:위|앞|아까|어제)[^.?!\n]{0,10}(?:답변|말씀|내용)[^.?!\n]{0,10}(?:무시|취소|아니)"
    ),
)
_REPLACES = _Cue(
    re.compile(
        r"\b(?:(?:small |one |a |slight )?correction\b|to correct (?:myself|that|the)|scratch that"
        r"|disregard (?:that|my)|ignore (?:that|my (?:last|previous|earlier)|what i)|i was wrong)"
    ),
    re.compile(
        r"정정|잘못 (?:말씀드|안내|알려드|답변)|(?:위|앞|아까|어제)[^.?!\n]{0,10}(?:답변|말씀"
        r"|내용)[^.?!\n]{0,10}(?:무시|취소|아니)"
    ),
)
_RETRACTS = _Cue(
    re.compile(
        r"\b(?:i stand corrected|disregard (?:mine|my|that|it)|ignore (?:mine|my|that|what i)"
        r"|i was wrong"
        r"|my (?:mistake|bad)|scratch that|forget (?:what i|mine|that)|sorry,? i"
        r" (?:misread|mixed|was wrong))\b"
    ),
    re.compile(
        r"제가\s?(?:착각|잘못|틀)|(?:무시|취소)해?\s?(?:주세요|주십시오)|제 (?:말|답"
        r"|답변)[은는이]?\s?(?:무시|틀|아니|취소)"
        r"|말씀이\s?맞|착각했"
    ),
)
_JOINS = _Cue(
    re.compile(
        r"^(?:me too|same (?:here|problem|issue|for me|question)|\+1|i have the same"
        r"|also (?:seeing|here|me)"
        r"|here too|same$|us too|likewise)\b"
    ),
    re.compile(r"^(?:저도|저희도|나도|우리도|여기도|저두)[^?]{0,30}$"),
)
_ANNOUNCES = re.compile(
    r"^\s*(?:[📢📣🔔⚠️]+|\[(?:공지|안내|알림|notice|announcement|info)\]|(?:reminder|heads[- ]?up"
    r"|announcement"
    r"|notice|fyi all|psa)\b\s*[:!-])|공지\s?(?:사항|드립니다|입니다|합니다)"
    r"|안내\s?드립니다\s*[.!]*$",
)
_ADVISES = _Cue(
    re.compile(
        r"^(?:(?:yes|yep|no|nope|ok(?:ay)?|sure|hi|well|then|so|and|but|just|simply|please|first"
        r"|instead|also"
        r"|or|maybe|you can|try to|in that case)[\s,.:!-]+)*(?:use|try|set|check|put|open|add"
        r"|change|replace"
        r"|go to|remove|run|install|call|write|read|enable|disable|switch|raise|lower|reduce"
        r"|increase|start"
        r"|restart|create|connect|see|look at|take a look|have a look|make sure|turn|click|press"
        r"|select|send"
        r"|import|update|upgrade|downgrade|move|keep|wrap|pass|return|declare|define|build|give)\b"
        r"|\b(?:you (?:can(?:'t|not)?|could|should|need|have to|must|may|might|want to|simply|just"
        r"|only|will|don'?t"
        r"|do|would)\b|(?:need|needs|has|have) to\b|(?:should|must)\b|recommend|suggest)"
    ),
    re.compile(
        r"(?:세요|십시오|면\s?(?:됩니다|돼요|되세요|됩니다만|되고요|해결|가능|나옵니다|나와요)"
        r"|셔야|해야|어야|아야|됩니다|돼요|가능합니다"
        r"|가능해요|있습니다|있어요|없습니다|안\s?됩니다|안\s?돼요|하시면|으시면|시면|(?:이|에)요"
        r"|입니다|거예요|겁니다|때문)"
    ),
)
_PLAYS = _Cue(
    re.compile(
        r"[ㅋㅎㅠㅜ]{2,}|\^\^|\b(?:lol|haha\w*|hehe\w*|lmao|rofl|xd)\b|[:;][-']?[)d(po]|😂|😅|😄"
        r"|😊|🎉|👍|❤|😭|🙏"
        r"|\b(?:awesome|funny|joke|joking|coffee|lunch|weekend|weather|beer|cat)\b"
    ),
    re.compile(r"점심|퇴근|주말|날씨|커피|맛있|불금|회식"),
)
_EXPLAINS = _Cue(
    re.compile(
        r"\b(?:because|since|due to|so that|means|that'?s why|which is|it is|it'?s|there is"
        r"|there are|is a"
        r"|are the|works? (?:by|with|on|like)|i\.e\.|e\.g\.|for example|instead|by default)\b"
    ),
    re.compile(
        r"때문|이라서|라서|이므로|므로|해서|원래|기본(?:값|으로)|예를 들|왜냐|그래서|경우|거든요"
        r"|것 같|거라|이고|이며"
    ),
)
_FAILED = _Cue(
    re.compile(
        r"\b(?:still (?:not|no|the same|does|get|fail|nothing)|did(?:n'?t| not) (?:help|work"
        r"|change)|no (?:luck"
        r"|change|difference)|same (?:error|result|problem|thing)|does(?:n'?t| not) (?:help|work"
        r"|change)"
        r"|not working|tried that|already (?:tried|did|do))\b"
    ),
    re.compile(
        r"똑같|그대로(?:예요|입니다|네요|에요|인데)|여전히|마찬가지|(?:해도|봐도|바꿔도|내려도"
        r"|올려도|줄여도)\s?(?:안|같|똑)|변화가?\s?없"
        r"|소용없|이미\s?(?:해|했|확인)"
    ),
)
_OFFERS = _Cue(
    re.compile(
        r"\b(?:i can help|happy to (?:help|answer)|let me know|feel free|what can i do"
        r"|how can i help"
        r"|i(?:'| wi)ll (?:fix|file|post|paste|look|do|test|check|try|ask|add|write|send|get"
        r"|report|open))\b"
    ),
    re.compile(
        r"도와\s?드|해\s?드릴게요|해\s?드리겠|드리겠습니다|해\s?볼게요|해\s?보겠습니다"
        r"|전달\s?(?:하|드)|보내\s?드|예정입니다"
    ),
)
_ONESELF = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|me|we|our|we're)\b|저는|제가|저희|나는|내가|제\s|저도|우리",
)
_ADDRESSES = _Cue(
    re.compile(
        r"\b(?:are|were|did|do|have|can|could|would|will) you\b|\byou (?:guys|around|there"
        r"|know what i mean)\b"
        r"|\byour (?:pr|code|review|opinion|thoughts?)\b|\bthink (?:about|of) (?:it|this|that)\b"
    ),
    re.compile(r"하셨|하세요\s*\?|계신가|계세요|드셨|어때요|어떠세요|어떻게 생각"),
)
_HEDGES = _Cue(
    re.compile(
        r"\b(?:i (?:think|guess|believe|suppose|assume)|maybe|perhaps|probably|not sure|iirc"
        r"|afaik|might"
        r"|never (?:done|used|tried)|haven'?t (?:used|tried|tested)|no idea|idk|imo|imho)\b"
    ),
    re.compile(r"아마|같아요|같습니다|글쎄|모르겠|듯|추측|안\s?해\s?봐서|써\s?본\s?적"),
)
_TURNS = _Cue(
    re.compile(
        r"^\W*(?:(?:ok(?:ay)?|great|thanks|thank you|perfect|nice|cool|yes|works?|done|got it"
        r"|solved)[^.!?\n]{0,24}"
        r"[.!,]\s*)?(?:(?:and|but|also|so)[\s,]+)?(?:(?:one|another|a|last|some)\s+(?:more|other"
        r"|last|further|quick)?\s*"
        r"(?:thing|question|one)s?\b|by the way|btw\b|also\b|next (?:question|problem|thing)"
        r"|what about|how about"
        r"|does that also|and (?:is|are|does|do|can|how|what|if)\b|now (?:the|it|i)\b)"
        r"|\b(?:but|yet|still|however)\b.{0,60}\b(?:still|not|no|n't|error|fails?)\b"
    ),
    re.compile(
        r"^\W*(?:(?:네|넵|아|오|감사|확인|그렇군|됐|됩)[^.!?\n]{0,24}[.!~,^ㅎ]+\s*)?(?:그럼"
        r"|그러면|그런데|근데|그리고|추가로|하나\s?더|한\s?가지\s?더"
        r"|아\s?하나|다른|그건|또\s)|하나\s?더|(?:그런데|근데)\s"
    ),
)
_MOVES: tuple[tuple[Move, _Cue | re.Pattern[str]], ...] = (
    ("points", _POINTS),
    ("requests", _REQUESTS),
    ("corrects", _CORRECTS),
    ("replaces", _REPLACES),
    ("retracts", _RETRACTS),
    ("joins", _JOINS),
    ("announces", _ANNOUNCES),
    ("advises", _ADVISES),
    ("plays", _PLAYS),
    ("explains", _EXPLAINS),
    ("failed", _FAILED),
    ("offers", _OFFERS),
    ("speaks_of_oneself", _ONESELF),
    ("addresses", _ADDRESSES),
    ("hedges", _HEDGES),
)


@lru_cache(maxsize=4096)
def moves_of(text: str) -> frozenset[Move]:
    """List what a trimmed message does to the question before it; several at once are usual."""
    plain = text.replace("’", "'").lower()
    is_korean = bool(_HANGUL.search(plain))
    return frozenset(move for move, cue in _MOVES if _is_there(cue, plain, is_korean=is_korean))


def _is_there(cue: "_Cue | re.Pattern[str]", plain: str, *, is_korean: bool) -> bool:
    if isinstance(cue, re.Pattern):
        return bool(cue.search(plain))
    return bool((is_korean and cue.korean.search(plain)) or cue.english.search(plain))


def opens_more(text: str) -> bool:
    """Tell whether an untrimmed message goes over to something more (`one more thing:`, `그럼`)."""
    plain = text.lower()
    return _is_there(_TURNS, plain, is_korean=bool(_HANGUL.search(plain)))


def has_link(text: str) -> bool:
    """Tell whether an address stands in the text."""
    return bool(_LINK.search(text))


def has_code(text: str) -> bool:
    """Tell whether code is set off in the text."""
    return bool(_CODE.search(text))


def is_bare(text: str) -> bool:
    """Tell whether nothing but addresses and code stands in the text."""
    rest = _CODE.sub("", _LINK.sub("", text))
    return rest != text and not _NO_LETTER.sub("", rest)
