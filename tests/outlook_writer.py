"""Writes Outlook's .msg files: a compound file (MS-CFB) that holds a mail's properties."""

import struct
from dataclasses import dataclass, field

SECTOR = 512
SMALL = 4096
"""Bytes below which a stream lies elsewhere; shorter ones are filled up with zeros."""
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
ENTRIES_A_SECTOR = SECTOR // 4
UNICODE, STRING, BINARY = 0x001F, 0x001E, 0x0102


@dataclass
class Folder:
    """A storage of the file: streams and further storages by name."""

    streams: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, "Folder"] = field(default_factory=dict)


def outlook_mail(
    texts: dict[int, str],
    *,
    attachments: tuple[str, ...] = (),
    submitted: int = 0,
    code_page: int = 0,
    html: bytes = b"",
) -> bytes:
    """Write a mail.

    Args:
        texts: Property number → text; kept as UTF-16, or in the code page where one is given.
        attachments: Names of attached files.
        submitted: When it was sent, in 100 ns since 1601; 0 where it was not.
        code_page: Windows' number of the 8-bit encoding; 0 for UTF-16.
        html: The HTML body as bytes.
    """
    fixed = b""
    if submitted:
        fixed += struct.pack("<IIQ", 0x00390040, 6, submitted)
    if code_page:
        fixed += struct.pack("<IIQ", 0x3FFD0003, 6, code_page)
    root = Folder({"__properties_version1.0": b"\0" * 32 + fixed})
    for number, text in texts.items():
        root.streams.update([_text(number, text, code_page)])
    if html:
        root.streams[f"__substg1.0_1013{BINARY:04X}"] = html
    for at, name in enumerate(attachments):
        root.folders[f"__attach_version1.0_#{at:08X}"] = Folder(dict([_text(0x3707, name, 0)]))
    return compound_file(root)


def _text(number: int, text: str, code_page: int) -> tuple[str, bytes]:
    if code_page:
        return f"__substg1.0_{number:04X}{STRING:04X}", text.encode(f"cp{code_page}")
    return f"__substg1.0_{number:04X}{UNICODE:04X}", text.encode("utf-16-le")


def compound_file(root: Folder) -> bytes:
    """Write a compound file whose streams all lie in ordinary sectors."""
    entries: list[list[object]] = [["Root Entry", 5, FREE, END, 0]]
    chains: list[bytes] = []
    n_sectors = 0

    def add(folder: Folder) -> int:
        """Add a folder's entries as a list linked to the right; return the first."""
        nonlocal n_sectors
        first = previous = FREE
        for name in sorted({*folder.streams, *folder.folders}, key=lambda each: (len(each), each)):
            at = len(entries)
            data = folder.streams.get(name)
            entries.append([name, 1 if data is None else 2, FREE, END, 0])
            if data is None:
                entries[at][2] = add(folder.folders[name])
            elif data:
                padded = data.ljust(max(SMALL, -(-len(data) // SECTOR) * SECTOR), b"\0")
                entries[at][3], entries[at][4] = n_sectors, len(padded)
                chains.append(padded)
                n_sectors += len(padded) // SECTOR
            if previous == FREE:
                first = at
            else:
                entries[previous].append(at)
            previous = at
        return first

    entries[0][2] = add(root)
    table: list[int] = []
    for data in chains:
        table += [*range(len(table) + 1, len(table) + len(data) // SECTOR), END]
    directory = b"".join(map(_entry, entries))
    directory = directory.ljust(-(-len(directory) // SECTOR) * SECTOR, b"\0")
    directory_at = len(table)
    table += [*range(directory_at + 1, directory_at + len(directory) // SECTOR), END]
    n_tables = -(-(len(table) + 4) // ENTRIES_A_SECTOR)
    tables_at = list(range(len(table), len(table) + n_tables))
    table += [FAT] * n_tables
    table += [FREE] * (n_tables * ENTRIES_A_SECTOR - len(table))
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, n_tables, directory_at, 0, SMALL, END, 0, END, 0),
    )
    places = [*tables_at, *([FREE] * (109 - n_tables))]
    return b"".join(
        (
            head,
            struct.pack("<109I", *places),
            *chains,
            directory,
            struct.pack(f"<{len(table)}I", *table),
        )
    )


def _entry(entry: list[object]) -> bytes:
    name, kind, child, start, size, *right = entry
    coded = f"{name}\0".encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16x4x16xIQ",
        coded,
        len(coded),
        kind,
        1,
        FREE,
        right[0] if right else FREE,
        child,
        start,
        size,
    )
