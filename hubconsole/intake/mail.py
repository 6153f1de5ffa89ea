"""Mail: one RFC 5322 message, an mbox of them, or a folder of ``.eml`` files."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from pathlib import Path

from hubconsole.domain.terms import Direction, Visibility
from hubconsole.errors import UsageProblem
from hubconsole.intake import dates
from hubconsole.intake.encoding import open_bytes
from hubconsole.intake.html_text import html_to_text
from hubconsole.intake.records import MAX_TEXT, Incoming, Progress, Reject

MAX_MAIL = 64 << 20
"""Largest single message, in bytes, that is read."""
_ANGLED = re.compile(r"<([^<>\s]+)>")
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class EmlFiles:
    """Single ``.eml`` files, or every one below a folder, in the order of their paths."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Raises UsageProblem ``empty_folder`` when a folder holds none."""
        if path.is_dir():
            found = (Path(folder) / file for folder, _, files in os.walk(path) for file in files if file.lower().endswith(".eml"))
            self.files = sorted(file for file in found if file.is_file())
            self._names = [str(file.relative_to(path)) for file in self.files]
            if not self.files:
                raise UsageProblem("empty_folder", f"There are no .eml files in {path}.", "Name the folder that holds them.")
        else:
            self.files, self._names = [path], [name or path.name]
        self.size = sum(file.stat().st_size for file in self.files)

    def records(self, zone: tzinfo = UTC, progress: Progress | None = None) -> Iterator[Incoming | Reject]:
        """Every file as a message; one that cannot be read as a reject with line 1."""
        done = 0
        for path, name in zip(self.files, self._names, strict=True):
            try:
                with open_bytes(path) as file:
                    data = file.read(MAX_MAIL + 1)
            except UsageProblem as problem:
                yield Reject(1, name, problem.message, "")
                continue
            done += len(data)
            yield _taken(data, 1, name, zone)
            if progress:
                progress(min(done, self.size), self.size)


class Mbox:
    """An mbox file, read message by message."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path = path
        self.name = name or path.name
        self.size = path.stat().st_size

    def records(self, zone: tzinfo = UTC, progress: Progress | None = None) -> Iterator[Incoming | Reject]:
        """Every message; the line is that of its ``From`` separator."""
        done = 0
        for line, data in self._messages():
            done += len(data)
            yield _taken(_QUOTED_FROM.sub(rb"\1", data), line, self.name, zone)
            if progress:
                progress(min(done, self.size), self.size)

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        """A separator is a ``From`` line after an empty line, with a header field after it: body text rarely has both."""
        parts: list[bytes] = []
        size = start = number = 0
        held: bytes | None = None
        blank = True
        with open_bytes(self.path) as file:
            while line := file.readline(MAX_MAIL):
                number += 1
                if held is not None:
                    if _HEADER.match(line):
                        if start:
                            yield start, b"".join(parts)
                        parts, size, start = [], 0, number - 1
                    else:
                        parts.append(held)
                    held = None
                if blank and line.startswith(b"From "):
                    held, blank = line, False
                    continue
                blank = not line.strip()
                size += len(line)
                if size <= MAX_MAIL + 1:
                    parts.append(line)
        if start:
            yield start, b"".join(parts)
        elif number:
            yield 1, b"".join(parts)


def parse(data: bytes, line: int, source: str, zone: tzinfo = UTC) -> Incoming:
    """One message from its bytes. Raises ValueError with the reason when there is nothing to take in."""
    if len(data) > MAX_MAIL:
        raise ValueError(f"the message is larger than {MAX_MAIL >> 20} MiB")
    mail = message_from_bytes(data)
    headers = _headers(mail)
    if not headers.keys() & {"from", "date", "subject", "message-id", "received"}:
        raise ValueError("it has no header of a mail")
    subject = _words(headers.get("subject", ""))
    text = body(mail) or subject
    if not text:
        raise ValueError("there is no text")
    if len(text) > MAX_TEXT:
        raise ValueError(f"the text is longer than {MAX_TEXT:,} characters")
    author, handle = _sender(headers)
    ancestors = [_clean(found) for found in _ANGLED.findall(headers.get("references", ""))]
    parents = [_clean(found) for found in _ANGLED.findall(headers.get("in-reply-to", ""))]
    reply_to = parents[0] if parents else ancestors[-1] if ancestors else ""
    labels = headers.get("x-gmail-labels", "").lower().split(",")
    return Incoming(
        line,
        source,
        text,
        channel="email",
        external_id=_message_id(headers),
        reply_to=reply_to,
        replies=tuple(found for found in ancestors if found != reply_to),
        author=author,
        handle=handle,
        subject=subject,
        posted_at=_date(headers, zone),
        direction=Direction.OUT if "sent" in (label.strip() for label in labels) else None,
        account=_recipient(headers),
        visibility=Visibility.PRIVATE,
    )


def body(mail: Message) -> str:
    """The text of a mail: its plain parts, or its HTML as text; quoted earlier mail is kept, attachments are not."""
    plain: list[str] = []
    html: list[str] = []
    for part in mail.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html"):
            text = _decoded(part)
            (plain if kind == "text/plain" else html).append(text)
    text = "\n".join(found for found in plain if found.strip())
    if not text.strip():
        text = "\n".join(html_to_text(found) for found in html)
    return text.replace("\0", "\ufffd").replace("\r\n", "\n").strip()


def _taken(data: bytes, line: int, source: str, zone: tzinfo) -> Incoming | Reject:
    try:
        return parse(data, line, source, zone)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        # the standard parser is forgiving, yet some malformed headers still make it raise
        reason = str(problem) if type(problem) is ValueError else "its structure is broken"
        return Reject(line, source, reason, data[: 1 << 20].decode("utf-8", "replace"))


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _decode(payload, str(part.get_content_charset() or "utf-8"))


def _decode(payload: bytes, charset: str) -> str:
    # what calls itself ASCII or Latin-1 is in practice UTF-8 or Windows-1252
    loose = charset.lower() in ("us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "unknown-8bit", "default")
    for name in ("utf-8", "cp1252") if loose else (charset, "utf-8", "cp1252"):
        try:
            return payload.decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return payload.decode("utf-8", "replace")


def _headers(mail: Message) -> dict[str, str]:
    """First value of every header field by lower-case name, undecoded bytes as surrogate escapes."""
    found: dict[str, str] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), str(value))
    return found


def _clean(text: str) -> str:
    """Without surrogate escapes and NUL: bytes outside any declared charset are read as UTF-8 or Windows-1252."""
    if not text.isascii():
        text = _decode(text.encode("utf-8", "surrogateescape"), "us-ascii")
    return text.replace("\0", "\ufffd")


def _words(value: str) -> str:
    """A header's value decoded (RFC 2047) and unfolded; broken words come as well as they can be read."""
    if "=?" in value:
        try:
            parts = decode_header(value)
            value = "".join(part if isinstance(part, str) else _decode(part, charset or "us-ascii") for part, charset in parts)
        except (HeaderParseError, ValueError, LookupError):
            pass
    return " ".join(_clean(value).split())


def _sender(headers: dict[str, str]) -> tuple[str, str]:
    name, address = parseaddr(headers.get("from") or headers.get("sender") or headers.get("reply-to", ""))
    address = _clean(address).lower()
    return _words(name) or address, address


def _recipient(headers: dict[str, str]) -> str:
    for name in ("delivered-to", "x-original-to", "to"):
        for _, address in getaddresses([headers.get(name, "")]):
            if "@" in address:
                return _clean(address).lower()
    return ""


def _message_id(headers: dict[str, str]) -> str:
    raw = headers.get("message-id", "")
    found = _ANGLED.search(raw)
    return _clean(found[1] if found else "".join(raw.split()))


def _date(headers: dict[str, str], zone: tzinfo) -> int | None:
    read = dates.reader("mail", zone)
    received = headers.get("received", "").rpartition(";")[2]
    for value in (headers.get("date", ""), received):
        try:
            found = read(_COMMENT.sub("", value.strip()))
        except ValueError:
            continue
        if found is not None:
            return found
    return None
