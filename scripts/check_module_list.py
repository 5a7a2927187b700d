"""Fail when a module is missing from ARCHITECTURE.md's list, or the list names one that is gone."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "chatmill"


def main() -> int:
    """Compare the code blocks of ARCHITECTURE.md with the files; print the differences."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([\w/]+\.py)`", text))
    there = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    there = {name for name in there if not name.startswith("examples/")}
    problems = [f"not listed: {name}" for name in sorted(there - listed)]
    problems += [f"listed but gone: {name}" for name in sorted(listed - there)]
    sys.stdout.write("".join(f"ARCHITECTURE.md: {problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
