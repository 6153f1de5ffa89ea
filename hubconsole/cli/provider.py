"""A login at an OpenID Connect provider by its own device flow (RFC 8628): what comes out is its id_token, for the hub.

The provider's answers are hostile until proven otherwise: addresses must be encrypted, sizes are bounded, words are made harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hubconsole.errors import HubError, Refused, Unreachable
from hubconsole.hub.remote.trust import SECONDS, certificates, is_safe, small_object

if TYPE_CHECKING:
    import httpx

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LEAST_WAIT, _MOST_WAIT = 1.0, 60.0
_LONGEST = 1_800.0


class Shown(NamedTuple):
    """What the person has to do at the provider."""

    address: str
    code: str
    whole: str
    """The address with the code in it; empty where the provider has none."""


def id_token(
    issuer: str, client_id: str, scope: str, show: Callable[[Shown], None], wait: Callable[[float], None], *, ca: str = "",
    transport: httpx.BaseTransport | None = None,
) -> str:  # fmt: skip
    """Have the person log in at ``issuer``; the id_token that it gives.

    ``show`` tells the person what to do, ``wait`` lets so many seconds pass. Raises Refused (``denied``, ``expired``) and
    Unreachable ``no_provider``.
    """
    import httpx

    try:
        with httpx.Client(verify=certificates(ca), transport=transport, timeout=SECONDS, follow_redirects=False) as client:
            about = _asked(client, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", None)
            if about.get("issuer") != issuer:
                raise _unfit("what answers there is another provider")
            start = _asked(client, "POST", _address(about, "device_authorization_endpoint"), {"client_id": client_id, "scope": scope})
            code = _text(start, "device_code")
            whole = _safe_address(start["verification_uri_complete"]) if "verification_uri_complete" in start else ""
            show(Shown(_address(start, "verification_uri"), _text(start, "user_code"), whole))
            asked = {"grant_type": _GRANT, "device_code": code, "client_id": client_id}
            return _poll(client, _address(about, "token_endpoint"), asked, start, wait)
    except HubError:
        raise
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:160] or type(error).__name__
        raise Unreachable("no_provider", f"The provider {issuer} cannot be asked: {why}.", "Log in by the hub's code: --code.") from error


def _poll(client: httpx.Client, url: str, asked: dict[str, str], start: dict[str, Any], wait: Callable[[float], None]) -> str:
    """Ask until there is an answer. Times are the provider's, within bounds of ours."""
    pause = min(max(_number(start, "interval", 5.0), _LEAST_WAIT), _MOST_WAIT)
    left = min(_number(start, "expires_in", 600.0), _LONGEST)
    while left > 0:
        wait(pause)
        left -= pause
        answer = _asked(client, "POST", url, asked, errors=True)
        error = answer.get("error")
        if error is None:
            return _text(answer, "id_token")
        if error == "slow_down":
            pause = min(pause + 5.0, _MOST_WAIT)
        elif error == "access_denied":
            raise Refused("denied", "The login was denied at the provider.", "Nothing was kept.")
        elif error == "expired_token":
            break
        elif error != "authorization_pending":
            raise _unfit(f"it answers {str(error)[:60]!r}")
    raise Refused("expired", "Nobody confirmed the login in time.", "Begin again.")


def _asked(client: httpx.Client, method: str, url: str, form: dict[str, str] | None, *, errors: bool = False) -> dict[str, Any]:
    """A small JSON object from the provider; with ``errors`` also one that says why not."""
    with client.stream(method, url, data=form, headers={"accept": "application/json"}) as response:
        if not (errors and response.status_code in (400, 401, 403)):
            response.raise_for_status()
        return small_object(response)


def _address(answer: dict[str, Any], name: str) -> str:
    return _safe_address(_text(answer, name))


def _safe_address(url: object) -> str:
    """An encrypted address, or one on this machine."""
    import httpx

    text = url if isinstance(url, str) else ""
    parts = httpx.URL(text)
    if not text.isascii() or not text.isprintable() or not is_safe(parts.scheme, parts.host):
        raise _unfit("it names an address that is not encrypted")
    return text


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise _unfit(f"it gives no {name.replace('_', ' ')}")
    return value


def _number(answer: dict[str, Any], name: str, otherwise: float) -> float:
    value = answer.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6 else otherwise


def _unfit(why: str) -> Unreachable:
    return Unreachable("no_provider", f"The provider cannot log anybody in here: {why}.", "Log in by the hub's code: --code.")
