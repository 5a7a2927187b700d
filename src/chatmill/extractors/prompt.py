"""Prompts of the extractor `llm`: files with named sections, shipped here, edited in projects."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from chatmill.errors import SettingsError, StorageError, UsageError

LANGUAGES = ("en", "ko")
SECTIONS = ("persona", "instruction", "role", "output format", "few-shot")
OF_SECTIONS = "section."
"""Begins the names of the files that ask about sections of documents."""
FOLDER = "prompts"
"""In the project; its `en.md`, `ko.md`, `section.en.md` and `section.ko.md` replace the sections
they have."""
_HEADING = re.compile(r"^## +(.+?)[ \t]*$", re.MULTILINE)
_HASH_LETTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is told before it sees a conversation, in one language."""

    sections: Mapping[str, str]
    """One text for each of `SECTIONS`."""

    def text(self, products: Sequence[str], shots: Sequence[str] = ()) -> str:
        """Return it as one text.

        Args:
            products: Names that stand in place of `{products}`.
            shots: Examples in place of those of the section few-shot, where there are some.
        """
        sections = dict(self.sections)
        if shots:
            sections["few-shot"] = "\n\n---\n\n".join(shots)
        sections["instruction"] = sections["instruction"].replace(
            "{products}", ", ".join(products) or "-"
        )
        written = (f"# {name}\n\n{text}" for name, text in sections.items() if text)
        return "\n\n".join(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """The prompts of every language."""

    by_language: Mapping[str, Prompt]

    @property
    def version(self) -> str:
        """Hash of every section; two that differ in a letter have two."""
        written = [
            f"{language}\x1f{name}\x1f{text}"
            for language, prompt in sorted(self.by_language.items())
            for name, text in sorted(prompt.sections.items())
        ]
        return hashlib.sha256("\x1e".join(written).encode()).hexdigest()[:_HASH_LETTERS]

    def of(self, language: str) -> Prompt:
        """Return the prompt for conversations in a language, the English one where it has none."""
        return self.by_language.get(language) or self.by_language["en"]


def load_prompts(folder: Path | None = None, *, kind: str = "") -> Prompts:
    """Read the shipped prompts, with the sections a folder has in their place.

    Args:
        folder: Holds `en.md`, `ko.md`, both or none; need not be there.
        kind: `OF_SECTIONS` for the prompts about documents, `section.en.md` and `section.ko.md`.

    Raises:
        SettingsError: A file of the folder has a section of another name, or none.
        StorageError: A file cannot be read.
    """
    prompts: dict[str, Prompt] = {}
    for language in LANGUAGES:
        name = f"{kind}{language}"
        prompt = Prompt(sections=_sections(shipped_text(name), f"{name}.md"))
        own = folder / f"{name}.md" if folder is not None else None
        if own is not None and own.is_file():
            changed = _sections(_read(own), str(own))
            prompt = replace(prompt, sections={**prompt.sections, **changed})
        prompts[language] = prompt
    return Prompts(by_language=prompts)


def shipped_text(name: str) -> str:
    """Return a prompt file (`en`, `section.ko`) as it comes with chatmill."""
    return (files("chatmill.extractors") / FOLDER / f"{name}.md").read_text(encoding="utf-8")


def copy_prompts(folder: Path) -> list[Path]:
    """Write the shipped prompts into a folder, to be edited there.

    Raises:
        UsageError: One is there already; nothing is written.
        StorageError: The folder cannot be written.
    """
    names = [f"{kind}{language}" for kind in ("", OF_SECTIONS) for language in LANGUAGES]
    paths = [folder / f"{name}.md" for name in names]
    there = next((path for path in paths if path.exists()), None)
    if there is not None:
        raise UsageError("is there already", where=str(there), fix="Edit it, or move it away first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in zip(names, paths, strict=True):
            path.write_text(shipped_text(name), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}", where=str(folder), fix="Check its rights"
        ) from error
    return paths


def _sections(text: str, where: str) -> dict[str, str]:
    parts = _HEADING.split(text)[1:]
    sections = {
        name.casefold(): body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)
    }
    unknown = next((name for name in sections if name not in SECTIONS), None)
    if unknown is not None or not sections:
        raise SettingsError(
            f"there is no section {unknown!r} in a prompt" if unknown else "has no section",
            where=where,
            fix="Known: " + ", ".join(f"## {name}" for name in SECTIONS),
        )
    return {name: sections[name] for name in SECTIONS if name in sections}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SettingsError("not UTF-8", where=str(path), fix="Save it as UTF-8") from error
    except OSError as error:
        raise StorageError(
            f"cannot be read: {error.strerror}", where=str(path), fix="Check its rights"
        ) from error
