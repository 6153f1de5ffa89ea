"""The words of a draft, an amendment or a note: from an option, a file, a pipe, or typed at the terminal."""

import sys

from hubconsole.cli import output
from hubconsole.cli.given import text_of
from hubconsole.cli.session import Session
from hubconsole.errors import UsageProblem


def words(session: Session, text: str, file: str, what: str) -> str:
    """Exactly the words given; one line end at the end of a file is not part of them. Raises UsageProblem ``text``."""
    if text and file:
        raise UsageProblem("text", f"The {what} is given twice.", "Use either --text or --file.")
    if text:
        body = text
    elif file:
        body = _without_line_end(text_of(file))
    elif session.interactive:
        output.remark(f"Type the {what}; end with Ctrl+D on a line of its own.")
        body = _without_line_end(sys.stdin.read())
    else:
        raise UsageProblem("text", f"The {what} has no words.", "Give them with --text, or --file FILE ('-' is standard input).")
    if not body.strip():
        raise UsageProblem("text", f"The {what} is empty.", "Give it some words.")
    return body


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
