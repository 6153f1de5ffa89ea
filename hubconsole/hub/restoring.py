"""Backups that are hubs of their own, and putting one back without sending anything twice.

A hub that is put back is younger in years than the world: replies may have left since that it knows nothing of. So its outbox
stays shut until a supervisor opens it, and whatever was asked or approved before is asked anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hubconsole.clock import Clock, local, system_clock
from hubconsole.domain import commands as c
from hubconsole.domain.hub import decide_hub, fold_hub
from hubconsole.domain.standing import LONGEST, let_in
from hubconsole.errors import Conflict, HubError, Refused, StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.places import lasting
from hubconsole.hub.requests import Request
from hubconsole.hub.transfer import StoreSide, carry, require_whole
from hubconsole.hub.writing import Writer
from hubconsole.store.engine import Connection
from hubconsole.store.opening import open_store

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_STANDS = "SELECT last_seq, policy_version FROM hub WHERE hub_id = ?"
_EDITION = re.compile(r"^edition\s*=.*$")


def copy(source: str, target: str) -> End:
    """Copy the hub at a path or URL to another that holds none, and verify the copy. Raises Conflict ``hub_exists``, StoreProblem."""
    there, side = StoreSide(source), StoreSide(target)
    end = _free(there, side)
    carry(there, side, 0, end)
    require_whole(side)
    return end


def _free(there: StoreSide, side: StoreSide) -> End:
    end = there.end("")
    if end is None:
        raise StoreProblem("no_hub", f"There is no hub in {there.place}.", "Name another place.")
    if side.end("") is not None:
        raise Conflict("hub_exists", f"{side.place} already holds a hub.", "Name another place, or move that one away first.")
    return end


def put_back(source: str, target: str, actor: str, clock: Clock = system_clock) -> tuple[int, str]:
    """Copy a backup to a place that holds no hub, with its outbox shut from the first moment on (see :func:`was_put_back`).

    Whether ``actor`` may is found out before anything is copied; the copy and its shutting count together or not at all.
    Raises Refused, Conflict ``hub_exists``, StoreProblem.
    """
    there, side = StoreSide(source), StoreSide(target)
    end = _free(there, side)
    store, _ = open_store(source, readonly=True)
    try:
        with store.reading() as conn:
            _rehearse(Writer(store, end.hub_id, clock), conn, actor, side.place)
    finally:
        store.close()
    said: list[tuple[int, str]] = []
    rows = (copied for copied in there.rows(end.hub_id, 0) if copied.row.seq <= end.seq)
    side.take_in_with(end, rows, lambda store, conn: said.append(_shut(_Within(store, end.hub_id, clock), conn, actor, side.place)))
    require_whole(side)
    return said[-1]


def was_put_back(hub: LocalHub, actor: str) -> tuple[int, str]:
    """Shut the outbox of a hub that was put back from a backup, and have everything that was approved approved anew.

    A hub whose journal ends with its leaving goes on here again: a move that never arrived is so taken back, and should it have
    arrived after all, nothing leaves twice. All of that is one transaction. The place in the journal up to which it was put
    back, and the reason that now stands beside the outbox, are returned.
    """

    def work() -> tuple[int, str]:
        with hub.reading() as conn, hub.store.write(conn, hub.hub_id):
            return _shut(_Within(hub.store, hub.hub_id, hub.clock), conn, actor, hub.store.place)

    return hub.store.attempt(work)


class _Within(Writer):
    """Carries commands out inside a transaction of the caller's."""

    @contextmanager
    def _writing(self, conn: Connection) -> Iterator[None]:
        yield
        self._advance(conn)


def _shut(writer: Writer, conn: Connection, actor: str, place: str) -> tuple[int, str]:
    seq, reason, commands = _rehearse(writer, conn, actor, place)
    for answer in writer.execute_many(conn, [Request(command, actor, "restore") for command in commands]):
        if isinstance(answer, HubError):
            raise answer
    return seq, reason


def _rehearse(writer: Writer, conn: Connection, actor: str, place: str) -> tuple[int, str, list[c.HubCommand]]:
    """What shutting the hub takes, with everything tried that could forbid it: where its journal ends, the reason, the commands."""
    seq, version = conn.execute(_STANDS, (writer.hub_id,)).fetchone()
    hub, now = writer.hub(conn, version), writer.clock()
    assert hub.policy is not None
    when, away = moment(now), hub.standing.moved_to
    if away:
        reason = f"taken back at {when} at event {seq}, after it had left for {away}; replies may have left there"[:LONGEST]
    else:
        reason = f"put back at {when} from a backup that ends with event {seq}; replies may have left since"
    policy = another_edition(hub.policy.text, f"put back {when}, event {seq}")
    commands: list[c.HubCommand] = [c.ArriveHub(place=lasting(place))] if away else []
    commands += [c.ShutOutbox(reason=reason), c.AdoptPolicy(policy=policy)]
    member = hub.member(actor)
    if member is None:
        known = ", ".join(sorted(name for name, _ in hub.members))
        raise Refused("unknown_member", f"{actor or 'nobody'} is no member of this hub.", f"Act as one of: {known}.")
    for command in commands:
        let_in(hub.standing, command)
        hub = fold_hub(hub, decide_hub(hub, command, member, now))
    return seq, reason, commands


def moment(ms: int) -> str:
    """A time for people, in this machine's zone, which is named: others may read it elsewhere."""
    return f"{local(ms).astimezone():%Y-%m-%d %H:%M %Z}"


def another_edition(policy: str, edition: str) -> str:
    """The same policy with another edition, so that no approval given under it holds any more."""
    lines = policy.splitlines()
    tables = next((place for place, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    kept = [line for place, line in enumerate(lines) if place >= tables or not _EDITION.match(line)]
    return "\n".join([f'edition = "{edition}"', *kept]) + "\n"
