"""The words of a draft, an amendment or a note: from an option, a file, a pipe, or typed at the terminal."""

import sys
from pathlib import Path

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.errors import UsageProblem


def words(session: Session, text: str, file: str, what: str) -> str:
    """Exactly the words given; one line end at the end of a file is not part of them. Raises UsageProblem ``text``."""
    if text and file:
        raise UsageProblem("text", f"The {what} is given twice.", "Use either --text or --file.")
    if text:
        body = text
    elif file:
        body = _from_file(file)
    elif session.interactive:
        output.remark(f"Type the {what}; end with Ctrl+D on a line of its own.")
        body = _without_line_end(sys.stdin.read())
    else:
        raise UsageProblem("text", f"The {what} has no words.", "Give them with --text, or --file FILE ('-' is standard input).")
    if not body.strip():
        raise UsageProblem("text", f"The {what} is empty.", "Give it some words.")
    return body


def _from_file(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageProblem("file", f"{name} cannot be read: {error.strerror}.", "Check its name and permissions.") from error
    try:
        return _without_line_end(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageProblem("file", f"{name} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8 and try again.") from error


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
