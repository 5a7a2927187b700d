"""Cuts what a mail repeats of the mails before it, its signature and the list's footer."""

import re
from collections.abc import Sequence

from chatmill.importers.html_text import Attributes, Cuts

LONGEST_LINE = 600
"""Characters of a line that can be a mark; longer ones are text."""
MAX_SIGNATURE_LINES = 15
MAX_CONTACT_LINES = 10
MAX_WRAPPED_LINES = 3
"""Lines an attribution is broken into."""
LEAST_HEADERS = 3
"""Lines of a quoted mail's head."""

_SEPARATOR = re.compile(
    r"^[>\s]*-{2,}\s*\[?\s*(?:original (?:message|appointment)|원본 ?(?:메시지|메세지|메일|내용)|원문"
    r"|받은 ?메일 ?내용|reply message|urspr[üu]ngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|元のメッセージ|原始邮件)\s*\]?\s*-{2,}\s*$"
    r"|^##-.{0,200}-##$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[>\s]*(?:-{2,}\s*(?:forwarded (?:message|by)|전달된 ?(?:메시지|메세지|메일)|전달 ?메일)\b.{0,80}"
    r"|begin forwarded message:|전달된 ?메시지:?)\s*-*\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^[>\s*]*(?:(?P<sender>from|보낸 ?사람|보낸 ?이|발신자?|von|de|差出人|发件人)"
    r"|sent|date|to|cc|subject|보낸 ?(?:날짜|시간)|날짜|일시|받는 ?(?:사람|이)|받은 ?사람|수신자?|참조|제목"
    r"|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado(?: el)?|para|asunto"
    r"|送信日時|日時|宛先|件名|发送时间|收件人|抄送|主题)\s?\**\s?[:：]",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
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
_ATTRIBUTION_START = re.compile(r"^[\s*]*(?:(?:On|Am|Le|El|Em|Il)\s|\d{4}\s?[년年.\-/])")
_RULE = re.compile(r"^[_=\-*]{8,}\s*$")
_FOOTER = re.compile(
    r"mailing list|listinfo|unsubscribe|google groups|수신 ?거부|구독 ?취소|메일링 ?리스트",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^(?:sent from (?:my|mail|yahoo|outlook|the|proton)\b.{0,80}|get outlook for .{1,60}"
    r"|(?:내|나의|제)?\s?(?:iphone|ipad|galaxy|갤럭시|samsung|삼성|안드로이드|android|휴대폰|스마트폰|모바일)"
    r".{0,60}(?:보냄|보냈습니다|전송됨|전송했습니다|발송)\.?"
    r"|(?:ios|android|windows)용 (?:outlook|메일|mail).{0,60}"
    r"|.{0,20}(?:네이버|naver|다음|daum|카카오) ?(?:메일)? ?앱에서 (?:보냄|보냈습니다|보낸 메일입니다)\.?)$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:(?:best|kind|warm|with (?:best|kind))?\s?regards|sincerely(?: yours)?|cheers|best(?: wishes)?"
    r"|yours (?:sincerely|truly|faithfully)|thanks(?: and| &) regards|mit freundlichen grüßen"
    r"|cordialement)[,.!]?$",
    re.IGNORECASE,
)
_KOREAN_CLOSING = re.compile(
    r"^.{0,30}(?:감사합니다|고맙습니다|감사드립니다|드림|올림|배상)[.,!~]*$"
)
_CONTACT = re.compile(
    r"(?:\b(?:tel|phone|mobile|cell|fax|e-?mail|web|www\.|https?:|[tmfe]\s?[.:)|])|전화|휴대폰|팩스|이메일"
    r"|메일\s?:|주소|홈페이지|대표번호|내선|\+?\d{2,4}[-.)\s]\d{3,4}[-.\s]\d{4}|@[\w-]+\.\w+)",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^\W{0,5}(?:this (?:e-?mail|message|communication)|the information (?:contained )?in this"
    r"|confidentiality notice|disclaimer|본 ?(?:메일|이메일|e-?mail|전자우편|메시지)|이 ?(?:메일|이메일|전자우편))"
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


def without_quotes(text: str, *, is_forward: bool = False) -> str:
    """Cut quoted mails, the signature and footers; a text that is nothing else stays whole.

    Args:
        text: The body of a mail as plain text.
        is_forward: The mail hands on another, whose words are its content.
    """
    lines = text.split("\n")
    is_code = _code_lines(lines)
    if not is_forward:
        lines = lines[: _rest_begins(lines, is_code)]
    lines = _without_marked(lines, is_code)
    lines = lines[: _signature_begins(lines)]
    result = "\n".join(lines).strip()
    return result or text.strip()


def without_reply_quote(text: str) -> str:
    """Cut the quote a post begins with, and those a mail client put there with their author.

    Other quotes stay: people who write Markdown quote to answer line by line.
    """
    lines = text.split("\n")
    is_code = _code_lines(lines)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    head = first
    while head < len(lines) and (lines[head].startswith(">") or not lines[head].strip()):
        head += 1
    lines = lines[head:]
    is_code = is_code[head:]
    for at in range(len(lines)):
        n_wrapped = 0 if is_code[at] else _attribution_lines(lines, at)
        following = _next_line(lines, at + n_wrapped)
        if n_wrapped and following.startswith(">"):
            rest = _without_marked(lines[at + n_wrapped :], is_code[at + n_wrapped :])
            lines = [*lines[:at], *rest]
            break
    return "\n".join(lines).strip() or text.strip()


def _code_lines(lines: Sequence[str]) -> list[bool]:
    """Say of each line whether it stands between fences; of none where a fence has no partner."""
    fences = [line.lstrip().startswith("```") for line in lines]
    if sum(fences) % 2:
        return [False] * len(lines)
    found, inside = [], False
    for is_fence in fences:
        found.append(inside or is_fence)
        inside ^= is_fence
    return found


def _rest_begins(lines: Sequence[str], is_code: Sequence[bool]) -> int:
    """Return the line from which on everything is an older mail."""
    is_forward = False
    for at, line in enumerate(lines):
        if is_code[at] or not line.strip() or len(line) > LONGEST_LINE:
            continue
        if _FORWARD.match(line):
            is_forward = True
        elif _SEPARATOR.match(line):
            return at
        elif _is_head(lines, at):
            if not is_forward:
                return at - 1 if at and _RULE.match(lines[at - 1].strip()) else at
            is_forward = False
        elif n_wrapped := _attribution_lines(lines, at):
            if not _next_line(lines, at + n_wrapped).startswith(">"):
                return at
    return len(lines)


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Say whether a quoted mail's head begins here: its sender, then more such lines."""
    found = _HEADER.match(lines[at])
    if found is None or not found["sender"]:
        return False
    n_headers, n_blank = 0, 0
    for line in lines[at : at + 3 * LEAST_HEADERS]:
        if _HEADER.match(line[:LONGEST_LINE]):
            n_headers += 1
        elif line.strip() or n_blank > LEAST_HEADERS:
            break
        else:
            n_blank += 1
    return n_headers >= LEAST_HEADERS


def _attribution_lines(lines: Sequence[str], at: int) -> int:
    """Return how many lines from here say who wrote what follows; 0 where none does."""
    first = lines[at].strip()
    if len(first) > LONGEST_LINE:
        return 0
    if first.endswith((":", "：", "*")) and _ATTRIBUTION.match(first):
        return 1
    if not _ATTRIBUTION_START.match(first):
        return 0
    for n_lines in range(2, MAX_WRAPPED_LINES + 1):
        more = [line.strip() for line in lines[at : at + n_lines]]
        if len(more) < n_lines or not more[-1]:
            return 0
        joined = " ".join(more)
        if more[-1].endswith((":", "：")):
            return n_lines if len(joined) <= LONGEST_LINE and _ATTRIBUTION.match(joined) else 0
    return 0


def _next_line(lines: Sequence[str], at: int) -> str:
    """Return the next line that is not empty, from its first sign on."""
    return next((line.strip() for line in lines[at : at + 4] if line.strip()), "")


def _without_marked(lines: Sequence[str], is_code: Sequence[bool]) -> list[str]:
    """Drop lines that are marked as quoted, and the line that says whose they are."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if is_code[at]:
            kept.append(lines[at])
            at += 1
            continue
        n_wrapped = _attribution_lines(lines, at)
        if n_wrapped and _next_line(lines, at + n_wrapped).startswith(">"):
            at += n_wrapped
            continue
        if not lines[at].lstrip().startswith(">"):
            kept.append(lines[at])
        elif kept and kept[-1].strip():
            kept.append("")
        at += 1
    return kept


def _signature_begins(lines: list[str]) -> int:
    """Return the line from which on there is only signature, footer and blank lines."""
    end = _content_end(lines, len(lines))
    for at in range(max(0, end - MAX_SIGNATURE_LINES), end):
        if lines[at].rstrip() == "--" and at:
            end = at
            break
    for at in range(max(0, end - MAX_SIGNATURE_LINES), end):
        around = "\n".join(lines[at + 1 : at + 6])
        if at and _RULE.match(lines[at].strip()) and _FOOTER.search(around):
            end = at
            break
    end = _content_end(lines, end)
    return _content_end(lines, _contact_begins(lines, end))


def _content_end(lines: list[str], end: int) -> int:
    """Step back over blank lines, marks of phones, and paragraphs only lawyers read."""
    while end > 0:
        last = lines[end - 1].strip()
        if not last or (end > 1 and len(last) <= LONGEST_LINE and _SENT_FROM.match(last)):
            end -= 1
            continue
        begins = end - 1
        while begins > 0 and lines[begins - 1].strip() and end - begins < MAX_SIGNATURE_LINES:
            begins -= 1
        if begins == 0 or not _DISCLAIMER.match("\n".join(lines[begins:end])[:LONGEST_LINE]):
            return end
        end = begins
    return end


def _contact_begins(lines: list[str], end: int) -> int:
    """Return where a closing with name, firm and telephone begins; `end` where there is none."""
    for at in range(max(1, end - MAX_CONTACT_LINES), end):
        line = lines[at].strip()
        is_korean = _KOREAN_CLOSING.match(line[:LONGEST_LINE]) is not None
        if not is_korean and not _CLOSING.match(line[:LONGEST_LINE]):
            continue
        block = [each.strip() for each in lines[at + 1 : end] if each.strip()]
        is_short = all(len(each) <= 100 and not each.endswith("?") for each in block)  # noqa: PLR2004 - a line of an address
        if block and is_short and any(map(_CONTACT.search, block)):
            return at + 1 if is_korean else at
    return end


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
    return _FORWARD.match(first[:LONGEST_LINE]) is not None


MAIL_CUTS = Cuts(is_quote=_is_quote, begins_quote=_begins_quote, is_kept=_is_forwarded)
"""The marks of mail programs that say which part of a page is quoted."""
FORWARD_CUTS = Cuts(is_kept=_is_forwarded)
"""For a mail that hands on another: nothing of it is cut."""
