"""Reads PDF and DOCX in a process of their own, so that a hostile one harms nothing else.

The process has a time limit and, where the system has such, a memory limit. It gets bytes, gives
JSON, and knows nothing of the project; nothing is fetched and no plug-in of markitdown is loaded.
"""

import importlib.util
import json
import subprocess
import sys
from typing import Any, Literal

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.importers.base import ExportFile

Form = Literal["pdf", "docx"]
NEEDED: dict[Form, tuple[str, ...]] = {
    "pdf": ("pdfplumber",),
    "docx": ("markitdown", "mammoth"),
}
"""Packages of the extra that each needs."""
CALLED: dict[Form, str] = {"pdf": "a PDF", "docx": "a Word document"}
_MODULE = "chatmill.importers.documents.child"
_FIXES = {
    "locked with a password": "Save a copy without the password",
    "no text, only pictures (a scan)": "Run a text recognition such as ocrmypdf over it first",
    "needs more memory than it may": "Split it",
}


def require_extra(form: Form, name: str) -> None:
    """Refuse a document whose reader is not installed.

    Raises:
        UnreadableFileError: It is not; names the command that installs it.
    """
    if any(importlib.util.find_spec(each) is None for each in NEEDED[form]):
        raise UnreadableFileError(
            f"{CALLED[form]}, which the extra documents reads",
            where=name,
            fix='pip install "chatmill[documents]"',
        )


def convert(file: ExportFile, form: Form) -> Any:  # noqa: ANN401 - what the child wrote as JSON
    """Return what the child made of a file.

    Raises:
        UnreadableFileError: It is locked, damaged, a scan without text, or its reader is missing.
        LimitError: It is too long, or reading it takes too long.
    """
    require_extra(form, file.name)
    most = file.settings.max_document_bytes
    with file.open_bytes() as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise LimitError(
            f"more than {most:,} bytes",
            where=file.name,
            fix="Split it, or raise [import] max_document_bytes",
        )
    command = [sys.executable, "-P", "-m", _MODULE, form]  # -P: never a module of this folder
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            input=data,
            capture_output=True,
            timeout=file.settings.document_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LimitError(
            f"takes more than {file.settings.document_seconds:g} s to read",
            where=file.name,
            fix="Split it, or raise [import] document_seconds",
        ) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"fault": "damaged, its reader broke down"}
    fault = answer.get("fault", "")
    if fault:
        raise UnreadableFileError(
            fault, where=file.name, fix=_FIXES.get(fault, "Save or export it again")
        )
    return answer
