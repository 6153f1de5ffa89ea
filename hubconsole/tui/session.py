"""One person at one console: who, on which hub, what they last did, and the one way to call the hub.

Hub calls block, so the screen's thread never makes them: ``await session.call(hub.enquiry, "E-12")``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from hubconsole.clock import Clock, system_clock
from hubconsole.ids import new_id
from hubconsole.tui.doing import AT_ONCE, Doing
from hubconsole.tui.line import is_away

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.errors import HubError
    from hubconsole.hub.port import Connected, Connection, Hub, HubInfo, Receipt
    from hubconsole.store.rows import Count, MemberRow
    from hubconsole.tui.waiting import Waiting

P = ParamSpec("P")
T = TypeVar("T")

_CONNECTS = 0.05
"""Seconds between two looks at whether a hub that is being connected to has answered."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something this person did, kept so that it can be undone and repeated."""

    label: str
    """What was done, for the toast: ``took E-12``."""
    key: str
    """Key of the enquiry."""
    command: Command
    """The command as it was carried out."""
    inverse: Command | None
    """The command that takes it back; None where nothing does."""
    phrase: str = ""
    """The label with braces in the key's place: ``took {}``; empty for what is not repeated."""
    final: str = ""
    """Why it cannot be taken back and what can be done instead, as a sentence; may be empty."""
    parts: tuple[Act, ...] = ()
    """What was done to each of several enquiries in one go; they are taken back together."""

    @property
    def inverses(self) -> tuple[Command, ...]:
        """What takes all of it back; empty when any of it cannot be."""
        acts = self.parts or (self,)
        found = tuple(act.inverse for act in acts if act.inverse is not None)
        return found if len(found) == len(acts) else ()


@dataclass
class Session:
    """State that outlives a screen. Made by ``launch`` with what it read before the first frame."""

    hub: Hub
    """The hub, local or remote; call it through :meth:`call` only."""
    member: str
    """Name of the member at this console; empty until somebody is chosen."""
    info: HubInfo
    """The hub's name and place."""
    members: tuple[MemberRow, ...]
    """All members."""
    counts: tuple[Count, ...] = ()
    """The kept counts, as of the last refresh; snoozed enquiries are in them."""
    clock: Clock = system_clock
    """Source of now."""
    id: str = field(default_factory=new_id)
    """Names this console to the other viewers."""
    acts: list[Act] = field(default_factory=list)
    """What this person did, oldest first; at most 50."""
    connected: bool = True
    """Whether the hub answered last time."""
    reason: str = ""
    """Why it is not connected."""
    last_opened: str = ""
    """Key of the enquiry last opened."""
    filter: str = ""
    """The filter in force on the boards, as typed; it is kept when the screen changes."""
    oldest_wait: int | None = None
    """Since when (ms) the hub's longest-waiting open enquiry has waited, as of the last refresh; None when none waits."""
    totals: dict[str, int] = field(default_factory=dict)
    """How many enquiries each filter finds, as of the last refresh: what the lists would say, so snoozed ones are left out."""

    doing: Doing = field(default_factory=Doing)
    """What this console has asked for and not yet had answered."""
    far: Connected | None = None
    """The hub's line where it has one: a hub far away. Found at the start."""
    waiting: Waiting | None = None
    """What waits for a hub far away; None for one on this machine."""

    skew: int = 0
    """How far the hub's clock is ahead of this machine's, in milliseconds."""

    def __post_init__(self) -> None:
        """Ask the hub, once, whether it is one far away."""
        from hubconsole.errors import HubError

        with suppress(HubError):
            if callable(getattr(self.hub, "connection", None)):
                from hubconsole.tui.waiting import Waiting

                self.far, self.waiting = cast("Connected", self.hub), Waiting(self)

    @property
    def line(self) -> Connection | None:
        """How the line to the hub is; None for a hub on this machine, which needs none."""
        return self.far.connection() if self.far is not None else None

    @property
    def away(self) -> bool:
        """Whether a hub far away cannot be asked anything now."""
        line = self.line
        return line is not None and is_away(line, self.clock())

    @property
    def only(self) -> str:
        """``read`` or ``wall`` at a console that is there to look at alone (:class:`hubconsole.hub.port.Connected`); else empty."""
        return getattr(self.far, "only", "") if self.far is not None else ""

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that this member holds."""
        return next((row.functions for row in self.members if row.name == self.member), ())

    @property
    def longest_wait(self) -> int:
        """The longest wait in the hub, in milliseconds, whatever the screen shows; 0 when nobody waits."""
        return 0 if self.oldest_wait is None else max(0, self.now() - self.oldest_wait)

    def now(self) -> int:
        """Milliseconds since the epoch as the hub counts them: by this machine's clock, put right by what the line says."""
        return self.clock() + self.skew

    def may(self, who: tuple[str, ...]) -> bool:
        """Whether this member holds one of the functions; an empty tuple means everybody."""
        return not who or any(function in who for function in self.functions)

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking hub call in a thread. Errors of ``hubconsole.errors`` come through unchanged."""
        return await asyncio.to_thread(fn, *args, **kwargs)

    async def execute(self, command: Command, seen: int | None = None, command_id: str | None = None) -> Receipt:
        """Carry out one command as this member; ``seen`` is the row version that was on the screen.

        Until the answer comes the act shows as pending: at once where the hub is far away, else once it takes its time.
        ``command_id`` makes it one and the same act however often it is asked for.
        """
        begun = self.doing.begin((command,), 0 if self.far else AT_ONCE)
        try:
            await self._reached()
            receipt = await self.call(self.hub.execute, command, actor=self.member, via="tui", seen=seen, command_id=command_id)
        except BaseException:
            begun.over()
            raise
        begun.answered(receipt.version)
        if command.kind == "save_draft":
            # Kept although nothing takes it back: undo must never reach past it to something older.
            self.remember(
                Act(f"saved the reply to {receipt.key}", receipt.key, command, None, final="Versions stay; [ shows those before.")
            )
        return receipt

    async def execute_all(self, commands: list[Command]) -> list[Receipt | HubError]:
        """Carry out several commands; an answer or an error for each, in order."""
        begun = self.doing.begin(commands, 0 if self.far else AT_ONCE)
        try:
            await self._reached()
            return await self.call(self.hub.execute_all, commands, actor=self.member, via="tui")
        finally:
            begun.over()

    async def _reached(self) -> None:
        """Give a hub that is being connected to the moment that this takes."""
        while (line := self.line) is not None and line.state == "connecting" and not is_away(line, self.clock()):  # noqa: ASYNC110
            await asyncio.sleep(_CONNECTS)

    def remember(self, act: Act) -> None:
        """Keep an act for undo and repeat."""
        self.acts = [*self.acts[-49:], act]

    def count(self, *states: str) -> int:
        """How many enquiries in these states wait for somebody: as the lists count them, until that is read as the hub keeps them."""
        return sum(self.totals.get(f"state:{state}", sum(count.n for count in self.counts if count.state == state)) for state in states)

    async def warm(self) -> None:
        """Import, in a thread, what the first command needs, so that no key press has to wait for it."""
        await self.call(_import_later)


def _import_later() -> None:
    from importlib import import_module
    from importlib.util import find_spec

    for name in ("hubconsole.domain.commands", "hubconsole.domain.events", "hubconsole.domain.workflow", "hubconsole.tui.screens.dialogs"):
        if find_spec(name) is not None:
            import_module(name)
