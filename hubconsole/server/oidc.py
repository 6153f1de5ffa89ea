"""Logging in by an OpenID Connect provider: its id_token is checked, and who it speaks of is mapped to a member.

The console runs the provider's own device flow (RFC 8628) and brings the id_token; the provider never hears of the hub. Which
of the provider's people is which member stands in the server's settings, which only its operator writes: a mapping that
members could change would let one of them become another.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubconsole.clock import HOUR, MINUTE, SECOND, Clock, system_clock
from hubconsole.domain.terms import Scope
from hubconsole.errors import Refused, Unreachable, UsageProblem
from hubconsole.hub import access
from hubconsole.hub.remote.trust import SECONDS, certificates, is_safe, small_object

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import KeySet

    from hubconsole.hub.local import LocalHub

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that are taken: by a key that only the provider has. Never ``none``, never one by a shared secret."""

LEEWAY = MINUTE
"""How far (ms) the provider's clock may be from ours."""

FRESH = 10 * MINUTE
"""How old (ms) an id_token may be: it was fetched for this login."""

_KEPT = HOUR
_AGAIN = 30 * SECOND
_REST = 10 * SECOND
_LATER = "Try again later, or log in by a code."
_MOST_TOKEN = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The provider by which people may log in, as the server's settings name it."""

    issuer: str
    """Its address, exactly as its tokens say it: ``https://login.example.org``."""
    client_id: str
    """What the provider calls this hub's consoles: a public client with the device flow."""
    claim: str = "email"
    """The claim that says who somebody is. ``email`` counts only where the provider says ``email_verified``."""
    members: Mapping[str, str] = field(default_factory=dict)
    """The claim's value to the member's name: ``{"maria.k@bank.example": "maria"}``."""
    domain: str = ""
    """With the claim ``email``: whoever has an address of this domain is the member named like the part before the @."""
    scope: str = "openid email"
    """What the console asks the provider for."""
    ca: str = ""
    """File of certificates to trust beside the machine's."""

    def __post_init__(self) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(self.issuer)
        if not is_safe(parts.scheme, parts.hostname or ""):
            raise UsageProblem("bad_issuer", f"The provider {self.issuer!r} is not reached by https.", "Name it as https://...")
        if not self.client_id or not self.claim:
            raise UsageProblem("bad_oidc", "The provider's settings need issuer, client_id and claim.", "See docs/accounts.md.")
        if self.domain and self.claim != "email":
            raise UsageProblem("bad_oidc", "A domain maps addresses; it needs the claim email.", "Leave domain out, or list the members.")


def settings_from(table: Mapping[str, object]) -> OidcSettings:
    """The ``[oidc]`` table of the server's settings file. Raises UsageProblem ``bad_oidc`` or ``bad_issuer``."""
    known = {"issuer", "client_id", "claim", "members", "domain", "scope", "ca"}
    unknown = sorted(set(table) - known)
    members = table.get("members", {})
    texts = {name: value for name, value in table.items() if name in known and name != "members"}
    if unknown or not isinstance(members, dict) or not all(isinstance(value, str) for value in (*texts.values(), *members.values())):
        which = f": it has no {unknown[0]}" if unknown else ""
        raise UsageProblem("bad_oidc", f"The table [oidc] is not as it should be{which}.", "See docs/accounts.md.")
    missing = [name for name in ("issuer", "client_id") if not texts.get(name)]
    if missing:
        raise UsageProblem("bad_oidc", f"The table [oidc] needs {' and '.join(missing)}.", "See docs/accounts.md.")
    return OidcSettings(**{name: str(value) for name, value in texts.items()}, members=dict(members))


class Provider:
    """One provider as its tokens are checked. Usable from any thread; asks the network only when keys are needed."""

    def __init__(self, settings: OidcSettings, clock: Clock = system_clock, *, transport: httpx.BaseTransport | None = None) -> None:
        """``transport`` takes the network's place in tests."""
        self.settings = settings
        self.clock = clock
        self._transport = transport
        self._guard = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched = 0
        self._down = (0, "")
        """When the provider could last not be asked, and what was said of it."""

    def member(self, id_token: str) -> str:
        """The name of the member that a valid id_token speaks of; whether there is such a member is the hub's to say.

        Raises Refused (``bad_id_token``, ``old_id_token``, ``unverified``, ``not_mapped``) and Unreachable ``no_provider``.
        No message holds the claim itself: it is somebody's address.
        """
        claims = self.claims(id_token)
        settings = self.settings
        said = claims.get(settings.claim)
        if not isinstance(said, str) or not said:
            raise Refused(
                "bad_id_token", f"The provider does not say the claim {settings.claim}.", "Ask for it: scope, in the server's [oidc]."
            )
        if settings.claim == "email" and claims.get("email_verified") is not True:
            raise Refused("unverified", "The provider has not verified this e-mail address.", "Have it verified there.")
        mapped = settings.members.get(said)
        if mapped is None and settings.claim == "email":
            mapped = _by_address(settings, said)
        if not mapped:
            raise Refused("not_mapped", "The provider knows you, but this hub maps you to no member.", "Ask whoever runs the server.")
        return mapped

    def claims(self, id_token: str) -> dict[str, Any]:
        """What a valid id_token says. Raises Refused ``bad_id_token`` or ``old_id_token``, Unreachable ``no_provider``."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if len(id_token) > _MOST_TOKEN:
            raise _bad("it is too long")
        try:
            try:
                token = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                # The provider may have new keys since.
                token = jwt.decode(id_token, self._key_set(anew=True), algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _bad("its signature is not the provider's") from error
        claims = dict(token.claims)
        self._check(claims)
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        settings, now = self.settings, self.clock()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != settings.issuer:
            raise _bad("it is another provider's")
        if settings.client_id not in audiences:
            raise _bad("it was made for another program")
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != settings.client_id:
            raise _bad("it was given to another program")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise _bad("it speaks of nobody")
        expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
        if issued > now + LEEWAY or ("nbf" in claims and _moment(claims, "nbf") > now + LEEWAY):
            raise _bad("it is from the future; one of the clocks is wrong")
        if expires <= now - LEEWAY or issued < now - FRESH - LEEWAY:
            raise Refused("old_id_token", "The provider's answer is too old.", "Log in again.")

    def _key_set(self, *, anew: bool = False) -> KeySet:
        """The provider's public keys, kept for an hour; asked for ``anew`` at most twice a minute."""
        with self._guard:
            now = self.clock()
            age = now - self._fetched
            if self._keys is None or age >= _KEPT or age < 0 or (anew and age >= _AGAIN):
                self._keys, self._fetched = self._try(now), now
            return self._keys

    def _try(self, now: int) -> KeySet:
        """The keys, unless the provider was down a moment ago: waiting for it would hold up everybody else."""
        at, why = self._down
        if why and 0 <= now - at < _REST:
            raise Unreachable("no_provider", why, _LATER)
        try:
            return self._fetch()
        except Unreachable as error:
            self._down = (now, error.message)
            raise

    def _fetch(self) -> KeySet:
        import httpx
        from joserfc.errors import JoseError

        settings = self.settings
        try:
            with httpx.Client(
                verify=certificates(settings.ca), transport=self._transport, timeout=SECONDS, follow_redirects=False
            ) as client:
                about = _json(client, f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
                where = about.get("jwks_uri")
                if about.get("issuer") != settings.issuer or not isinstance(where, str):
                    raise Unreachable("no_provider", f"What answers at {settings.issuer} is not that provider.", "Check issuer in [oidc].")
                url = httpx.URL(where)
                if not is_safe(url.scheme, url.host):
                    raise Unreachable("no_provider", "The provider's keys are not behind https.", "Nothing was taken from there.")
                return _public(_json(client, where))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError, JoseError) as error:
            why = f"The provider {settings.issuer} cannot be asked: {type(error).__name__}."
            raise Unreachable("no_provider", why, _LATER) from error


def log_in(hub: LocalHub, provider: Provider, id_token: str, *, client: str) -> access.Issued:
    """A token of the scope ``member`` for whom the id_token speaks of. Each id_token is taken once, by one process of the hub.

    Raises what :meth:`Provider.member` raises, and Refused ``used_id_token`` or ``not_mapped``.
    """
    member = provider.member(id_token)
    if not any(row.active and row.name == member for row in hub.members()):
        raise Refused("not_mapped", "The provider knows you, but you are no member of this hub.", "Ask a supervisor to add you.")
    # What is signed, without the signature: some signatures can be written in more than one way.
    signed = hashlib.sha256(id_token.rpartition(".")[0].encode()).hexdigest()
    if not access.once(hub, signed, hub.clock() + FRESH + 2 * LEEWAY):
        raise Refused("used_id_token", "This answer of the provider has been used already.", "Log in again.")
    label = "".join(char for char in client if char.isprintable()).strip()[:60] or "a program"
    return access.issue(hub, member, Scope.MEMBER, label=label, via="oidc")


def _by_address(settings: OidcSettings, address: str) -> str | None:
    """Mapped whatever the case of its letters, then by the domain.

    Of plain letters alone: others become one of them in small (the sign for kelvin a k), and two people the same member.
    """
    if not address.isascii():
        return None
    folded = address.lower()
    for known, member in settings.members.items():
        if known.lower() == folded:
            return member
    name, at, domain = folded.rpartition("@")
    return name if at and settings.domain and domain == settings.domain.lower() else None


def _moment(claims: Mapping[str, Any], name: str) -> int:
    """A time in a token, in ms."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise _bad(f"its {name} is no time")
    return int(value * SECOND)


def _bad(why: str) -> Refused:
    return Refused("bad_id_token", f"This id_token is not taken: {why}.", "Log in again.")


def _public(keys: Mapping[str, Any]) -> KeySet:
    """The keys that can sign, public parts alone; a shared secret among them would let anybody sign. Raises ValueError for none."""
    from joserfc import jwk
    from joserfc.errors import JoseError

    found = []
    for key in keys.get("keys", ()):
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig" and "d" not in key:
            with suppress(JoseError, ValueError, TypeError, KeyError):  # a curve that nobody here knows; the others still count
                found.append(jwk.import_key(key))
    if not found:
        raise ValueError("it has no keys")
    return jwk.KeySet(found)


def _json(client: httpx.Client, url: str) -> dict[str, Any]:
    """A small JSON object from the provider."""
    with client.stream("GET", url, headers={"accept": "application/json"}) as response:
        response.raise_for_status()
        return small_object(response)
