"""Write docs/settings.md from the table of options: `python docs/settings_page.py`."""

from itertools import groupby
from pathlib import Path

from chatmill.settings import OptionDescription, describe_options

PAGE = Path(__file__).parent / "settings.md"
INTRODUCTION = """# chatmill settings

Every option lives in the project's `chatmill.toml`; an environment variable of the name shown wins
over it. `chatmill settings` prints what is in force. This page is written by
`docs/settings_page.py` from the code.
"""


def section_lines(section: str, items: list[OptionDescription]) -> list[str]:
    """Write one section as a table."""
    lines = [
        f"\n## [{section}]\n",
        "| option | type | default | what it does |",
        "|---|---|---|---|",
    ]
    for item in items:
        unit = f" ({item.unit})" if item.unit else ""
        shown = ", ".join(item.default) if isinstance(item.default, tuple) else item.default
        default = f"`{shown}`" if shown not in ("", {}) else ""
        variable = f"<br>`{item.variable}`" if item.variable else ""
        kind = item.type_name.replace("|", "\\|")
        lines.append(f"| `{item.key}`{variable} | {kind}{unit} | {default} | {item.help} |")
    return lines


def page() -> str:
    """Write the whole page."""
    lines = [INTRODUCTION.rstrip()]
    for section, items in groupby(describe_options(), key=lambda item: item.section):
        lines += section_lines(section, list(items))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
