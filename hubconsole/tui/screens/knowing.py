"""The policy in force, for screens that check words against it: read at the start, and anew whenever it may be another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.errors import HubError
from hubconsole.tui.screens.base import HubScreen

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy


class Knowing(HubScreen):
    """See the module's text. Without a policy no digest can be computed here, so one that is missing is asked for again and again."""

    policy: Policy | None = None
    """The policy in force; None until it has been read."""

    def learn(self) -> None:
        """Read the policy; a hub that cannot be reached is asked again when it is back."""
        self.start(self._learn(), "policy")

    async def _learn(self) -> None:
        try:
            policy = await self.session.call(self.session.hub.policy)
        except HubError:
            if not self.session.away:
                raise
            return
        if policy != self.policy:
            self.policy = policy
            await self.policy_learnt()

    async def policy_learnt(self) -> None:
        """The policy is known now, or is another one: what was shown without it is checked again."""
