"""The frame charts are drawn in: Vega needs `Function`, so it gets a world of its own.

The frame has an opaque origin (`sandbox allow-scripts`), no network, no cookies, and no text of the
project but what the page sends it by message; it answers with the number of the mark somebody chose
and with its height.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FRAME_PATH = "/charts/frame"
CACHE_SECONDS = 86_400
_STATIC = Path(__file__).parent / "static"


@cache
def frame_page() -> str:
    """Return the frame's page: style, Vega and the script that listens, and no data at all."""
    style = (_STATIC / "css" / "chart_frame.css").read_text(encoding="utf-8")
    scripts = "".join(f"<script>{each}</script>\n" for each in _scripts())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="color-scheme" content="light dark">\n<title>chart</title>\n'
        f'<style>{style}</style>\n</head>\n<body>\n<div id="chart"></div>\n{scripts}'
        "</body>\n</html>\n"
    )


@cache
def frame_headers() -> Mapping[str, str]:
    """Return the headers that differ from those of every other page."""
    hashes = " ".join(f"'sha256-{_digest(each)}'" for each in _scripts())
    policy = (
        "sandbox allow-scripts; default-src 'none'; "
        f"script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return {
        "content-security-policy": policy,
        "x-frame-options": "SAMEORIGIN",
        "cache-control": f"private, max-age={CACHE_SECONDS}",
    }


@cache
def _scripts() -> tuple[str, str]:
    """Vega whole, then our own lines."""
    from chatmill.charts import vega_script

    return vega_script(), (_STATIC / "js" / "chart_frame.js").read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
