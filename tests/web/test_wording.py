"""Wording: both languages say everything, with the same values put in."""

import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.settings import ReviewSettings
from chatmill.web.wording import REASONS, choose_language, reason_in, script_words, words_in

ROOT = Path(__file__).parent.parent.parent


def test_every_word_is_said_in_korean_with_the_same_values() -> None:
    """Whoever adds a word adds its Korean; a value missing in one would be shown as a brace."""
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "catalogues.py", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stdout == ""
    assert checked.returncode == 0


def test_the_catalogues_are_where_chatmill_reads_them() -> None:
    """Pages and scripts find their Korean; English needs no catalogue."""
    assert words_in("ko").gettext("Keep") == "유지"
    assert words_in("en").gettext("Keep") == "Keep"
    assert script_words("ko")["All saved"] == "모두 저장됨"
    assert script_words("en") == {}


def test_every_default_reason_is_said_in_korean() -> None:
    """A Korean reviewer sees Korean reasons; what is recorded is the project's own word."""
    assert set(REASONS) == set(ReviewSettings().reasons)
    assert reason_in("ko", "duplicate") == "중복"
    assert reason_in("ko", "우리 이유") == "우리 이유"
    assert reason_in("en", "duplicate") == "duplicate"


@pytest.mark.parametrize(
    ("header", "project", "chosen"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "", "ko"),
        ("en-GB,ko;q=0.5", "ko", "en"),
        ("fr-FR,ko;q=0.5", "en", "ko"),
        ("", "ko", "ko"),
        ("fr", "", "en"),
    ],
)
def test_the_browser_chooses_then_the_project(header: str, project: str, chosen: str) -> None:
    """Nobody has to set a language by hand."""
    assert choose_language(header, project) == chosen
