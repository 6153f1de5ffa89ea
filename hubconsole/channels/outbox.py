"""Replies as mail files (RFC 5322 ``.eml``) in a folder that a mail program or gateway picks up.

The file is named after the send, so one send is never written twice while its file is in the folder, and a
read-back finds it. An absent file proves nothing (it may have been picked up), hence ``lookup``.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.channels.base import Delivery, Knowledge, Outgoing
from hubconsole.channels.files import NotAFile, held, stem_of, write_once
from hubconsole.clock import Clock, system_clock
from hubconsole.domain.workflow.recipient import is_address, no_address

if TYPE_CHECKING:
    from email.headerregistry import Address  # slow to import, so only where a mail is made

_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,200}@[A-Za-z0-9.:\[\]-]{1,200})>?")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_ATOM = re.compile(r"[^A-Za-z0-9_.-]+")
_DATE = re.compile(rb"^Date: [^\r\n]*\r\n", re.MULTILINE)

_DATES_APART = 64
"""Characters by which two Date lines can differ at most."""

DIGEST_HEADER = "X-Hubconsole-Digest"
"""Header that carries the approved digest, so that what left can be compared with what was approved."""


class OutboxChannel:
    """Writes mail files into ``folder``. ``sender`` is the From address when the enquiry's account is not one."""

    name = "outbox"
    knowledge: Knowledge = "lookup"

    def __init__(self, folder: Path, *, sender: str = "hub@hubconsole.invalid", clock: Clock = system_clock) -> None:
        self.folder = folder
        self.sender = sender
        self.clock = clock

    def path(self, outgoing: Outgoing) -> Path:
        """The file that holds, or will hold, this send."""
        return self.folder / f"{stem_of(outgoing.send_id)}.eml"

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Write the mail file; finding exactly this mail there already counts as delivered, once."""
        path = self.path(outgoing)
        try:
            content = compose(outgoing, sender=self.sender, now=self.clock())
        except (ValueError, IndexError) as problem:
            return Delivery("failed", reason=f"No mail could be made of {outgoing.key}: {problem}.")
        try:
            written = write_once(path, content)
        except OSError as problem:
            if os.path.lexists(path):
                return Delivery("in_doubt", str(path), reason=f"{path} was written, but may not survive a power cut: {problem.strerror}.")
            return Delivery("failed", reason=f"{path} could not be written: {problem.strerror or type(problem).__name__}.")
        if written:
            return self._written(outgoing)
        gone = Delivery("in_doubt", str(path), reason=f"{path} was there a moment ago, and it is not known what it held.")
        return self._found(outgoing, content) or gone

    def _written(self, outgoing: Outgoing) -> Delivery:
        """The file is whole. Mail without an address goes nowhere by itself, so a person completes it and says so."""
        path = str(self.path(outgoing))
        if no_address(outgoing.channel, outgoing.recipient):
            return Delivery("handed_over", path, path, f"{_line(outgoing.recipient)!r} is no mail address: complete {path} by hand.")
        return Delivery("delivered", external_id=message_id(outgoing), link=path)

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        """Delivered when the send's file is there and is, but for its date, the mail that would be written now; in doubt when
        something else has its name."""
        try:
            content = compose(outgoing, sender=self.sender, now=self.clock())
        except (ValueError, IndexError) as problem:
            return Delivery("in_doubt", reason=f"No mail could be made of {outgoing.key} to compare with: {problem}.")
        found = self._found(outgoing, content)
        if found is not None and found.outcome == "failed":
            return Delivery("in_doubt", found.external_id, reason=found.reason)
        return found

    def _found(self, outgoing: Outgoing, content: bytes) -> Delivery | None:
        """What stands where ``content`` belongs; None when nothing does."""
        path = self.path(outgoing)
        try:
            there = held(path, len(content) + _DATES_APART)
        except NotAFile as problem:
            return Delivery("failed", str(path), reason=f"{path} is in the way: {problem.strerror}. Take it away first.")
        except OSError as problem:
            return Delivery("in_doubt", str(path), reason=f"{path} is there but cannot be read: {problem.strerror}.")
        if there is None:
            return None
        if _DATE.sub(b"", there, count=1) != _DATE.sub(b"", content, count=1):
            return Delivery("in_doubt", str(path), reason=f"{path} holds another mail than the approved one; compare them by hand.")
        return self._written(outgoing)


def message_id(outgoing: Outgoing) -> str:
    """The Message-ID of this send: the same for every attempt."""
    return f"<{stem_of(outgoing.send_id)}@hubconsole.invalid>"


def compose(outgoing: Outgoing, *, sender: str, now: int) -> bytes:
    """The mail as bytes. The body decodes to exactly the approved text; no outside text can add a header.

    For a channel other than e-mail the file is a record of what is to be published there: a handle becomes an
    address under ``.invalid`` (RFC 2606), which no server delivers. So does an e-mail's customer without an address.
    """
    from email import policy
    from email.message import EmailMessage
    from email.utils import format_datetime

    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _address(outgoing.account if is_address(outgoing.account) else sender, "hub")
    mail["To"] = _address(outgoing.recipient, outgoing.channel)
    mail["Subject"] = _line(outgoing.subject) or f"Your enquiry {_line(outgoing.key)}"
    mail["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
    mail["Message-ID"] = message_id(outgoing)
    answered = _MESSAGE_ID.fullmatch(outgoing.in_reply_to.strip())
    if answered:
        mail["In-Reply-To"] = mail["References"] = f"<{answered[1]}>"
    mail["X-Hubconsole-Send"] = _line(outgoing.send_id)
    mail["X-Hubconsole-Enquiry"] = _line(outgoing.key)
    mail["X-Hubconsole-Channel"] = _line(outgoing.channel)
    mail["X-Hubconsole-Visibility"] = str(outgoing.visibility)
    mail[DIGEST_HEADER] = _line(outgoing.digest)
    for attachment in outgoing.attachments:
        mail["X-Hubconsole-Attachment"] = f"sha256:{_line(attachment)}"
    # bytes, not str: the text path of the library would add or change line ends
    mail.set_content(outgoing.text.encode("utf-8"), maintype="text", subtype="plain", cte="base64", params={"charset": "utf-8"})
    del mail["Content-Disposition"]
    # folding would put a space into the digest
    return mail.as_bytes(policy=policy.SMTP.clone(max_line_length=998))


def _line(text: str) -> str:
    """One header line of outside text: controls and line ends become a space, at most 200 characters."""
    return _UNSAFE.sub(" ", text).strip()[:200]


def _address(text: str, channel: str) -> Address:
    """``text`` as a mail address: its own when it is one, else a readable name with an undeliverable address."""
    from email.headerregistry import Address

    clean = _line(text)
    if is_address(clean):
        return Address(addr_spec=clean)
    local = _NOT_ATOM.sub("-", clean).strip("-.")[:60].replace("..", ".").strip("-.") or "customer"
    domain = re.sub(r"[^a-z0-9]+", "-", channel.lower()).strip("-") or "channel"
    return Address(display_name=clean, username=local, domain=f"{domain}.invalid")
