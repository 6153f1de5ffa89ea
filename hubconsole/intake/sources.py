"""What kind of file something is, told from its name and first bytes."""

import re
from pathlib import Path

from hubconsole.errors import UsageProblem
from hubconsole.intake.delimited import Delimited
from hubconsole.intake.encoding import open_bytes
from hubconsole.intake.jsonl import JsonLines
from hubconsole.intake.mail import EmlFiles, Mbox

Table = Delimited | JsonLines
Source = Table | EmlFiles | Mbox

_MAIL_FIELD = re.compile(rb"(?i)(?:received|return-path|from|to|date|message-id|mime-version|delivered-to|subject|x-[\w-]+):[ \t]")
_BINARY = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"\xd0\xcf\x11\xe0": "an Office file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed",
    b"SQLite format 3\0": "a database",
}


def open_source(path: Path, name: str | None = None) -> Source:
    """The parser for a file or folder; ``name`` is what rejects call it.

    Raises UsageProblem: ``no_such_file``, ``unreadable``, ``empty_file``, ``empty_folder``, ``not_importable``.
    """
    if path.is_dir():
        return EmlFiles(path, name)
    if path.exists() and not path.is_file():
        raise UsageProblem("not_importable", f"{path} is no ordinary file.", "Files are read more than once: save it to one first.")
    with open_bytes(path) as file:
        head = file.read(4096)
    if not head.strip():
        raise UsageProblem("empty_file", f"The file {path} is empty.", "Check that the export succeeded.")
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise UsageProblem("not_importable", f"The file {path} is {what}.", "Save it as CSV, JSON Lines, mbox or .eml first.")
    suffix = path.suffix.lower()
    if suffix == ".eml":
        return EmlFiles(path, name)
    if suffix == ".mbox" or (head.startswith(b"From ") and _MAIL_FIELD.search(head)):
        return Mbox(path, name)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix in (".jsonl", ".ndjson") or start.startswith(b"{"):
        return JsonLines(path, name)
    if start.startswith(b"[") and suffix == ".json":
        raise UsageProblem("not_importable", f"The file {path} is one JSON list.", "Write one object a line (JSON Lines) instead.")
    if suffix not in (".csv", ".tsv", ".tab", ".txt") and _MAIL_FIELD.match(head):
        return EmlFiles(path, name)
    return Delimited(path, name)
