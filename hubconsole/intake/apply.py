"""Conversations become commands, and the commands are carried out in batches."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hubconsole.domain.commands import Command, Receive, RecordMessage
from hubconsole.domain.terms import Direction
from hubconsole.errors import HubError, Refused
from hubconsole.hub.port import Hub
from hubconsole.ids import new_id
from hubconsole.intake.records import UNKNOWN, Incoming, Reject
from hubconsole.intake.threads import Again, Compare, Conversation, Message

BATCH = 256
"""Commands in one transaction: many enough for speed, few enough that other consoles never wait long."""
MISSING = "[The customer's message is not in the imported file; only our reply to it is.]"
"""What stands in for a message that only its answer tells of."""
_TAKEN = "taken_in"


@dataclass(frozen=True, slots=True)
class Step:
    """One command and the record it comes from; ``record`` is None for what stands in for a missing message."""

    command: Receive | RecordMessage
    record: Incoming | None
    new: bool
    """Whether the enquiry is new with this import."""
    channel: str
    external_id: str
    """The channel's id of the message; empty for what stands in."""


class Unanswerable(Exception):
    """A conversation holds only messages of our own that answer nobody."""


def steps(conversation: Conversation, *, account: str, own_names: Mapping[str, str]) -> Iterator[Step]:
    """The commands that take a conversation in, in order.

    ``own_names`` are our accounts as the files write them, by case-folded name. Raises Unanswerable.
    """
    channel = conversation.channel
    if conversation.enquiry_id:
        for message in conversation.messages:
            yield Step(_record(conversation.enquiry_id, message), message.record, False, channel, message.external_id)
        return
    enquiry_id = new_id()
    first = next((message for message in conversation.messages if message.direction is Direction.IN), None)
    if first is None:
        if not conversation.missing:
            raise Unanswerable
        yield Step(_stand_in(enquiry_id, conversation, account), None, True, channel, "")
    else:
        yield Step(_receive(enquiry_id, conversation, first, account, own_names), first.record, True, channel, first.external_id)
    for message in conversation.messages:
        if message is not first:
            yield Step(_record(enquiry_id, message), message.record, True, channel, message.external_id)


class Applier:
    """Carries steps out through a hub, and counts."""

    def __init__(self, hub: Hub, *, actor: str, dry_run: bool, reject: Callable[[Reject], None], compare: Compare) -> None:
        self._compare = compare
        self._hub = hub
        self._actor = actor
        self._dry_run = dry_run
        self._reject = reject
        self._waiting: list[Step] = []
        self._updated: set[str] = set()
        self.created = 0
        self.skipped = 0
        self.messages = 0

    @property
    def updated(self) -> int:
        """Enquiries that were there before and got messages."""
        return len(self._updated)

    def add(self, step: Step) -> None:
        """Carry a step out, at the latest with the next :meth:`flush`."""
        self._waiting.append(step)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Carry out everything that waits, in one transaction. Raises Unreachable, and Refused when the actor may take nothing in."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        commands: list[Command] = [step.command for step in waiting]
        if self._dry_run:
            for step in waiting:
                self._count(step)
            return
        answers = self._hub.execute_all(commands, actor=self._actor, via="import")
        if not self.messages and isinstance(answers[0], Refused) and all(isinstance(answer, HubError) for answer in answers):
            raise answers[0]  # this person may not take anything in: no fault of the records
        for step, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, HubError):
                self._refused(step, answer)
            elif answer.events:
                self._count(step)
            else:
                self.skipped += 1

    def _count(self, step: Step) -> None:
        self.messages += step.record is not None
        if isinstance(step.command, Receive):
            self.created += 1
        elif not step.new:
            self._updated.add(step.command.enquiry_id)

    def _refused(self, step: Step, error: HubError) -> None:
        if error.code == _TAKEN:  # somebody imports the same file, or one with the same ids, at the same time
            self.skipped += step.record is None or self._same(step.channel, Message(step.record, step.external_id, Direction.IN))
        elif step.record is not None:
            self._reject(Reject(step.record.line, step.record.source, error.message, step.record.text))

    def _same(self, channel: str, message: Message) -> bool:
        enquiry_id = self._hub.known(channel, [message.external_id])[message.external_id]
        return self._compare(enquiry_id, [message])[0] is Again.SAME


def _receive(enquiry_id: str, conversation: Conversation, first: Message, account: str, own_names: Mapping[str, str]) -> Receive:
    record = first.record
    return Receive(
        enquiry_id=enquiry_id,
        channel=conversation.channel,
        text=record.text,
        customer=record.author or record.handle or UNKNOWN,
        handle=record.handle,
        account=account or record.account or _ours(conversation) or _addressed(record.text, own_names),
        visibility=record.visibility,
        subject=record.subject,
        posted_at=record.posted_at,
        external_id=first.external_id,
        thread=record.thread or conversation.missing or conversation.messages[0].external_id,
    )


def _stand_in(enquiry_id: str, conversation: Conversation, account: str) -> Receive:
    reply = conversation.messages[0]
    customer = _mention(reply.record.text)
    return Receive(
        enquiry_id=enquiry_id,
        channel=conversation.channel,
        text=MISSING,
        customer=customer or (reply.record.account if conversation.channel == "email" else "") or UNKNOWN,
        account=account or _ours(conversation),
        visibility=reply.record.visibility,
        subject=reply.record.subject,
        posted_at=reply.record.posted_at,
        # not the missing message's own id: should it turn up in a later file, it must still be taken in
        external_id=f"before-{reply.external_id}",
        thread=reply.record.thread or conversation.missing,
    )


def _record(enquiry_id: str, message: Message) -> RecordMessage:
    record = message.record
    return RecordMessage(
        enquiry_id=enquiry_id,
        direction=message.direction,
        text=record.text,
        author=record.author or record.handle or UNKNOWN,
        posted_at=record.posted_at,
        external_id=message.external_id,
        visibility=record.visibility,
    )


def _ours(conversation: Conversation) -> str:
    for message in conversation.messages:
        if message.direction is Direction.OUT:
            return message.record.handle or message.record.author
    return ""


def _mention(text: str) -> str:
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word[1:].rstrip(".,:;!?") if word.startswith("@") else ""


def _addressed(text: str, own_names: Mapping[str, str]) -> str:
    return own_names.get(_mention(text).casefold(), "")
