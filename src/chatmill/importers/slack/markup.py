"""Turns Slack's markup into what people read: names for ids, addresses, entities decoded."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chatmill.importers.json_fields import entries, fields, words
from chatmill.importers.slack.directory import Directory

MAX_DEPTH = 12
"""Nesting of blocks that is looked into."""
_TAG = re.compile(r"<([^<>\n]+)>")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")


def readable(text: str, directory: Directory) -> str:
    """Return a text without Slack's markup.

    Args:
        text: As exported: `<@U1>`, `<#C1|name>`, `<!here>`, `<address|label>`, `&lt;`.
        directory: Whose ids these are.
    """
    if "<" in text:
        text = _TAG.sub(lambda tag: _tag_words(tag[0], tag[1], directory), text)
    return decoded(text)


def decoded(text: str) -> str:
    """Decode the three signs Slack writes as entities."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def fallback_text(message: Mapping[str, Any], directory: Directory) -> str:
    """Return the words of a message whose text is empty: its blocks, else its attachments."""
    blocks = "\n".join(filter(None, _block_lines(message.get("blocks"), directory, 0)))
    if blocks.strip():
        return blocks
    return "\n".join(
        filter(None, (_attachment_text(fields(each), directory)
                      for each in entries(message.get("attachments"))))
    )  # fmt: skip


def _tag_words(whole: str, inside: str, directory: Directory) -> str:
    target, _, label = inside.partition("|")
    sign, rest = target[0], target[1:]
    if sign == "@":
        return f"@{directory.people.known(rest) or label.lstrip('@') or rest}"
    if sign == "#":
        return f"#{label.lstrip('#') or directory.channels.get(rest) or rest}"
    if sign == "!":
        return _command_words(rest.split("^", 2), label)
    return _address_words(target, label) if _ADDRESS.match(target) else whole


def _command_words(command: list[str], label: str) -> str:
    """Write `<!here>`, `<!subteam^S1|@team>` and `<!date^…|fallback>` as people read them."""
    if command[0] in ("subteam", "date"):
        return label or command[-1]
    return f"@{label.lstrip('@') or command[0]}"


def _address_words(target: str, label: str) -> str:
    """Write a link once where its label is its address, else both."""
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (target, bare):
        return bare
    plain = bare.removeprefix("https://").removeprefix("http://").rstrip("/")
    return bare if label.rstrip("/") == plain else f"{label} ({bare})"


def _attachment_text(attachment: Mapping[str, Any], directory: Directory) -> str:
    parts = [words(attachment.get(key)) for key in ("pretext", "title", "text")]
    for each in entries(attachment.get("fields")):
        pair = [words(fields(each).get(key)) for key in ("title", "value")]
        parts.append(": ".join(filter(None, pair)))
    text = "\n".join(filter(None, parts)) or words(attachment.get("fallback"))
    return readable(text, directory) or "\n".join(
        filter(None, _block_lines(attachment.get("blocks"), directory, 0))
    )


def _block_lines(value: Any, directory: Directory, depth: int) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    """Stream the text of blocks, a line each."""
    if depth > MAX_DEPTH:
        return
    for block in map(fields, entries(value)):
        kind = block.get("type")
        if kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
            yield "".join(_inline(fields(each), directory) for each in entries(block["elements"])
                          ) if "elements" in block else ""  # fmt: skip
        elif kind in ("mrkdwn", "plain_text"):
            yield _text_object(block, directory)
        elif kind in ("rich_text", "rich_text_list", "context"):
            yield from _block_lines(block.get("elements"), directory, depth + 1)
        else:
            yield _text_object(fields(block.get("text")), directory)
            yield from _block_lines(block.get("fields"), directory, depth + 1)


def _text_object(value: Mapping[str, Any], directory: Directory) -> str:
    text = words(value.get("text"))
    return readable(text, directory) if value.get("type") == "mrkdwn" else decoded(text)


def _inline(element: Mapping[str, Any], directory: Directory) -> str:
    kind = element.get("type")
    if kind == "user":
        user_id = words(element.get("user_id"))
        return f"@{directory.people.known(user_id) or user_id}"
    if kind == "channel":
        channel_id = words(element.get("channel_id"))
        return f"#{directory.channels.get(channel_id) or channel_id}"
    if kind == "broadcast":
        return f"@{words(element.get('range'))}"
    if kind == "emoji":
        return f":{words(element.get('name'))}:"
    text, address = words(element.get("text")), words(element.get("url"))
    if text and address and text != address:
        return f"{text} ({address})"
    return text or address
