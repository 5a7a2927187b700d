"""Cuts what a mail repeats of the mails before it, its signature and the list's footer."""

from collections.abc import Sequence

from chatmill.importers.mail.marks import (
    ATTRIBUTION,
    ATTRIBUTION_START,
    CLOSING,
    CONTACT,
    DISCLAIMER,
    FOOTER,
    FORWARD,
    HEADER,
    KOREAN_CLOSING,
    LONGEST_LINE,
    RULE,
    SENT_FROM,
    SEPARATOR,
)

MAX_SIGNATURE_LINES = 15
MAX_CONTACT_LINES = 10
MAX_WRAPPED_LINES = 3
"""Lines an attribution is broken into."""
LEAST_HEADERS = 3
"""Lines of a quoted mail's head."""


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
        if FORWARD.match(line):
            is_forward = True
        elif SEPARATOR.match(line):
            return at
        elif _is_head(lines, at):
            if not is_forward:
                return at - 1 if at and RULE.match(lines[at - 1].strip()) else at
            is_forward = False
        elif _opens_rest(lines, at):
            return at
    return len(lines)


def _opens_rest(lines: Sequence[str], at: int) -> bool:
    """Say whether a line names the author of what follows, and that is not marked as quoted."""
    n_wrapped = _attribution_lines(lines, at)
    return n_wrapped > 0 and not _next_line(lines, at + n_wrapped).startswith(">")


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Say whether a quoted mail's head begins here: its sender, then more such lines."""
    found = HEADER.match(lines[at])
    if found is None or not found["sender"]:
        return False
    n_headers, n_blank = 0, 0
    for line in lines[at : at + 3 * LEAST_HEADERS]:
        if HEADER.match(line[:LONGEST_LINE]):
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
    if first.endswith((":", "：", "*")) and ATTRIBUTION.match(first):
        return 1
    if not ATTRIBUTION_START.match(first):
        return 0
    for n_lines in range(2, MAX_WRAPPED_LINES + 1):
        more = [line.strip() for line in lines[at : at + n_lines]]
        if len(more) < n_lines or not more[-1]:
            return 0
        joined = " ".join(more)
        if more[-1].endswith((":", "：")):
            return n_lines if len(joined) <= LONGEST_LINE and ATTRIBUTION.match(joined) else 0
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
        if at and RULE.match(lines[at].strip()) and FOOTER.search(around):
            end = at
            break
    end = _content_end(lines, end)
    return _content_end(lines, _contact_begins(lines, end))


def _content_end(lines: list[str], end: int) -> int:
    """Step back over blank lines, marks of phones, and paragraphs only lawyers read."""
    while end > 0:
        last = lines[end - 1].strip()
        if not last or (end > 1 and len(last) <= LONGEST_LINE and SENT_FROM.match(last)):
            end -= 1
            continue
        begins = end - 1
        while begins > 0 and lines[begins - 1].strip() and end - begins < MAX_SIGNATURE_LINES:
            begins -= 1
        if begins == 0 or not DISCLAIMER.match("\n".join(lines[begins:end])[:LONGEST_LINE]):
            return end
        end = begins
    return end


def _contact_begins(lines: list[str], end: int) -> int:
    """Return where a closing with name, firm and telephone begins; `end` where there is none."""
    for at in range(max(1, end - MAX_CONTACT_LINES), end):
        line = lines[at].strip()
        is_korean = KOREAN_CLOSING.match(line[:LONGEST_LINE]) is not None
        if not is_korean and not CLOSING.match(line[:LONGEST_LINE]):
            continue
        block = [each.strip() for each in lines[at + 1 : end] if each.strip()]
        is_short = all(len(each) <= 100 and not each.endswith("?") for each in block)  # noqa: PLR2004 - a line of an address
        if block and is_short and any(map(CONTACT.search, block)):
            return at + 1 if is_korean else at
    return end
