"""Training files people have already: each conversation keeps its words and who said them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.assembly import CUT_OFF
from odd_json import any_json
from reading import ReadExport, read_export, write_export


def turn(role: str, content: Any, **more: Any) -> dict[str, Any]:
    """One message in OpenAI's way."""
    return {"role": role, "content": content, **more}


ASKED = [
    turn("system", "W5500 기술지원"),
    turn("user", "소켓은 몇 개인가요?"),
    turn("assistant", "8개입니다.\n감사합니다."),
]
HEARD = [
    ("system", "system", "", "W5500 기술지원"),
    ("customer", "text", "user", "소켓은 몇 개인가요?"),
    ("agent", "text", "assistant", "8개입니다.\n감사합니다."),
]


def read_lines(folder: Path, *rows: Any) -> ReadExport:
    """Write one object a line and read it back, told by its content."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    return read_export(write_export(folder, "train.jsonl", "".join(lines)))


def heard(export: ReadExport) -> list[tuple[str, str, str, str]]:
    """Role, kind, speaker and text of every message."""
    return [(each.role, each.kind, each.speaker, each.text) for each in export.messages]


def test_openai_messages(tmp_path: Path) -> None:
    """Roles become those of a support room, and a file's lines conversations."""
    export = read_lines(tmp_path, {"messages": ASKED}, {"messages": ASKED[1:]})
    assert export.importer == "chat_jsonl"
    assert [room.key for room in export.rooms] == ["train.jsonl#1", "train.jsonl#2"]
    assert heard(export) == HEARD + HEARD[1:]
    assert export.rejections == ()


def test_contents_in_parts(tmp_path: Path) -> None:
    """Text parts follow each other; a picture is an attachment, its bytes are not kept."""
    parts = [
        {"type": "text", "text": "이 회로"},
        {"type": "image_url", "image_url": {"url": "https://x.kr/a.png"}},
        {"type": "text", "text": "맞나요?"},
    ]
    picture = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    said = [
        turn("user", parts),
        turn("user", picture),
        turn("assistant", None, refusal="안 됩니다"),
    ]
    export = read_lines(tmp_path, {"messages": said})
    assert export.importer == "chat_jsonl"
    assert [(each.kind, each.text, each.attachments) for each in export.messages] == [
        ("text", "이 회로\n맞나요?", ("https://x.kr/a.png",)),
        ("photo", "", ("image",)),
        ("text", "안 됩니다", ()),
    ]


def test_tool_calls_are_nobodys_words(tmp_path: Path) -> None:
    """What a tool was asked and answered is listed, not learnt."""
    said = [
        turn("user", "재고 있나요?"),
        turn("assistant", None, tool_calls=[{"function": {"name": "stock"}}]),
        turn("tool", '{"n": 3}', tool_call_id="1"),
        turn("assistant", "3개 있습니다."),
    ]
    export = read_lines(tmp_path, {"messages": said})
    assert export.texts == ["재고 있나요?", "3개 있습니다."]
    assert [(each.line, each.reason) for each in export.rejections] == [
        (1, "a tool call, no words"),
        (1, "what a tool was told or answered, no words of a person"),
    ]


@pytest.mark.parametrize("indent", [None, 1])
def test_sharegpt_in_one_list(tmp_path: Path, indent: int | None) -> None:
    """One array of conversations, packed or spread over lines; ids of their own stay."""
    said = [{"from": "human", "value": "질문"}, {"from": "gpt", "value": "답"}]
    rows = [
        {"id": "QWJ_0", "conversations": said, "system": "도움말"},
        {"id": 7, "conversations": said},
        {"id": "QWJ_0", "conversations": [*said, {"from": "observation", "value": "x"}]},
    ]
    path = write_export(tmp_path, "sharegpt.json", json.dumps(rows, indent=indent))
    export = read_export(path)
    assert export.importer == "chat_jsonl"
    assert [room.key for room in export.rooms] == ["QWJ_0", "sharegpt.json#7", "QWJ_0#3"]
    pair = [("customer", "text", "human", "질문"), ("agent", "text", "gpt", "답")]
    assert heard(export) == [("system", "system", "", "도움말"), *pair, *pair, *pair]
    assert len(export.rejections) == 1


def test_questions_with_answers(tmp_path: Path) -> None:
    """Alpaca's input belongs to the question; rounds before it come first."""
    alpaca = {"instruction": "번역", "input": "socket", "output": "소켓", "history": [["전", "후"]]}
    export = read_lines(tmp_path, alpaca, {"prompt": "몇 개?", "completion": "8"})
    assert export.importer == "chat_jsonl"
    assert export.texts == ["전", "후", "번역\nsocket", "소켓", "몇 개?", "8"]
    assert [each.role for each in export.messages] == ["customer", "agent"] * 3


def test_single_document_over_many_lines(tmp_path: Path) -> None:
    """One conversation written out nicely is no list of broken lines."""
    path = write_export(tmp_path, "one.json", json.dumps({"messages": ASKED}, indent=2))
    export = read_export(path)
    assert export.importer == "chat_jsonl"
    assert heard(export) == HEARD


def test_bad_lines_cost_only_themselves(tmp_path: Path) -> None:
    """Each is listed with its line, and the conversations around it are read."""
    good = json.dumps({"messages": ASKED[1:]}, ensure_ascii=False)
    text = f'{good}\n{{"messages": [\n\n{good}\n[1]\n{{"messages": []}}\n'
    odd = {"messages": [turn("user", ""), {"content": "who?"}, 7, turn("user", "\ud800")]}
    export = read_export(write_export(tmp_path, "t.jsonl", text + json.dumps(odd) + "\n" + good))
    assert export.texts == [text for _, _, _, text in HEARD[1:]] * 3
    assert [each.line for each in export.rejections] == [2, 5, 6, 7, 7, 7, 7]
    assert export.rooms[-1].key == "t.jsonl#8"


def test_chatmills_own_lines_are_not_taken(tmp_path: Path) -> None:
    """A conversation whose words speak of roles and contents is still chatmill's own."""
    text = 'write {"role": "user", "content": "x"} please'
    row = {
        "id": "c",
        "messages": [{"id": "1", "speaker": "user", "role": "customer", "text": text}],
    }
    assert read_lines(tmp_path, row).importer == "jsonl"


@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(["system", "user", "assistant"]),
            st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
        ),
        min_size=1,
        max_size=6,
    ),
    is_sharegpt=st.booleans(),
)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]], *, is_sharegpt: bool
) -> None:
    """Words and roles survive in both ways of writing, equal ones too."""
    roles = {"system": "system", "user": "customer", "assistant": "agent"}
    row = (
        {"conversations": [{"from": role, "value": text} for role, text in said]}
        if is_sharegpt
        else {"messages": [turn(role, text) for role, text in said]}
    )
    path = write_export(tmp_path_factory.getbasetemp(), "t.jsonl", json.dumps(row) + "\n")
    export = read_export(path, importer="chat_jsonl")
    assert [(each.role, each.text) for each in export.messages] == [
        (roles[role], text) for role, text in said
    ]
    assert len({each.id for each in export.messages}) == len(said)


def test_last_line_without_its_end_is_a_cut_off_file(tmp_path: Path) -> None:
    """Half a line at the end says that the export is not whole; one inside is only bad."""
    line = json.dumps({"messages": ASKED}, ensure_ascii=False)
    for text, reason in (
        (f"{line}\n{line[:60]}", CUT_OFF),
        (f"{line}\n{line[:60]}\n", "not JSON: Expecting property name enclosed in double quotes"),
    ):
        export = read_export(write_export(tmp_path, "t.jsonl", text), importer="chat_jsonl")
        assert [(each.line, each.reason) for each in export.rejections] == [(2, reason)]


KEYS = [
    "messages", "conversations", "role", "from", "content", "value", "id", "system",
    "text", "image_url", "url", "instruction", "input", "output", "history", "prompt",
]  # fmt: skip
ANY = any_json(KEYS)


@given(row=ANY)
def test_any_type_may_stand_anywhere(tmp_path_factory: pytest.TempPathFactory, row: Any) -> None:
    """Untrusted JSON is a conversation or a rejection, never an exception."""
    text = f"{json.dumps({'messages': ASKED})}\n{json.dumps(row)}\n"
    path = write_export(tmp_path_factory.getbasetemp(), "t.jsonl", text)
    assert len(read_export(path, importer="chat_jsonl").messages) >= len(HEARD)
