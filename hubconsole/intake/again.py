"""Messages that come again: the same as what was taken in under their id, or other ones that must not be lost."""

from collections.abc import Callable, Sequence

from hubconsole.hub.port import Hub
from hubconsole.intake.records import UNKNOWN, Incoming, Reject
from hubconsole.intake.threads import Again, Message
from hubconsole.store.rows import EnquiryView, MessageRow


class Earlier:
    """Compares messages with what the hub holds under their ids; every difference is a reject."""

    def __init__(self, hub: Hub, reject: Callable[[Reject], None]) -> None:
        self._hub = hub
        self._reject = reject

    def compare(self, enquiry_id: str, messages: Sequence[Message]) -> list[Again]:
        """What each of these messages is to the one that the enquiry has under the same id. Raises Unreachable."""
        if not any(message.record.external_id for message in messages):
            return [Again.SAME] * len(messages)  # their ids are made of who, when and what
        view = self._hub.enquiry(enquiry_id)
        there = {message.external_id: message for message in view.messages if message.external_id}
        return [self._compare(view, there.get(message.external_id), message) for message in messages]

    def _compare(self, view: EnquiryView, earlier: MessageRow | None, message: Message) -> Again:
        record = message.record
        if earlier is None or earlier.erased or not record.external_id:
            return Again.SAME
        ours = any(send.id == earlier.id for send in view.sends)
        # What we sent ourselves is kept under a member's name, and channels break its lines as they like.
        same_words = earlier.text.split() == record.text.split() if ours else _words(earlier.text) == _words(record.text)
        same_author = ours or _is_author(record, earlier.author, view.recipient if earlier.author == view.row.customer else "")
        if same_words and same_author:
            return Again.SAME
        what = "from another author" if same_words else "with other words"
        reason = f"the id {message.external_id[:60]} was taken in before {what} ({view.row.key})"
        self._reject(Reject(record.line, record.source, reason, record.text))
        return Again.EDITED if same_author and earlier.author != UNKNOWN else Again.ANOTHERS


def _words(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _is_author(record: Incoming, author: str, handle: str) -> bool:
    """Whether the record is by the author whose name and (if known) handle these are."""
    names = {name.casefold() for name in (record.author, record.handle) if name} or {UNKNOWN}
    return not names.isdisjoint(name.casefold() for name in (author, handle) if name)
