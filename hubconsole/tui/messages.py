"""Messages that travel between the console's parts. Those of one widget alone are nested in it."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class Changed(Message):
    """The hub moved on: enquiries changed since the last such message. Posted to the screen in front."""

    ids: frozenset[str]
    """Ids of the enquiries that changed, new ones included."""
    new_ids: frozenset[str]
    """Those of them that were not there before."""
    seq: int
    """The journal's newest place that these changes cover."""
    hub_changed: bool = False
    """Members, policy or settings changed."""

    def can_replace(self, message: Message) -> bool:
        """Never: two messages name different enquiries, and dropping one would lose a change."""
        return False


@dataclass
class Disconnected(Message):
    """The hub does not answer."""

    reason: str
    """What happened and what to do, in one or two sentences."""
    since: int
    """When it last answered, in milliseconds since the epoch."""


@dataclass
class Reconnected(Message):
    """The hub answers again."""

    seq: int
    """The journal's place at that moment."""


@dataclass
class ActDone(Message):
    """A command of this console was carried out."""

    enquiry_id: str
    """The enquiry it touched; empty for a command about the hub."""
    text: str
    """One short line that says what happened."""
