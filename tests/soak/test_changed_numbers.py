"""The figures come from real training: change the chats and the model says the new numbers."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from workplace import Workplace

NUMBER = re.compile(r"(?<![A-Za-z0-9_])\d+(?:\.\d+)?(?![A-Za-z0-9_])")
LEAST_SHARE = 0.8
SETTINGS = """
[train]
epochs = "12" # enough for these, and half the time of auto
"""


def changed(text: str) -> str:
    """Give every free-standing number another value; part names and registers stay."""

    def other(match: re.Match[str]) -> str:
        shifted = "".join(str((int(c) + 3) % 10) if c.isdigit() else c for c in match.group())
        return "7" + shifted[1:] if shifted.startswith("0") else shifted

    return NUMBER.sub(other, text)


def copy_changed(source: Path, target: Path) -> None:
    """Copy the tickets of a file with every number in their texts changed."""
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        conversation = json.loads(line)
        for message in conversation["messages"]:
            message["text"] = changed(message["text"])
        lines.append(json.dumps(conversation, ensure_ascii=False))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["tickets-en.jsonl", "tickets-ko.jsonl"])
def test_the_tuned_model_says_the_new_numbers(tmp_path: Path, sample: Path, name: str) -> None:
    """Nothing is looked up or canned: numbers nobody ever wrote come back from the model."""
    chats = tmp_path / name
    copy_changed(sample / "chats" / name, chats)
    project = tmp_path / "project"
    project.mkdir()
    text = (sample / "chatmill.toml").read_text(encoding="utf-8")
    (project / "chatmill.toml").write_text(
        text.replace('paraphrases = "paraphrases.jsonl"', "") + SETTINGS, encoding="utf-8"
    )
    workplace = Workplace(project=project, server_home=tmp_path / "server")
    result = json.loads(
        workplace.finish("run", str(chats), "--keep-clean", "--json").split("\n")[-2]
    )
    workplace.stop()
    (scores,) = project.glob("reports/*/scores.parquet")
    rows = [
        row
        for row in pq.read_table(scores).to_pylist()
        if row["split"] == "train"
        and row["prompt"] == "example"
        and NUMBER.search(row["reference"])
    ]
    says_new = [
        set(NUMBER.findall(row["reference"])) <= set(NUMBER.findall(row["answer"])) for row in rows
    ]
    share = sum(says_new) / len(says_new)
    print(f"{len(rows)} trained answers with numbers, {share:.2f} say exactly the changed ones")
    print(json.dumps(result))
    assert result["tuned_cosine"] >= 0.85
    assert share >= LEAST_SHARE
