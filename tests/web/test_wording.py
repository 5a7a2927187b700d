"""Wording: both languages say everything, with the same values put in."""

import re

import pytest

from chatmill.settings import ReviewSettings
from chatmill.web.wording import REASONS, WORDS, choose_language, reason_in, words_in


def test_both_languages_put_in_the_same_values() -> None:
    """A value missing in one language would be shown as `undefined`."""
    for key, (english, korean) in WORDS.items():
        names = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (english, korean)]
        assert names[0] == names[1], key
        assert korean != english, key


def test_every_default_reason_is_said_in_korean() -> None:
    """A Korean reviewer sees Korean reasons; what is recorded is the project's own word."""
    assert set(REASONS) == set(ReviewSettings().reasons)
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
    assert words_in("ko")["keep"] == "유지"
