"""Backups that are hubs of their own, and putting one back without sending anything twice.

A hub that is put back is younger in years than the world: replies may have left since that it knows nothing of. So its outbox
stays shut until a supervisor opens it, and whatever was asked or approved before is asked anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hubconsole.clock import iso
from hubconsole.domain.commands import AdoptPolicy, ShutOutbox
from hubconsole.errors import Conflict, StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.transfer import StoreSide

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_EDITION = re.compile(r"^edition\s*=.*$")


def copy(source: str, target: str) -> End:
    """Copy the hub at a path or URL to another that holds none, and verify the copy. Raises Conflict ``hub_exists``, StoreProblem."""
    there, side = StoreSide(source), StoreSide(target)
    end = there.end("")
    if end is None:
        raise StoreProblem("no_hub", f"There is no hub in {there.place}.", "Name another place.")
    if side.end("") is not None:
        raise Conflict("hub_exists", f"{side.place} already holds a hub.", "Name another place, or move that one away first.")
    rows = (copied for copied in there.rows(end.hub_id, 0) if copied.row.seq <= end.seq)
    side.take_in(end, rows)
    found = side.verify()
    if not found.ok or found.head != end.hash:
        why = f"The copy in {side.place} does not verify: {'; '.join(found.problems[:1]) or 'it ends elsewhere'}"
        raise StoreProblem("journal_broken", why, "Verify the source: hubconsole audit verify.")
    return end


def was_put_back(hub: LocalHub, actor: str) -> tuple[int, str]:
    """Shut the outbox of a hub that was put back from a backup, and have everything that was approved approved anew.

    The place in the journal that the backup went up to, and the reason that now stands beside the outbox, are returned.
    """
    seq, now = hub.info().seq, iso(hub.clock())
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
