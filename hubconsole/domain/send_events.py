"""What happened to an approved reply on its way out. See :mod:`hubconsole.domain.events`."""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SendQueued(Event):
    """The approved reply will leave at ``not_before`` unless it is taken back."""

    kind: ClassVar[str] = "send.queued"
    send_id: str
    version: int
    digest: str
    via: str
    not_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCancelled(Event):
    """It was taken back before it left."""

    kind: ClassVar[str] = "send.cancelled"
    send_id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendClaimed(Event):
    """The gate was checked once more and the dispatcher is delivering."""

    kind: ClassVar[str] = "send.claimed"
    send_id: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBlocked(Event):
    """The check at the last moment said no."""

    kind: ClassVar[str] = "send.blocked"
    send_id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendHandedOver(Event):
    """The exact text was given to a person to publish by hand."""

    kind: ClassVar[str] = "send.handed_over"
    send_id: str
    link: str
    """Where the text was put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFinished(Event):
    """What became of it: ``delivered``, ``failed`` or ``in_doubt``; said by the channel, or by a named person."""

    kind: ClassVar[str] = "send.finished"
    send_id: str
    version: int
    outcome: str
    external_id: str
    link: str
    reason: str
