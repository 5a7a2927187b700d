"""Rules of tools, tool calls and content parts (images) in a line of a training file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chatmill.checks.training_words import FileFinding, error, warning

_PARTS = {
    "system": ("text",),
    "developer": ("text",),
    "user": ("text", "image_url", "input_audio", "file"),
    "assistant": ("text", "refusal"),
    "tool": ("text",),
}
_IMAGES = ("http://", "https://", "data:image/jpeg", "data:image/png", "data:image/webp")
_MOST_IMAGES = 64
_EVIDENCE = 80


def row_tools(number: int, row: Mapping[str, Any]) -> Iterator[FileFinding]:
    """Yield what is wrong with the tools a line offers."""
    for key in ("tools", "functions"):
        if key not in row:
            continue
        offered = row[key]
        if not isinstance(offered, list):
            yield error(number, "tools", key, "must be a list", str(offered)[:_EVIDENCE])
            continue
        for index, tool in enumerate(offered):
            if not _name_of(tool, key):
                yield error(number, "tools", f"{key}[{index}]", "has no function with a name")
    parallel = row.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        yield error(number, "tools", "parallel_tool_calls", "must be true or false", str(parallel))
    yield from _undeclared(number, row)


def assistant_calls(number: int, field: str, message: Mapping[str, Any]) -> Iterator[FileFinding]:
    """Yield what is wrong with an assistant's calls."""
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        yield error(number, "tool_calls", f"{field}.tool_calls", "must be a list")
        calls = []
    for index, call in enumerate(calls or []):
        place = f"{field}.tool_calls[{index}]"
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(call, dict) or not isinstance(function, dict):
            yield error(number, "tool_calls", place, "has no function")
            continue
        if not isinstance(call.get("id"), str) or not call["id"]:
            yield error(number, "tool_calls", f"{place}.id", "is missing")
        if call.get("type") != "function":
            yield error(
                number, "tool_calls", f"{place}.type", "must be function", str(call.get("type"))
            )
        yield from _function(number, f"{place}.function", function)
    function = message.get("function_call")
    if isinstance(function, dict):
        yield from _function(number, f"{field}.function_call", function)
    elif function is not None:
        yield error(number, "tool_calls", f"{field}.function_call", "must be an object")


def tool_reply(number: int, messages: list[Any]) -> Iterator[FileFinding]:
    """Yield calls nobody answered and answers nobody called for."""
    open_calls: dict[str, str] = {}
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        field = f"messages[{index}]"
        if message.get("role") == "tool":
            called = message.get("tool_call_id")
            if not isinstance(called, str) or called not in open_calls:
                yield error(
                    number,
                    "tool_calls",
                    f"{field}.tool_call_id",
                    "answers no tool call before it",
                    str(called)[:_EVIDENCE],
                )
            else:
                del open_calls[called]
            continue
        for call_id, place in open_calls.items():
            yield error(number, "tool_calls", place, "is answered by no tool message", call_id)
        open_calls = {}
        calls = message.get("tool_calls")
        for at, call in enumerate(calls if isinstance(calls, list) else []):
            if isinstance(call, dict) and isinstance(call.get("id"), str):
                open_calls[call["id"]] = f"{field}.tool_calls[{at}]"


def content_parts(number: int, field: str, role: object, parts: list[Any]) -> Iterator[FileFinding]:
    """Yield what is wrong with content that is a list of parts."""
    if not parts:
        yield error(number, "empty", field, "is empty")
    allowed = _PARTS.get(str(role), ("text",))
    n_images = 0
    for index, part in enumerate(parts):
        place = f"{field}[{index}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(part, dict) or kind not in allowed:
            yield error(number, "content", place, f"must be one of {', '.join(allowed)}", str(kind))
        elif kind in ("text", "refusal"):
            if not isinstance(part.get(kind), str) or not part[kind].strip():
                yield error(number, "empty", f"{place}.{kind}", "is empty")
        elif kind == "image_url":
            n_images += 1
            yield from _image(number, place, part)
    if n_images > _MOST_IMAGES:
        yield error(
            number, "image", field, f"{n_images} images, servers take {_MOST_IMAGES} at most"
        )


def _image(number: int, place: str, part: Mapping[str, Any]) -> Iterator[FileFinding]:
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else None
    if not isinstance(url, str) or not url.startswith(_IMAGES):
        yield error(
            number,
            "image",
            f"{place}.image_url.url",
            "must be http(s) or data: with a JPEG, PNG or WEBP image",
            str(url)[:_EVIDENCE],
        )


def _function(number: int, place: str, function: Mapping[str, Any]) -> Iterator[FileFinding]:
    if not isinstance(function.get("name"), str) or not function["name"]:
        yield error(number, "tool_calls", f"{place}.name", "is missing")
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        yield error(
            number,
            "tool_calls",
            f"{place}.arguments",
            "must be JSON written as text",
            str(arguments)[:_EVIDENCE],
        )
        return
    try:
        json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        yield warning(
            number, "tool_calls", f"{place}.arguments", "is no JSON", arguments[:_EVIDENCE]
        )


def _undeclared(number: int, row: Mapping[str, Any]) -> Iterator[FileFinding]:
    """Yield calls of functions the line does not offer."""
    tools = row.get("tools")
    if not isinstance(tools, list):
        return
    offered = {_name_of(tool, "tools") for tool in tools}
    for index, message in enumerate(row["messages"]):
        calls = message.get("tool_calls") if isinstance(message, dict) else None
        for at, call in enumerate(calls if isinstance(calls, list) else []):
            name = _name_of(call, "tools")
            if name and name not in offered:
                yield warning(
                    number,
                    "tools",
                    f"messages[{index}].tool_calls[{at}]",
                    "calls a function that tools does not offer",
                    name,
                )


def _name_of(tool: object, key: str) -> str:
    function = tool.get("function") if key == "tools" and isinstance(tool, dict) else tool
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""
