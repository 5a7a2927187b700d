"""The marks by which mail programs and people show quotes, signatures and footers."""

import re

from chatmill.importers.html_text import Attributes, Cuts

LONGEST_LINE = 600
"""Characters of a line that can be a mark; longer ones are text."""

SEPARATOR = re.compile(
    r"^[>\s]*-{2,}\s*\[?\s*(?:original (?:message|appointment)"
    r"|원본 ?(?:메시지|메세지|메일|이메일|내용)|원문"
    r"|받은 ?메일 ?내용|reply message|urspr[üu]ngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|元のメッセージ|原始邮件)\s*\]?\s*-{2,}\s*$"
    r"|^##-.{0,200}-##$",
    re.IGNORECASE,
)
FORWARD = re.compile(
    r"^[>\s]*(?:-{2,}\s*(?:forwarded (?:message|by)"
    r"|전달된 ?(?:메시지|메세지|메일)|전달 ?메일)\b.{0,80}"
    r"|begin forwarded message:|전달된 ?메시지:?)\s*-*\s*$",
    re.IGNORECASE,
)
HEADER = re.compile(
    r"^[>\s*]*(?:(?P<sender>from|보낸 ?사람|보낸 ?이|발신자?|von|de|差出人|发件人)"
    r"|sent|date|to|cc|subject|보낸 ?(?:날짜|시간)|날짜|일시"
    r"|받는 ?(?:사람|이)|받은 ?사람|수신자?|참조|제목"
    r"|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado(?: el)?|para|asunto"
    r"|送信日時|日時|宛先|件名|发送时间|收件人|抄送|主题)\s?\**\s?[:：]",
    re.IGNORECASE,
)
ATTRIBUTION = re.compile(
    r"^[>\s*]*(?:"
    r"On\s.{5,500}\s?wrote\s?:"
    r"|.{1,200}<[^<>@\s]{1,100}@[^<>\s]{1,200}>\s(?:wrote|님이 작성)\s?:"
    r"|\d{4}\s?[년.\-/].{4,400}(?:님이\s?|이\(가\)\s?|\s)(?:작성|씀|쓴 글|썼습니다|쓰셨습니다)"
    r"(?:하였습니다|했습니다|함)?\.?\s?[:：]"
    r"|\d{4}\s?[년.\-/].{4,400}<[^<>@\s]{1,100}@[^<>\s]{1,200}>\s?[:：]"
    r"|\d{4}年.{3,400}[:：]"
    r"|.{3,400}写道\s?[:：]"
    r"|Am\s.{5,400}\sschrieb.{0,200}:|Le\s.{5,400}\sa écrit\s?:|El\s.{5,400}\sescribió\s?:"
    r"|Em\s.{5,400}\sescreveu\s?:|Il\s.{5,400}\sha scritto\s?:"
    r")[\s*]*$"
)
ATTRIBUTION_START = re.compile(r"^[\s*]*(?:(?:On|Am|Le|El|Em|Il)\s|\d{4}\s?[년年.\-/])")
RULE = re.compile(r"^[_=\-*]{8,}\s*$")
FOOTER = re.compile(
    r"mailing list|listinfo|unsubscribe|google groups|수신 ?거부|구독 ?취소|메일링 ?리스트",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"^(?:sent from (?:my|mail|yahoo|outlook|the|proton)\b.{0,80}|get outlook for .{1,60}"
    r"|(?:내|나의|제)?\s?(?:iphone|ipad|galaxy|갤럭시|samsung|삼성|안드로이드|android|휴대폰|스마트폰|모바일)"
    r".{0,60}(?:보냄|보냈습니다|전송됨|전송했습니다|발송)\.?"
    r"|(?:ios|android|windows)용 (?:outlook|메일|mail).{0,60}"
    r"|.{0,20}(?:네이버|naver|다음|daum|카카오) ?(?:메일)? ?앱에서"
    r" (?:보냄|보냈습니다|보낸 메일입니다)\.?)$",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"^(?:(?:best|kind|warm|with (?:best|kind))?\s?regards|sincerely(?: yours)?|cheers"
    r"|best(?: wishes)?"
    r"|yours (?:sincerely|truly|faithfully)|thanks(?: and| &) regards|mit freundlichen grüßen"
    r"|cordialement)[,.!]?$",
    re.IGNORECASE,
)
KOREAN_CLOSING = re.compile(
    r"^.{0,30}(?:감사합니다|고맙습니다|감사드립니다|드림|올림|배상)[.,!~]*$"
)
CONTACT = re.compile(
    r"(?:\b(?:tel|phone|mobile|cell|fax|e-?mail|web|www\.|https?:|[tmfe]\s?[.:)|])|전화|휴대폰|팩스|이메일"
    r"|메일\s?:|주소|홈페이지|대표번호|내선|\+?\d{2,4}[-.)\s]\d{3,4}[-.\s]\d{4}|@[\w-]+\.\w+)",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"^\W{0,5}(?:this (?:e-?mail|message|communication)|the information (?:contained )?in this"
    r"|confidentiality notice|disclaimer"
    r"|본 ?(?:메일|이메일|e-?mail|전자우편|메시지)|이 ?(?:메일|이메일|전자우편))"
    r".{0,300}(?:confidential|intended|privileged|기밀|비밀|수신인|수신자|법적|지정된)",
    re.IGNORECASE | re.DOTALL,
)

_QUOTE_CLASSES = frozenset(
    [
        "gmail_quote",
        "gmail_quote_container",
        "gmail_attr",
        "yahoo_quoted",
        "moz-cite-prefix",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        "zmail_extra_hr",
        "moz-signature",
        "gmail_signature",
        "gmail_signature_prefix",
        "protonmail_signature_block",
    ]
)
_QUOTE_IDS = frozenset(
    [
        "signature",
        "ms-outlook-mobile-signature",
        "ol_k_src_body_section",
        "olk_src_body_section",
        "protonmail_signature_block",
    ]
)
_REST_IDS = frozenset(
    [
        "divrplyfwdmsg",
        "appendonsend",
        "mail-editor-reference-message-container",
        "reply-intro",
        "replysplit",
    ]
)
_OUTLOOK_LINE = re.compile(r"border:none;border-top:solid #[0-9a-f]{6} 1\.0pt", re.IGNORECASE)


def _is_quote(tag: str, attributes: Attributes) -> bool:
    classes = [name.removeprefix("x_") for name in attributes.get("class", "").lower().split()]
    if tag == "blockquote" and attributes.get("type", "").lower() == "cite":
        return True
    return (
        not _QUOTE_CLASSES.isdisjoint(classes)
        or attributes.get("id", "").lower().removeprefix("x_") in _QUOTE_IDS
        or attributes.get("data-marker") == "__QUOTED_TEXT__"
    )


def _begins_quote(_tag: str, attributes: Attributes) -> bool:
    name = attributes.get("id", "").lower().removeprefix("x_")
    return name in _REST_IDS or _OUTLOOK_LINE.match(attributes.get("style", "")) is not None


def _is_forwarded(text: str) -> bool:
    first = text.lstrip().split("\n", 1)[0]
    return FORWARD.match(first[:LONGEST_LINE]) is not None


MAIL_CUTS = Cuts(is_quote=_is_quote, begins_quote=_begins_quote, is_kept=_is_forwarded)
"""The marks of mail programs that say which part of a page is quoted."""
FORWARD_CUTS = Cuts(is_kept=_is_forwarded)
"""For a mail that hands on another: nothing of it is cut."""
