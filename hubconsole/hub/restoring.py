"""Backups that are hubs of their own, and putting one back without sending anything twice.

A hub that is put back is younger in years than the world: replies may have left since that it knows nothing of. So its outbox
stays shut until a supervisor opens it, and whatever was asked or approved before is asked anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hubconsole.clock import iso
from hubconsole.domain.commands import AdoptPolicy, ArriveHub, ShutOutbox
from hubconsole.errors import Conflict, StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.transfer import StoreSide, carry, require_whole

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_REASON = 400
"""Characters that a reason may have."""

_EDITION = re.compile(r"^edition\s*=.*$")


def copy(source: str, target: str) -> End:
    """Copy the hub at a path or URL to another that holds none, and verify the copy. Raises Conflict ``hub_exists``, StoreProblem."""
    there, side = StoreSide(source), StoreSide(target)
    end = there.end("")
    if end is None:
        raise StoreProblem("no_hub", f"There is no hub in {there.place}.", "Name another place.")
    if side.end("") is not None:
        raise Conflict("hub_exists", f"{side.place} already holds a hub.", "Name another place, or move that one away first.")
    carry(there, side, 0, end)
    require_whole(side)
    return end


def was_put_back(hub: LocalHub, actor: str) -> tuple[int, str]:
    """Shut the outbox of a hub that was put back from a backup, and have everything that was approved approved anew.

    A hub whose journal ends with its leaving goes on here again: a move that never arrived is so taken back, and should it have
    arrived after all, nothing leaves twice. The place in the journal up to which it was put back, and the reason that now stands
    beside the outbox, are returned.
    """
    seq, now = hub.info().seq, iso(hub.clock())
    away = hub.saved("standing").get("moved_to", "")
    if away:
        hub.execute(ArriveHub(place=hub.store.place), actor=actor, via="restore")
        reason = f"taken back at {now} at event {seq}, after it had left for {away}; replies may have left there"[:_REASON]
    else:
        reason = f"put back at {now} from a backup that ends with event {seq}; replies may have left since"
    hub.execute(ShutOutbox(reason=reason), actor=actor, via="restore")
    hub.execute(AdoptPolicy(policy=another_edition(hub.policy().text, f"put back {now}, event {seq}")), actor=actor, via="restore")
    return seq, reason


def another_edition(policy: str, edition: str) -> str:
    """The same policy with another edition, so that no approval given under it holds any more."""
    lines = policy.splitlines()
    tables = next((place for place, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    kept = [line for place, line in enumerate(lines) if place >= tables or not _EDITION.match(line)]
    return "\n".join([f'edition = "{edition}"', *kept]) + "\n"
