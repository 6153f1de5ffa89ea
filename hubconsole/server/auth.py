"""Who asks: the token of a request, looked up by its digest and remembered until the journal says that tokens or members moved."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hubconsole.errors import HubError
from hubconsole.hub.access import PREFIX, Grant, digest_of, lookup
from hubconsole.server import problems
from hubconsole.server.endpoint import NOTE, header

if TYPE_CHECKING:
    from hubconsole.hub.access import Denied
    from hubconsole.hub.local import LocalHub
    from hubconsole.server.endpoint import Scope
    from hubconsole.server.limits import Limits
    from hubconsole.server.reading import Reads
    from hubconsole.server.watching import Watch

MEMBER = b"hubconsole-member"
"""The header in which a caller may say, percent-encoded, whose token it thinks that it sends."""

_KEPT = 10_000
_LONGEST = 200
STALE = 1.0
"""Seconds without news from the journal after which nothing that is remembered counts."""


class Doorkeeper:
    """Lets requests in. What it remembers counts only while the feed is known to be up to date (:attr:`fresh_at`)."""

    def __init__(self, hub: LocalHub, reads: Reads, watch: Watch, limits: Limits, fresh_at: Callable[[], float]) -> None:
        self.hub = hub
        self.reads = reads
        self.watch = watch
        self.limits = limits
        self.fresh_at = fresh_at
        """When (monotonic seconds) the journal was last seen to its end."""
        self._kept: OrderedDict[str, Grant] = OrderedDict()
        self._epoch = 0

    async def grant(self, scope: Scope, *, soon: bool = False) -> tuple[Grant, str]:
        """The grant of a request and the digest of its token; ``soon``: also while the store does not answer (:meth:`glance`).

        Raises Problem 401 or 429, Refused ``other_member``.
        """
        said = header(scope, b"authorization")
        if not said:
            self.limits.stranger(scope)
            raise problems.no_token()
        kind, _, secret = said.partition(b" ")
        if kind.lower() != b"bearer" or len(secret) > _LONGEST or not secret.startswith(PREFIX.encode()):
            self.limits.stranger(scope)
            raise problems.bad_token()
        digest = digest_of(secret.decode("latin-1").strip())
        found = await (self.glance(digest) if soon else self.look(digest))
        if found is None:
            self.limits.stranger(scope)
            raise problems.bad_token()
        note = scope.get(NOTE)
        if note is not None:
            note.token = found.token_id
        self.limits.token(found.token_id)
        thought = header(scope, MEMBER)
        if thought and (said_to_be := unquote(thought.decode("latin-1"))) != found.member:
            raise problems.other_member(found.member, found.scope, said_to_be)
        return found, digest

    async def glance(self, digest: str) -> Grant | None:
        """The same, told soon: while the store does not answer, what was last known of the token counts until its time is up.

        What is asked so are figures, and the hub's own are in the store: little is to be had by a token that was revoked meanwhile.
        """
        kept = self._kept.get(digest)
        try:
            return await self._looked(digest, self.watch.ask)
        except HubError:
            if kept is None:
                raise
            return None if kept.ended(self.hub.clock()) else kept

    async def look(self, digest: str) -> Grant | None:
        """What the token with this digest opens now; None for nothing."""
        return await self._looked(digest, self.reads.quick)

    async def _looked(self, digest: str, ask: Callable[..., Awaitable[Grant | Denied]]) -> Grant | None:
        kept = self._kept.get(digest)
        if kept is not None and time.monotonic() - self.fresh_at() <= STALE:
            return None if kept.ended(self.hub.clock()) else kept
        epoch = self._epoch
        found = await ask(lookup, self.hub, digest)
        if not isinstance(found, Grant):
            self._kept.pop(digest, None)
            return None
        # Something may have been revoked while this was being looked up.
        if epoch == self._epoch:
            self._kept[digest] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return None if found.ended(self.hub.clock()) else found

    def forget(self) -> None:
        """Tokens or members moved: look everybody up anew."""
        self._epoch += 1
        self._kept.clear()
