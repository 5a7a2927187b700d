"""Reading JSON piece by piece: values, places and limits are those of the whole document."""

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.base import ExportFile
from chatmill.importers.json_reader import BrokenJsonError, JsonReader
from chatmill.importers.sources import LocalFile
from chatmill.settings import ImportSettings

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def reader_of(text: str, *, step: int = 1, longest: int = 1_000_000) -> JsonReader:
    """A reader that is given a document in small pieces."""
    stream = StringIO(text)
    file = ExportFile(
        source=LocalFile(Path()),
        name="x.json",
        room_key="x",
        encoding="utf-8",
        head=text[:10],
        settings=ImportSettings(max_json_characters=longest),
    )
    return JsonReader(file, lambda _wanted: stream.read(step))


@given(value=VALUES, step=st.integers(1, 9), indent=st.sampled_from([None, 1]))
def test_a_value_is_the_one_json_reads(value: object, step: int, indent: int | None) -> None:
    """However the document is cut into pieces, a value comes out as it went in."""
    reader = reader_of(json.dumps(value, indent=indent) + "\n", step=step)
    assert reader.value() == value
    assert reader.next_sign() == ""


@given(items=st.lists(VALUES, max_size=5), step=st.integers(1, 9), taken=st.sets(st.integers(0, 4)))
def test_what_is_not_taken_is_skipped(items: list[object], step: int, taken: set[int]) -> None:
    """Entering an array and leaving elements alone keeps the reader in step."""
    document = {"before": [1, {"a": "]}"}], "items": items, "after": "끝"}
    reader = reader_of(json.dumps(document, ensure_ascii=False), step=step)
    found: dict[int, object] = {}
    last = None
    for key in reader.keys():  # noqa: SIM118 - a reader is no dict
        if key == "items":
            for index in reader.elements():
                if index in taken:
                    found[index] = reader.value()
        elif key == "after":
            last = reader.value()
    assert found == {at: item for at, item in enumerate(items) if at in taken}
    assert last == "끝"


def test_the_line_of_each_element_is_known() -> None:
    """A rejection can name the line of the export, as a person's editor counts it."""
    reader = reader_of('{"messages": [\n  1,\n\n  {"a":\n 2},\n3]}', step=3)
    lines = [
        reader.line
        for key in reader.keys()  # noqa: SIM118 - a reader is no dict
        if key == "messages"
        for _ in reader.elements()
    ]
    assert lines == [2, 4, 6]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('[1,\n{"a": "b', 2, "the file ends in the middle of it"),
        ("[1,\n2", 2, "the file ends in the middle of it"),
        ("[1,\n", 2, "the file ends in the middle of it"),
        ('[1,\n{"a" 1}, 2, 3, 4, 5, 6, 7, 8, 9, 10]', 2, "not JSON: Expecting ':' delimiter"),
        ("[1,\n2 3, 4]", 2, "not JSON: neither ',' nor ']'"),
        ("[1,\n" + "[" * 100_000, 2, "not JSON: nested too deep"),
        ("[1,\n" + "9" * 5000 + "]", 2, "not JSON: a number nobody can read"),
        ('[1,\n"' + "가" * 600 + '"]', 2, "not JSON: longer than 500 characters"),
    ],
    ids=["string", "number", "comma", "colon", "separator", "deep", "huge number", "long"],
)
def test_broken_documents_say_where_and_why(text: str, line: int, reason: str) -> None:
    """What cannot be read on is one reason with its line, whatever broke."""
    limit = 500 if "longer" in reason else 1_000_000
    reader = reader_of(text, step=64, longest=limit)
    with pytest.raises(BrokenJsonError) as caught:
        _ = [reader.value() for _ in reader.elements()]
    assert caught.value.reason.startswith(reason)
    assert caught.value.line == line


def test_a_skipped_value_may_be_as_long_as_it_likes() -> None:
    """Parts of an export nobody needs cost no memory, so no limit stops them."""
    text = json.dumps({"stickers": ["가" * 50] * 200, "name": "방"}, ensure_ascii=False)
    reader = reader_of(text, step=64, longest=500)
    assert [reader.value() for key in reader.keys() if key == "name"] == ["방"]  # noqa: SIM118 - a reader is no dict
