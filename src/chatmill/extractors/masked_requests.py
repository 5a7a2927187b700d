"""A request in masked words for a server that is not trusted, and the way back for its reply.

The people of a request are those its lines show: a message is one JSON object a line, with `by`,
`role` and `text`. The placeholders are words no line holds, so that they are found again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from chatmill.models.requests import ChatRequest
from chatmill.records import Conversation, Message
from chatmill.settings import PrivacySettings
from chatmill.text.masking import Masker


@dataclass(frozen=True, slots=True)
class MaskedRequest:
    """A request whose every text is `MaskedText`."""

    request: ChatRequest
    masker: Masker

    @classmethod
    def of(cls, request: ChatRequest, privacy: PrivacySettings) -> Self:
        """Mask a request; the same request gives the same words."""
        contents = [each.content for each in request.messages]
        masker = Masker(privacy, _shown(contents), is_reversible=True)

        def mask(text: str) -> str:
            return str(masker.mask(text).text)

        messages = tuple(
            replace(each, content=masker.mask(_mapped_lines(each.content, mask)).text)
            for each in request.messages
        )
        return cls(replace(request, messages=messages), masker)

    def unmasked(self, reply: str) -> str:
        """Put the original words back into a reply, inside its JSON where it is JSON."""
        start, end = reply.find("{"), reply.rfind("}")
        if 0 <= start < end and (decoded := _decoded(reply[start : end + 1])) is not None:
            inside = json.dumps(_mapped(decoded, self.masker.unmask), ensure_ascii=False)
            return f"{reply[:start]}{inside}{reply[end + 1 :]}"
        return self.masker.unmask(reply)


def _shown(contents: list[str]) -> Conversation:
    """Read the messages a request shows; the last text, the conversation itself, comes first."""
    messages: list[Message] = []
    for content in reversed(contents):
        for line in content.split("\n"):
            shown = _decoded(line)
            if isinstance(shown, dict) and isinstance(shown.get("text"), str):
                role = shown.get("role")
                messages.append(
                    Message(
                        id=str(len(messages)),
                        speaker=str(shown.get("by") or ""),
                        role=role if role in ("customer", "agent") else "unknown",
                        text=shown["text"],
                    )
                )
            elif line.strip():
                messages.append(Message(id=str(len(messages)), speaker="", text=line))
    return Conversation(id="", source="", platform="", messages=tuple(messages))


def _mapped_lines(content: str, change: Callable[[str], str]) -> str:
    """Change the strings of lines that are JSON objects, where letters may be escaped."""
    lines = content.split("\n")
    for place, line in enumerate(lines):
        decoded = _decoded(line)
        if isinstance(decoded, dict):
            lines[place] = json.dumps(_mapped(decoded, change), ensure_ascii=False)
    return "\n".join(lines)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    if isinstance(value, dict):
        return {key: _mapped(each, change) for key, each in value.items()}
    return value


def _decoded(text: str) -> Any:  # noqa: ANN401 - any JSON
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
