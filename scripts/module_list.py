"""Keep ARCHITECTURE.md's list of modules true.

`python scripts/module_list.py` fails when a module is missing from the list or the list names one
that is gone; `--write` writes it anew, each folder with the first sentence of its `__init__`.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
PACKAGE = ROOT / "src" / "chatmill"
BEGIN, END = "<!-- modules -->\n", "<!-- end of modules -->\n"


def modules() -> dict[str, list[str]]:
    """Return folder → names of its modules, folders in the layers' order of reading."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if "migrations" in relative.parts:
            continue
        folder = relative.parent.as_posix()
        found.setdefault(folder, [])
        if path.name != "__init__.py":
            found[folder].append(path.stem)
    return found


def purpose(folder: str) -> str:
    """Return the first sentence of a folder's `__init__`."""
    text = (PACKAGE / folder / "__init__.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    return re.split(r"(?<=\.)\s|; ", " ".join(docstring.split()))[0].rstrip(".:;")


def listing() -> str:
    """Write the list as a table."""
    rows = ["| folder | what | modules |", "|---|---|---|"]
    for folder, names in modules().items():
        shown = "chatmill/" if folder == "." else f"{folder}/"
        rows.append(f"| `{shown}` | {purpose(folder)} | {' · '.join(f'`{n}`' for n in names)} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Check the list, or write it with `--write`."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    listed, _, after = rest.partition(END)
    if "--write" in sys.argv:
        PAGE.write_text(f"{before}{BEGIN}{listing()}{END}{after}", encoding="utf-8")
        return 0
    if listed == listing():
        return 0
    stale = set(listed.splitlines()) ^ set(listing().splitlines())
    sys.stdout.write("ARCHITECTURE.md does not list the modules there are:\n")
    sys.stdout.write("".join(f"  {row}\n" for row in sorted(stale)))
    sys.stdout.write("Write it anew: python scripts/module_list.py --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
