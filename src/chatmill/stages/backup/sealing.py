"""Encrypts a stream with a passphrase, chunk by chunk, so that damage or a cut is noticed.

scrypt makes the key; every chunk is AES-256-GCM under a nonce of prefix, counter and a mark on the
last one, with the header as associated data (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015). Chunks cannot be changed, swapped, dropped or cut off unnoticed.
"""

import io
import os
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from chatmill.errors import UnreadableFileError

MAGIC = b"CHATMILL-BACKUP\0"
VERSION = 1
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16
SCRYPT = (16, 8, 1)
"""log2(n), r, p: 64 MiB and a quarter of a second."""
MOST_SCRYPT = (20, 16, 4)
"""A header may not ask for more."""
_HEADER = struct.Struct(">16sBBBB16s7s")
_CHECK = 0xFFFFFFFF
"""Counter of the empty message that tells a wrong passphrase from damage."""


class SealingWriter(io.RawIOBase):
    """Encrypts what is written to it; `seal` ends it.

    Args:
        sink: Takes the encrypted bytes.
        passphrase: In any language; not empty.
    """

    def __init__(self, sink: BinaryIO, passphrase: str) -> None:
        self._sink = sink
        self._prefix = os.urandom(7)
        salt = os.urandom(16)
        self._header = _HEADER.pack(MAGIC, VERSION, *SCRYPT, salt, self._prefix)
        self._cipher = _cipher(passphrase, salt, SCRYPT)
        self._waiting = bytearray()
        self._counter = 0
        sink.write(self._header)
        sink.write(self._cipher.encrypt(_nonce(self._prefix, _CHECK, 1), b"", self._header))

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # any buffer is bytes to us
        """Take some bytes."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._put(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def seal(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._counter, int(is_last))
        self._sink.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._counter += 1


class OpeningReader(io.RawIOBase):
    """Decrypts what a `SealingWriter` wrote.

    Args:
        source: Stands at its beginning.
        passphrase: The one it was sealed with.
        name: What to call it.

    Raises:
        UnreadableFileError: The passphrase is wrong, or the header is not ours.
    """

    def __init__(self, source: BinaryIO, passphrase: str, name: str) -> None:
        self._source = source
        self._name = name
        self._header = source.read(_HEADER.size)
        if len(self._header) < _HEADER.size:
            raise self._damaged("ends in its header")
        magic, version, log_n, r, p, salt, self._prefix = _HEADER.unpack(self._header)
        if magic != MAGIC:
            raise self._damaged("is no sealed backup")
        if version != VERSION:
            raise UnreadableFileError(
                f"is sealed in a way of a newer chatmill (version {version})",
                where=name,
                fix="Update chatmill: pip install -U chatmill",
            )
        costs = (log_n, r, p)
        if any(not 1 <= cost <= most for cost, most in zip(costs, MOST_SCRYPT, strict=True)):
            raise self._damaged("asks for an impossible key")
        self._cipher = _cipher(passphrase, salt, costs)
        try:
            nonce = _nonce(self._prefix, _CHECK, 1)
            self._cipher.decrypt(nonce, source.read(TAG_BYTES), self._header)
        except InvalidTag as error:
            raise UnreadableFileError(
                "the passphrase is not the one it was sealed with",
                where=name,
                fix="Try another one (or its first bytes are damaged)",
            ) from error
        self._next = source.read(CHUNK_BYTES + TAG_BYTES)
        self._open = b""
        self._at = 0
        self._counter = 0
        self._is_over = False

    def readable(self) -> bool:
        """Say that it gives bytes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # any buffer is a bytearray to us
        """Give the next bytes.

        Raises:
            UnreadableFileError: Something was changed, or the end is missing.
        """
        if self._at == len(self._open) and not self._is_over:
            self._open, self._at = self._chunk(), 0
        piece = self._open[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _chunk(self) -> bytes:
        sealed = self._next
        self._next = self._source.read(CHUNK_BYTES + TAG_BYTES)
        self._is_over = not self._next
        nonce = _nonce(self._prefix, self._counter, int(self._is_over))
        self._counter += 1
        try:
            return self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag as error:
            raise self._damaged("is damaged, or its end is missing") from error

    def _damaged(self, what: str) -> UnreadableFileError:
        return UnreadableFileError(what, where=self._name, fix="Use another copy of it")


def is_sealed(path: Path) -> bool:
    """Say whether a file is an encrypted backup.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise UnreadableFileError(
            f"cannot be read: {error.strerror}", where=str(path), fix="Name a backup"
        ) from error


def _cipher(passphrase: str, salt: bytes, costs: tuple[int, int, int]) -> AESGCM:
    log_n, r, p = costs
    made = Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p)
    return AESGCM(made.derive(passphrase.encode()))


def _nonce(prefix: bytes, counter: int, mark: int) -> bytes:
    return prefix + struct.pack(">IB", counter, mark)
