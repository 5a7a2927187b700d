"""What the pages say in the visitor's language: English in the code, other languages by gettext."""

import gettext
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LOCALE = Path(__file__).parent.parent / "locale"
"""Where the catalogues are: `pages` for Python and templates, `scripts` for the pages' scripts."""


def N_(text: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a text for translation where it is written down but not yet said."""
    return text


REASONS: tuple[str, ...] = (
    N_("not supported by the source"),
    N_("wrong or outdated"),
    N_("question and answer do not fit"),
    N_("not worth learning"),
    N_("personal data"),
    N_("duplicate"),
    N_("incomplete"),
    N_("off topic"),
    N_("other"),
)
"""The default reasons, which are said in the visitor's language; a project's own are as written."""


@cache
def words_in(language: Language) -> gettext.NullTranslations:
    """Return the words of one language.

    Its methods are the standard library's: `gettext`, `ngettext`, `pgettext`.
    """
    return gettext.translation("pages", LOCALE, languages=[language], fallback=True)


@cache
def script_words(language: Language) -> dict[str, str | list[str]]:
    """Return the words of the scripts: English → the visitor's language, forms where several."""
    path = LOCALE / language / "scripts.json"
    if not path.exists():  # English is what the scripts say by themselves
        return {}
    words: dict[str, str | list[str]] = json.loads(path.read_text("utf-8"))
    return words


def speakers(language: Language) -> dict[str, Callable[..., Any]]:
    """Return what templates say things with: `_`, `ngettext` and `pgettext`."""
    words = words_in(language)
    return {"_": words.gettext, "ngettext": words.ngettext, "pgettext": words.pgettext}


def reason_in(language: Language, reason: str) -> str:
    """Return how a reason is shown; what is recorded stays the project's own word."""
    return words_in(language).gettext(reason) if reason in REASONS else reason


def choose_language(accept_language: str, project_language: str) -> Language:
    """Choose by the browser's `Accept-Language`, then by the project's language."""
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        for language in LANGUAGES:
            if tag == language:
                return language
    return "ko" if project_language.lower().startswith("ko") else "en"
