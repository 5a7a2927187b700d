"""Convert: what comes out is what one would write by hand."""

import json
from pathlib import Path

import pytest

from chatmill.errors import InputError, ReviewFileError, UsageError
from chatmill.stages.convert import convert
from chatmill.text.pairs_file import PairBlock, PairsFile, TurnText, write_pairs

THREE_PAIRS = """\
Q) W5500은 소켓을 몇 개까지 쓸 수 있나요?
A) W5500은 하드웨어 소켓 8개를 동시에 쓸 수 있습니다.

Q) How do I enable keep-alive on the W5500?
A) Write Sn_KPALVTR (0x002F).
The unit is 5 s, so 0x0A means 50 s.

Q) w6100 ipv6 되나요?
A) 네, W6100은 IPv4/IPv6 듀얼 스택입니다.
Q) SPI 클럭은요?
A) 최대 70MHz입니다.
"""


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a hand-made text."""
    path = tmp_path / "pairs.txt"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_objects_are_those_one_would_write_by_hand(
    tmp_path: Path, encoding: str, line_end: str
) -> None:
    """Letters, case and line breaks of the source stay; the marks go, lines below join."""
    source = write(tmp_path, THREE_PAIRS.replace("\n", line_end), encoding)
    output = tmp_path / "data.jsonl"
    convert(source, output, system="Information about WIZnet chips.")
    system = {"role": "system", "content": "Information about WIZnet chips."}
    assert [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()] == [
        {
            "messages": [
                system,
                {"role": "user", "content": "W5500은 소켓을 몇 개까지 쓸 수 있나요?"},
                {
                    "role": "assistant",
                    "content": "W5500은 하드웨어 소켓 8개를 동시에 쓸 수 있습니다.",
                },
            ]
        },
        {
            "messages": [
                system,
                {"role": "user", "content": "How do I enable keep-alive on the W5500?"},
                {
                    "role": "assistant",
                    "content": "Write Sn_KPALVTR (0x002F).\nThe unit is 5 s, so 0x0A means 50 s.",
                },
            ]
        },
        {
            "messages": [
                system,
                {"role": "user", "content": "w6100 ipv6 되나요?"},
                {"role": "assistant", "content": "네, W6100은 IPv4/IPv6 듀얼 스택입니다."},
                {"role": "user", "content": "SPI 클럭은요?"},
                {"role": "assistant", "content": "최대 70MHz입니다."},
            ]
        },
    ]


def test_the_made_system_line_names_the_product_in_the_language(tmp_path: Path) -> None:
    """Without a line of its own each object says in one line what it is about."""
    lines = [each["messages"][0]["content"] for each in convert(write(tmp_path, THREE_PAIRS))]
    assert "W5500" in lines[0]
    assert lines[0].endswith("에 관한 정보입니다.")
    assert "W5500" in lines[1]
    assert lines[1].startswith("This is information about")
    assert all("\n" not in line for line in lines)


def test_a_system_line_of_the_text_wins(tmp_path: Path) -> None:
    """What a person wrote after S) stands before that conversation."""
    text = "S) W5500 전원 안내\nQ) 몇 볼트인가요?\nA) 3.3V입니다.\n"
    made = convert(write(tmp_path, text), system="other")
    assert made[0]["messages"][0] == {"role": "system", "content": "W5500 전원 안내"}


def test_a_file_of_a_review_becomes_its_chat_objects(tmp_path: Path) -> None:
    """What was exported to be reviewed in an editor is training data without a project, too."""
    block = PairBlock(
        example_id="e1",
        status="kept",
        system="W5500의 전원에 관한 정보입니다.",
        turns=(TurnText(question="몇 볼트인가요?\n# 3.3V?", answer="3.3V입니다."),),
    )
    pairs = PairsFile(export_id="x1", decisions_up_to=0, exported=("e1",), blocks=(block,))
    (made,) = convert(write(tmp_path, write_pairs(pairs)))
    assert [each["content"] for each in made["messages"]] == [
        "W5500의 전원에 관한 정보입니다.",
        "몇 볼트인가요?\n# 3.3V?",
        "3.3V입니다.",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Q) 전원은 몇 볼트인가요?\n", "a question without an answer"),
        ("stray words\nQ) a?\nA) b.\n", "line 1"),
        ("A) 3.3V입니다.\nQ) a?\nA) b.\n", "line 1"),
        ("no marks at all\n", "line 1"),
        ("S) W5500\n\nQ) a?\nA) b.\n", "no blank line between"),
        ("S) W5500\nS) W6100\nQ) a?\nA) b.\n", "must stand once"),
        ("Q) a?\nA)\n", "a mark without words"),
    ],
)
def test_a_broken_text_is_refused_whole(tmp_path: Path, text: str, what: str) -> None:
    """Nothing is dropped silently and no half file is left behind."""
    output = tmp_path / "data.jsonl"
    with pytest.raises(ReviewFileError, match=what):
        convert(write(tmp_path, text), output)
    assert not output.exists()


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    """A slip of the hand does not cost the hand-made text."""
    source = write(tmp_path, THREE_PAIRS)
    with pytest.raises(UsageError, match="its own source"):
        convert(source, source)
    assert source.read_text(encoding="utf-8") == THREE_PAIRS


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A mistyped name ends in one line."""
    with pytest.raises(InputError, match=r"nowhere\.txt"):
        convert(tmp_path / "nowhere.txt")
