"""Catalogues of the pages' words: `extract`, `update`, `compile`, or `check` that all is done.

English stands in the code. `update` brings new words into the `.po` files of `src/chatmill/locale`,
where they are translated by hand; `compile` makes of it what chatmill reads (both are committed).
"""

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "chatmill"
LOCALE = SOURCE / "locale"
LANGUAGES = ("ko",)
METHODS = {
    "pages": [("web/**.py", "python"), ("web/templates/**.html", "jinja2.ext:babel_extract")],
    "scripts": [("web/static/js/**.js", "javascript")],
}
"""Where each catalogue's words stand."""
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
HEADER = "# What chatmill's pages say; see CONTRIBUTING.md."
VALUE = re.compile(r"\{\w+\}")
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def extract(domain: str) -> Catalog:
    """Collect the words of one catalogue."""
    catalog = Catalog(header_comment=HEADER)
    for file, line, message, comments, context in extract_from_dir(
        SOURCE, METHODS[domain], keywords=KEYWORDS, comment_tags=("L10N:",)
    ):
        place = [(f"src/chatmill/{file}", line)]
        catalog.add(message, None, place, auto_comments=comments, context=context)
    return catalog


def read(language: str, domain: str) -> Catalog:
    """Read the translations of one language; an empty catalogue where there are none yet."""
    path = po_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, header_comment=HEADER, fuzzy=False)
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.fuzzy = False
    catalog.header_comment = HEADER
    catalog.creation_date = NEVER  # else what is compiled would change with the clock
    return catalog


def update(language: str, domain: str) -> None:
    """Bring new words in and take those out that nobody says any more."""
    catalog = read(language, domain)
    catalog.update(extract(domain), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path = po_path(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_po(catalog))


def compiled(language: str, domain: str) -> tuple[Path, bytes]:
    """Return what chatmill reads: a `.mo` for the pages, JSON for the scripts."""
    catalog = read(language, domain)
    if domain == "pages":
        made = BytesIO()
        write_mo(made, catalog)
        return po_path(language, domain).with_suffix(".mo"), made.getvalue()
    words = {key_of(each): list(as_forms(each.string)) for each in catalog if each.id}
    said = {key: forms[0] if len(forms) == 1 else forms for key, forms in words.items()}
    plural = {key_of(each) for each in catalog if each.pluralizable}
    said = {key: words[key] if key in plural else value for key, value in said.items()}
    text = json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    return LOCALE / language / "scripts.json", text.encode()


def faults(language: str, domain: str) -> list[str]:
    """Say what is missing, not translated, put in differently, or not compiled."""
    catalog = read(language, domain)
    have = {key_of(each): each for each in catalog if each.id}
    need = {key_of(each): each for each in extract(domain) if each.id}
    found = [f"not in the catalogue: {key!r} (run update)" for key in need.keys() - have.keys()]
    found += [f"said nowhere: {key!r} (run update)" for key in have.keys() - need.keys()]
    for key in sorted(need.keys() & have.keys()):
        found += wording_faults(have[key])
    path, content = compiled(language, domain)
    if not path.exists() or path.read_bytes() != content:
        found.append(f"{path.relative_to(ROOT)} is older than its catalogue (run compile)")
    return [f"{language}/{domain}: {each}" for each in found]


def wording_faults(message: Message) -> list[str]:
    """Say what is wrong with one translation."""
    forms = as_forms(message.string)
    if not all(forms):
        return [f"not translated: {message.id!r}"]
    named = set(VALUE.findall(as_forms(message.id)[-1]))
    if any(set(VALUE.findall(form)) != named for form in forms):
        return [f"other values are put in: {message.id!r} → {message.string!r}"]
    return []


def as_forms(said: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return one form or several as several."""
    return (said,) if isinstance(said, str) else tuple(said or ("",))


def key_of(message: Message) -> str:
    """Return what a message is looked up by: its (first) English form, after its context."""
    text = as_forms(message.id)[0]
    return f"{message.context}\x04{text}" if message.context else text


def as_po(catalog: Catalog) -> bytes:
    """Write a catalogue so that two people who add words meet on few lines."""
    made = BytesIO()
    write_po(made, catalog, width=100, sort_output=True, include_lineno=False, omit_header=False)
    return re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version|Report-Msgid-Bugs-To'
        rb"|Last-Translator|Language-Team|Generated-By):[^\n]*\n",
        b"",
        made.getvalue(),
    )


def po_path(language: str, domain: str) -> Path:
    """Return where one catalogue is."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def main(command: str) -> int:
    """Do one of the four things for every language and catalogue."""
    places = [(language, domain) for language in LANGUAGES for domain in METHODS]
    if command == "extract":
        for domain in METHODS:
            target = ROOT / "build" / f"{domain}.pot"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(as_po(extract(domain)))
    elif command == "update":
        for place in places:
            update(*place)
    elif command == "compile":
        for place in places:
            path, content = compiled(*place)
            path.write_bytes(content)
    elif command == "check":
        found = [fault for place in places for fault in faults(*place)]
        sys.stdout.writelines(f"{each}\n" for each in found)
        return 1 if found else 0
    else:
        sys.stderr.write(f"{__doc__}\nUsage: catalogues.py extract|update|compile|check\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))  # noqa: PLR2004 - script and command
