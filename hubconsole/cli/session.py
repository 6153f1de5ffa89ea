"""What every verb needs: the hub behind ``--store`` or ``--hub``, the member behind ``--as``, and one way to act and to answer."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from hubconsole.cli import output
from hubconsole.errors import StoreProblem, UsageProblem

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.hub.local import LocalHub
    from hubconsole.hub.port import Hub, Receipt
    from hubconsole.store.rows import EnquiryView


class Shared(NamedTuple):
    """The options that all verbs have in common, as typed."""

    store: str | None = None
    as_: str | None = None
    json: bool = False
    seen: int | None = None
    command_id: str | None = None
    hub: str | None = None
    ca: str | None = None


class Session:
    """One run of one verb. The hub is opened when it is first asked for, and closed at the end."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._hub: Hub | None = None
        self._local: LocalHub | None = None
        self._far_member = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._hub is not None:
            self._hub.close()

    @property
    def json(self) -> bool:
        """Whether the answer is JSON."""
        return self.shared.json

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: terminals on both sides, and no ``--json``."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()

    @property
    def path(self) -> str:
        """The hub's file, or the URL of its database. Raises UsageProblem ``needs_store`` for one behind an address."""
        from hubconsole.cli.where import store_place

        if self.far:
            address = "" if self.shared.hub else f" (HUBCONSOLE_HUB is {self.far})"
            why = f"This works on a hub's store itself, not through its address{address}."
            raise UsageProblem("needs_store", why, "Name it with --store.")
        return store_place(self.shared.store)

    @property
    def far(self) -> str:
        """The address of a hub that is elsewhere; empty for one in a store."""
        from hubconsole.cli.where import hub_address

        return hub_address(self.shared.hub, self.shared.store)

    @property
    def hub(self) -> "Hub":
        """The hub; one that may only be read can still be looked at and verified. Raises Unreachable."""
        if self._hub is None:
            if far := self.far:
                from hubconsole.cli.far import open_far

                self._hub = open_far(far, self.member, self.shared.ca or "")
            else:
                self._hub = self.local
        return self._hub

    @property
    def local(self) -> "LocalHub":
        """The hub in its store. Raises Unreachable, and UsageProblem ``needs_store`` for one behind an address."""
        if self._local is None:
            path = self.path
            try:
                self._local = open_hub(path)
            except StoreProblem as problem:
                if problem.code != "store_read_only":
                    raise
                self._local = open_hub(path, readonly=True)
            self._hub = self._local
            if self.shared.as_:
                known_here(self.shared.as_, active_names(self._local))
        return self._local

    def now(self) -> int:
        """The time (ms) by the clock of the hub, which waits and snoozes go by: one elsewhere is asked."""
        if self.far:
            from hubconsole.cli.far import time_at

            return time_at(self.hub)
        from hubconsole.clock import system_clock

        return system_clock()

    @property
    def member(self) -> str:
        """Who acts. Raises UsageProblem ``who`` when that is not clear."""
        if far := self.far:
            from hubconsole.cli.far import member_at

            self._far_member = self._far_member or member_at(far, self.shared.as_, self.shared.ca or "")
            return self._far_member
        return member_of(self.hub, self.shared.as_)

    @property
    def taker(self) -> str:
        """Who takes enquiries in: the member who acts or, where that is not clear, the first one from service.

        Taking in decides nothing, so a mail gateway's or an importing script's line need not name anybody.
        """
        try:
            return self.member
        except UsageProblem:
            service = next((member.name for member in self.hub.members() if member.active and "service" in member.functions), "")
            if not service:
                raise
            return service

    def view(self, key: str) -> "EnquiryView":
        """One enquiry by its key. Raises UsageProblem ``unknown_enquiry``."""
        from hubconsole.cli.where import member_name

        return self.hub.enquiry(key, viewer=self.member if self.far else member_name(self.shared.as_))

    def do(self, command: "Command") -> "Receipt":
        """Carry out a command as the member."""
        return self.hub.execute(command, actor=self.member, via="cli", command_id=self.shared.command_id, seen=self.shared.seen)

    def act(self, command: "Command", done: str) -> "Receipt":
        """Carry out a command and say so: ``done`` is what happened, ``E-1 claimed``."""
        receipt = self.do(command)
        self.answer(receipt, done)
        return receipt

    def answer(self, receipt: "Receipt", done: str) -> None:
        """Print what a command came to."""
        if self.json:
            from hubconsole.cli.shapes import receipt_of

            output.say_json(receipt_of(receipt))
            return
        what = f"{receipt.key} {done}" if receipt.key else done[:1].upper() + done[1:]
        unchanged = "" if receipt.events else " (nothing had to change)"
        output.say(f"{output.safe(what)}{unchanged}{standing(receipt.state, done)}")


def open_hub(path: str, *, readonly: bool = False) -> "LocalHub":
    """The hub in a store, on the machine's clock. Raises Unreachable."""
    from hubconsole.hub.local import LocalHub

    return LocalHub.open(path, readonly=readonly)


def active_names(hub: "Hub") -> list[str]:
    """The names of the hub's members."""
    return [member.name for member in hub.members() if member.active]


def known_here(said: str, names: list[str]) -> None:
    """Refuse somebody who was named and is not among the hub's members, before anything is looked at as theirs. Raises Refused."""
    if said and said not in names:
        from hubconsole.errors import Refused

        raise Refused("unknown_member", f"{said} is no member of this hub.", f"Act as one of: {', '.join(names)}.")


def member_of(hub: "Hub", said: str | None) -> str:
    """The member to act as: said, from HUBCONSOLE_AS, from the settings file when that is a member here, or the only
    one there is. Raises UsageProblem ``who``."""
    from hubconsole.cli.where import insisted, member_name

    if name := insisted(said):
        return name
    names = active_names(hub)
    kept = member_name()
    if kept in names:
        return kept
    if len(names) == 1:
        return names[0]
    raise UsageProblem("who", "It is not clear who acts.", f"Add --as MEMBER or set HUBCONSOLE_AS; the members are: {', '.join(names)}.")


def standing(state: str, done: str = "") -> str:
    """The end of an answer: where the enquiry stands now, unless ``done`` says that already."""
    said = "waiting for the customer" if state == "waiting_customer" else state.replace("_", " ")
    return "." if not said or done.endswith((f"is {said}", "waits for the customer")) else f". Now {said}."
