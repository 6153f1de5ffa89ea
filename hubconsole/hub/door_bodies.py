"""The bodies of the hub API that have to do with who may come in: ways in, tokens, logins. See :mod:`hubconsole.hub.bodies`.

Times are milliseconds since the Unix epoch (UTC).
"""

from __future__ import annotations

from typing import NamedTuple

from hubconsole.domain.terms import Scope
from hubconsole.store.access import TokenRow


class WaysIn(NamedTuple):
    """Answer of ``GET /v1/auth``, which needs no token."""

    id: str
    """The hub's id."""
    name: str
    methods: tuple[str, ...]
    """``device``, and ``oidc`` where a provider is set up."""
    issuer: str
    """The provider's address; empty without one."""
    client_id: str
    """What the provider calls the hub's consoles."""
    scope: str
    """What a console asks the provider for."""
    time: int
    """The time by the hub's clock."""


class NewToken(NamedTuple):
    """Body of ``POST /v1/tokens``."""

    scope: Scope
    label: str
    """What it is for, or where it is kept."""
    member: str = ""
    """Who its holder acts as; empty for oneself."""
    lasting: int | None = None
    """How long it lasts (ms); None: 30 days. At most 90 days."""


class Rotation(NamedTuple):
    """Body of ``POST /v1/tokens/{id}/rotation``."""

    overlap: int | None = None
    """How long (ms) the old one goes on; None: a quarter of an hour."""
    lasting: int | None = None
    """How long the new one lasts (ms); None: as long as the old one was made for."""


class TokenIssued(NamedTuple):
    """A new token; ``secret`` is told this once."""

    secret: str
    token: TokenRow


class Tokens(NamedTuple):
    """Answer of ``GET /v1/tokens``, oldest first."""

    tokens: tuple[TokenRow, ...]


class DeviceAsk(NamedTuple):
    """Body of ``POST /v1/device/code``."""

    client: str
    """What the program says it is: ``hubconsole on desk-7``."""
    scope: Scope = Scope.MEMBER
    """``member`` or ``read``."""


class DeviceCode(NamedTuple):
    """A login that waits to be confirmed (RFC 8628, times in milliseconds)."""

    device_code: str
    """A secret between the program and the hub, to poll with."""
    user_code: str
    """What the person types where they are logged in already."""
    expires_in: int
    interval: int


class DevicePolling(NamedTuple):
    """Body of ``POST /v1/device/token``."""

    device_code: str


class DeviceOutcome(NamedTuple):
    """How a waiting login stands."""

    outcome: str
    """``approved``, ``authorization_pending``, ``slow_down``, ``access_denied`` or ``expired_token``."""
    interval: int
    """The least time (ms) to the next poll."""
    issued: TokenIssued | None = None
    """The token, once, with ``approved``."""


class DeviceWaiting(NamedTuple):
    """A login as the person sees it who is to confirm it."""

    user_code: str
    client: str
    """What the program says it is."""
    place: str
    """Where the hub saw it come from."""
    scope: str
    created_at: int
    expires_at: int
    state: str
    """``waiting``, ``approved``, ``denied`` or ``taken``."""
    member: str
    """Who answered; empty while it waits."""


class DeviceAnswer(NamedTuple):
    """Body of ``POST /v1/device/{user_code}/answer``."""

    approve: bool


class ProviderLogin(NamedTuple):
    """Body of ``POST /v1/oidc/token``."""

    id_token: str
    """What the provider signed."""
    label: str
    """Where the hub's own token is to be kept."""
