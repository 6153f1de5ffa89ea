"""Where a hub lives and whether its replies may leave: moving to another store, and shutting the outbox.

A hub that was moved takes no more commands where it was, so that there are never two of one. A shut outbox lets nothing out
until a supervisor opens it: after a backup was put back nobody can tell from the hub alone what had left since.
"""

from dataclasses import dataclass

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.command import Command
from hubconsole.errors import Conflict, Refused, UsageProblem

LONGEST = 400
"""Characters of a place or a reason."""


class Moved(Refused):
    """The hub lives in ``place`` now; empty where that is not told."""

    def __init__(self, place: str) -> None:
        where, hint = (f"to {place}", "Go on there.") if place else ("elsewhere", "Ask whoever keeps it where to go on.")
        super().__init__("moved", f"This hub has moved {where}; here it can only be read.", hint)
        self.place = place


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the hub lives, and why nothing leaves it."""

    moved_to: str = ""
    """Where it went; empty while it is here."""
    shut: str = ""
    """Why the outbox is shut; empty while it is open."""


HERE = Standing()
"""A hub as most are: it is here, and replies may leave."""


def evolve_standing(state: Standing, event: e.Event) -> Standing:
    """The standing after ``event``."""
    if isinstance(event, e.HubMoved):
        return Standing(event.to, state.shut)
    if isinstance(event, e.HubArrived):
        return Standing("", state.shut)
    if isinstance(event, e.OutboxShut):
        return Standing(state.moved_to, event.reason)
    if isinstance(event, e.OutboxOpened):
        return Standing(state.moved_to, "")
    return state


def let_in(state: Standing, command: Command) -> None:
    """Raise :class:`Moved`, or Refused ``outbox_shut``, for a command that the hub's standing forbids, whoever asks."""
    if state.moved_to and not isinstance(command, c.ArriveHub):
        raise Moved(state.moved_to)
    if state.shut and isinstance(command, c.Send | c.ClaimSend):
        raise Refused(
            "outbox_shut", f"The outbox is shut: {state.shut}.", "A supervisor opens it once that is settled: hubconsole outbox open."
        )


def move(state: Standing, cmd: c.MoveHub) -> tuple[e.Event, ...]:
    """What :class:`MoveHub` makes happen; who may is the caller's business."""
    return (e.HubMoved(to=_words("place", cmd.to)),)


def arrive(state: Standing, cmd: c.ArriveHub) -> tuple[e.Event, ...]:
    """What :class:`ArriveHub` makes happen."""
    if not state.moved_to:
        raise Conflict("not_moved", "This hub has not moved; it is here.", "Nothing needs to be done.")
    return (e.HubArrived(place=_words("place", cmd.place)),)


def shut(state: Standing, cmd: c.ShutOutbox) -> tuple[e.Event, ...]:
    """What :class:`ShutOutbox` makes happen. A further reason stands beside the first."""
    reason = _words("reason", cmd.reason).rstrip(".")
    if state.shut and reason in state.shut:
        return ()
    return (e.OutboxShut(reason=f"{state.shut}; {reason}"[-LONGEST:] if state.shut else reason),)


def opened(state: Standing) -> tuple[e.Event, ...]:
    """What :class:`OpenOutbox` makes happen."""
    return (e.OutboxOpened(reason=state.shut),) if state.shut else ()


def _words(what: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST or not text.isprintable():
        raise UsageProblem(f"bad_{what}", f"The {what} is 1 to {LONGEST} visible characters.", f"Give the {what} in other words.")
    return text
