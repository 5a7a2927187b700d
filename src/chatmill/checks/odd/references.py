"""What only somebody who was there can see: images, files, "above", "as I said yesterday"."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd

_SHOT = r"(?:picture|photo|photograph|screen ?shot|screen ?grab|pic|snapshot|screen ?cap(?:ture)?)"
_FILE = r"(?:image|figure|file|schematic|log|drawing|diagram|document|pdf|zip|code|project)"
_IMAGE_EN = re.compile(
    rf"\b(?:see|check|look at|refer to|in|on|from|per|as in) (?:the|this|that|my|your|these|those"
    rf"|attached|following)"
    rf" (?:attached |following )?{_SHOT}s?\b"
    rf"|\b(?:see|check|look at|refer to|in) (?:the |this |my |your )?attach(?:ment|ed)s?\b"
    rf"(?! (?:to|via|by|at|on|with|between|device|board|sensor|chip|module|peripheral)\b)"
    rf"|\b(?:the |my |your )?attached (?:{_SHOT}|{_FILE})s?\b"
    rf"|\b(?:i|we)(?:'ve| have| am|'m)? (?:just )?(?:attach(?:ed|ing)?|upload(?:ed|ing)?|post(?:ed"
    rf"|ing)?|sen[dt]|shar(?:ed|ing)) (?:you )?(?:a|an|the|my|some|two)? ?(?:{_SHOT}|image)s?\b"
    rf"|\b(?:here(?:'s| is| are)|this is|these are) (?:a|an|the|my|some)? ?"
    rf"(?:{_SHOT}|image of (?:the|my))s?\b"
    rf"|\b(?:the|this|these) (?:{_SHOT}|image|figure|diagram|drawing)s? "
    rf"(?:above|below|attached|here|shows?|i (?:sent|posted|attached|uploaded))\b"
    rf"|\b(?:above|below) (?:{_SHOT}|image|figure|diagram)\b"
    rf"|\bas (?:shown|seen|pictured|you (?:can )?see) (?:above|below|here|in (?:the|this|my)"
    rf" (?:{_SHOT}|image))\b"
    r"|!\[[^\]\n]{0,200}\]\([^)\n]{1,300}\)",
    re.IGNORECASE,
)
_SHOT_KO = r"(?:사진|그림|캡처|캡쳐|캡춰|스크린\s?샷|스샷|짤)"
_IMAGE_KO = re.compile(
    rf"첨부(?:한|된|드린|하신|해\s?(?:드린|주신|둔))?\s?"
    rf"(?:{_SHOT_KO}|이미지|파일|회로도?|자료|문서|로그|화면|영상|도면)"
    r"|첨부(?:합니다|했습니다|드립니다|드렸습니다|하였습니다|할게요|해요|했어요|해\s?(?:드립|드렸|드려|놓|두|놨))"
    rf"|(?:위|아래|다음|상기|하기)의?\s?(?:{_SHOT_KO}|이미지)"
    rf"|(?<![가-힣])(?:이|저)\s?(?:사진|캡처|캡쳐|스크린\s?샷|스샷)"
    rf"|(?:보내\s?(?:주|드)(?:신|린)|보낸|올리신|올린|올려\s?(?:주신|드린)|찍(?:은|어\s?주신))\s?"
    rf"(?:{_SHOT_KO}|이미지)"
    r"|(?:사진|캡처|캡쳐|스크린\s?샷|스샷)(?:을|를|은|는|과|와|에)?\s?"
    r"(?:참고|참조|처럼|같이|보시면|보면|보세요|보시고|보듯|보내\s?드(?:립|렸|려|릴)|보냅니다|올립니다|올렸|올려요|올려\s?드)"
    r"|(?:캡처|캡쳐)\s?화면|그림(?:을|과|처럼)?\s?(?:참고|참조|처럼|같이|보시면|보세요)",
)
_IMAGE = (_IMAGE_EN, _IMAGE_KO)
_PLACEHOLDER = re.compile(
    r"^\s*[<\[(]?(?:사진|동영상|이모티콘|파일|음성\s?메시지|사진\s\d+장|Photo|Photos|Video|Sticker|GIF|image|"
    r"Media omitted|<?미디어 파일을 제외한 내용>?|(?:image|video|audio|sticker|GIF"
    r"|document) omitted)[>\])]?\s*$",
    re.IGNORECASE,
)
_DAYS_EN = (
    r"(?:yesterday|last (?:week|time|month|night|friday|monday|tuesday|wednesday|thursday)"
    r"|the other day|this morning|on the phone|a few days ago|earlier today)"
)
_SAID_EN = (
    r"(?:said|mentioned|told you|explained|discussed|described|noted|written|wrote|posted"
    r"|sent(?: you)?|asked|talked about|agreed|shown|showed you|pointed out)"
)
_DAY_EN = re.compile(
    rf"\b(?:as|like|what|that|which)?\s?(?:i|we|you|he|she|they)(?:'ve| have|'d"
    rf"| had)? (?:already )?"
    rf"{_SAID_EN} (?:you |it |to you |about it |about this )?{_DAYS_EN}"
    rf"|\b(?:as|like) {_SAID_EN} {_DAYS_EN}"
    rf"|\b(?:the|our|my|your|from) (?:call|meeting|mail|e-?mail|chat|message|conversation|talk)"
    rf" {_DAYS_EN}|\b(?:yesterday|last week)'s (?:call|meeting|mail|e-?mail|chat|message)\b",
    re.IGNORECASE,
)
_BEFORE_EN = re.compile(
    rf"\b(?:as|like) (?:i|we|he|she|they)(?:'ve| have| had|'d)? (?:already |just )?{_SAID_EN}\b"
    r"(?! in (?:the|our) (?:data ?sheet|manual|docs?|documentation|reference|application note))"
    rf"|\b(?:as|like) (?:already |just )?{_SAID_EN} (?:above|earlier|before|previously|already)\b"
    rf"|\b(?:i|we|you) (?:already )?{_SAID_EN} (?:it |this )?(?:above|before|earlier|previously)\b"
    r"|\b(?:my|your|his|her) (?:above|previous|earlier|last|other|first) (?:message|post|answer"
    r"|question|comment|e-?mail|mail|reply|link)s?\b"
    r"|\b(?:see|read|check|as|per|like|use|try) (?:the )?above(?=\s*(?:$|[.,;!?)]))"
    r"|\b(?:see|read|check|in|with|from|use|try|of) the above (?:message|post|answer|question"
    r"|code|comment|link|reply|example|snippet|output|error|log)s?\b"
    r"|\bthe (?:message|post|answer|question|code|comment|link|reply|snippet)s? above\b",
    re.IGNORECASE,
)
_DAY_KO = re.compile(
    r"(?:어제|그저께|그제|엊그제|지난\s?(?:번|주|달|시간)|저번(?:\s?(?:에|주|달))?|며칠\s?전|아까|오전에|오늘\s?아침|통화(?:로|에서|상))"
    r"(?:에|에도|도)?\s?(?:제가\s?|저희가\s?|이미\s?|전화(?:로|상으로)?\s?|메일로\s?|톡으로\s?|회의(?:에서|때)\s?)?"
    r"(?:말씀|말한|말했|얘기|이야기|설명|보내\s?(?:드린|드렸|주신|주셨|준)|보낸|안내|올린|올려|언급|여쭤|여쭌|여쭈|질문\s?드린"
    r"|질문했|문의\s?(?:드린|드렸|했|하신)|답변\s?(?:드린|드렸|주신)|알려\s?(?:드린|주신|준)|통화)"
)
_BEFORE_KO = re.compile(
    r"(?:(?<!기)(?<!기\s)전에|앞서|이전에|방금|위에서?)\s?(?:제가\s?|저희가\s?|이미\s?)?"
    r"(?:말씀\s?(?:드린|드렸|하신|하셨)|말한|말했|얘기한|얘기했|설명\s?(?:한|했|드린|드렸|하신)|보내\s?(?:드린|주신)|올린"
    r"|올려\s?(?:드린|주신)|언급한|언급했|여쭌|질문\s?드린|문의\s?드린|답변\s?드린|알려\s?(?:드린|주신))"
    r"|(?:말씀|설명|안내|답변)\s?드(?:린|렸던)\s?(?:대로|것처럼|바와|것과)"
    r"|(?<![가-힣])위\s?(?:내용|코드|링크|글|답변|질문|메시지|메세지|댓글|설명|로그|예제)(?![가-힣]{3})"
    r"|(?<![가-힣])위(?:와\s?같이|처럼|에\s?(?:적|쓴|올린|남긴|써\s?놓))"
)
_OPENING = 160
"""Beyond these letters `above` means the passage itself."""


def odd_image(text: str) -> Iterator[Odd]:
    """Yield what points at an image or file, or stands in its place."""
    standing = _PLACEHOLDER.search(text)
    if standing and text.strip():
        yield Odd(
            "placeholder", standing.start(), standing.end(), "stands for an image or file",
            text.strip(),
        )  # fmt: skip
        return
    for pattern in _IMAGE:
        for match in pattern.finditer(text):
            yield Odd(
                "image", match.start(), match.end(), "refers to an image or file nobody can see"
            )


def odd_earlier(text: str, *, is_first: bool) -> Iterator[Odd]:
    """Yield what points at something said before.

    Args:
        text: A question or an answer.
        is_first: It stands in the first turn: "as I said" can mean nothing in it.
    """
    told: list[tuple[int, int]] = []
    for pattern in (_DAY_EN, _DAY_KO):
        for match in pattern.finditer(text):
            told.append(match.span())
            yield Odd("earlier", match.start(), match.end(), "refers to an earlier talk")
    if not is_first:
        return
    for pattern in (_BEFORE_EN, _BEFORE_KO):
        for match in pattern.finditer(text, 0, _OPENING):
            is_told = any(start < match.end() and match.start() < end for start, end in told)
            if not is_told and "\n" not in text[: match.start()].strip():
                yield Odd("earlier", match.start(), match.end(), "refers to words not in it")
