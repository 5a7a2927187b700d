"""A chart as a Vega-Lite object, as the script that draws it, and as PNG."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

PNG_SCALE = 2.0
HANGUL_FONTS: Mapping[str, str] = {
    "NotoSansCJK": "Noto Sans CJK KR",
    "NotoSansKR": "Noto Sans KR",
    "NanumGothic": "NanumGothic",
    "Pretendard": "Pretendard",
    "malgun": "Malgun Gothic",
    "AppleSDGothicNeo": "Apple SD Gothic Neo",
    "SourceHanSans": "Source Han Sans K",
    "UnDotum": "UnDotum",
}
"""Beginning of a font's file name → the family it holds; in order of preference."""
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)


def vega_spec(chart: "alt.VConcatChart | alt.LayerChart") -> dict[str, Any]:
    """Return the chart as a Vega-Lite object for `vegaEmbed`."""
    spec: dict[str, Any] = chart.to_dict()
    return spec


@cache
def vega_script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that needs no network (0.9 MB)."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script


def png_bytes(chart: "alt.VConcatChart | alt.LayerChart") -> bytes:
    """Draw the chart as PNG, without a browser."""
    import vl_convert

    for folder in _font_folders():
        vl_convert.register_font_directory(str(folder))
    png: bytes = vl_convert.vegalite_to_png(vega_spec(chart), scale=PNG_SCALE)
    return png


def svg_text(chart: "alt.VConcatChart | alt.LayerChart") -> str:
    """Draw the chart as SVG, without a browser; letters stay letters."""
    import vl_convert

    for folder in _font_folders():
        vl_convert.register_font_directory(str(folder))
    svg: str = vl_convert.vegalite_to_svg(vega_spec(chart))
    return svg


@cache
def hangul_font() -> str | None:
    """Return the family of a font on this machine that has Hangul, or None."""
    names = {path.name for folder in _font_folders() for path in folder.rglob("*.[ot]t[cf]")}
    for beginning, family in HANGUL_FONTS.items():
        if any(name.startswith(beginning) for name in names):
            return family
    return None


def _font_folders() -> list[Path]:
    folders = (Path(name).expanduser() for name in FONT_FOLDERS)
    return [folder for folder in folders if folder.is_dir()]
