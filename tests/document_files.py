"""Writes real PDF and DOCX files by hand, in Korean and English, for the tests of documents."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

HELVETICA, BOLD, COURIER, KOREAN = "F1", "F2", "F3", "F4"
_WIDTH, _HEIGHT = 595, 842
_SCAN = b"q 500 0 0 700 40 60 cm /Im1 Do Q\n"
_FONTS = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /UniKS-UTF16-H"
        b" /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Batang /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >>"
        b" /FontDescriptor << /Type /FontDescriptor /FontName /Batang /Flags 4 /Ascent 880"
        b" /Descent -120 /ItalicAngle 0 /CapHeight 880 /StemV 80 /FontBBox [0 -120 1000 880]"
        b" >> >>] >>"
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a page."""

    text: str
    y: float
    """Points from the bottom."""
    size: float = 10
    font: str = HELVETICA
    x: float = 60


def pdf(pages: Sequence[Sequence[Written | bytes]], *, encrypt: bool = False) -> bytes:
    """Write a PDF; bytes among the lines are drawn as they are, `scan()` is a picture."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    fonts = b" ".join(b"/F%d %d 0 R" % (n, n + 2) for n in range(1, 5))
    objects += _FONTS
    picture = b"\xff" * 4
    objects.append(
        b"<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray"
        b" /BitsPerComponent 8 /Length 4 >>\nstream\n" + picture + b"\nendstream"
    )
    kids = []
    for page in pages:
        drawn = b"".join(each if isinstance(each, bytes) else _shown(each) for each in page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << %s >> /XObject << /Im1 7 0 R >> >> >>"
            % (_WIDTH, _HEIGHT, len(objects), fonts)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    locked = b""
    if encrypt:  # keys of a password nobody here knows
        objects.append(
            b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <%s> /U <%s> >>"
            % (b"ab" * 32, b"cd" * 32)
        )
        locked = b" /Encrypt %d 0 R /ID [<00><00>]" % len(objects)
    return _assembled(objects, locked)


def scan() -> bytes:
    """Draw a picture over the page."""
    return _SCAN


def ruled(xs: Sequence[float], ys: Sequence[float]) -> bytes:
    """Draw the lines of a table."""
    lines = [b"%g %g m %g %g l S\n" % (x, ys[0], x, ys[-1]) for x in xs]
    lines += [b"%g %g m %g %g l S\n" % (xs[0], y, xs[-1], y) for y in ys]
    return b"".join(lines)


def _shown(line: Written) -> bytes:
    if line.font == KOREAN:
        text = b"<" + line.text.encode("utf-16-be").hex().encode() + b">"
    else:
        bare = line.text.encode("latin-1")
        text = (
            b"(" + bare.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
        )
    return b"BT /%s %g Tf %g %g Td %s Tj ET\n" % (
        line.font.encode(),
        line.size,
        line.x,
        line.y,
        text,
    )


def _assembled(objects: Sequence[bytes], trailer: bytes) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, trailer, start)
    )
    return out.getvalue()


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_STYLES = (
    f'<?xml version="1.0"?><w:styles xmlns:w="{_W}">'
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/></w:style>'
        for n in (1, 2, 3)
    )
    + "</w:styles>"
)


def docx(
    parts: Sequence[tuple[int, str] | list[list[str]]], more: dict[str, bytes] | None = None
) -> bytes:
    """Write a Word document.

    Args:
        parts: Paragraphs with their heading level (0 for text), or tables as rows of cells.
        more: Further files in it.
    """
    body = "".join(_part(each) for each in parts)
    files = {
        "[Content_Types].xml": _TYPES.encode(),
        "_rels/.rels": _RELATIONS.encode(),
        "word/document.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_W}">'
            f"<w:body>{body}</w:body></w:document>"
        ).encode(),
        "word/styles.xml": _STYLES.encode(),
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _part(part: tuple[int, str] | list[list[str]]) -> str:
    if isinstance(part, list):
        rows = "".join(
            "<w:tr>" + "".join(f"<w:tc>{_part((0, cell))}</w:tc>" for cell in row) + "</w:tr>"
            for row in part
        )
        return f"<w:tbl>{rows}</w:tbl>"
    level, text = part
    style = f'<w:pPr><w:pStyle w:val="H{level}"/></w:pPr>' if level else ""
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
