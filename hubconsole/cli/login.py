"""Logging this machine in to a hub elsewhere, and out of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.errors import HubError, Refused, Unreachable, UsageProblem

if TYPE_CHECKING:
    from hubconsole.cli.provider import Shown
    from hubconsole.hub.access import Issued
    from hubconsole.hub.bodies import WaysIn
    from hubconsole.hub.remote.transport import Line

app = typer.Typer()

_NAME = 24
"""Characters of a member's name that are shown to whoever confirms a login."""

_LONGEST = 1_000
"""Characters of a line in which a token stands; more is no token."""

wait: Callable[[float], None] = time.sleep
"""Lets so many seconds pass between two polls."""

_Url = Annotated[str, typer.Argument(metavar="URL", help="The hub's address: https://hub.example.org.")]
_Ca = Annotated[
    str,
    typer.Option("--ca", metavar="FILE", help="Certificates to trust beside the machine's (default: HUBCONSOLE_CA); kept with the login."),
]
_Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, errors too.")]


@app.command("login")
def login(
    url: _Url,
    member: Annotated[str, typer.Option("--member", metavar="MEMBER", help="Who you are; somebody else's confirmation is not taken.")] = "",
    read_only: Annotated[bool, typer.Option("--read-only", help="Only to read; by the hub's code.")] = False,
    code: Annotated[
        bool, typer.Option("--code", help="By the hub's own short code, also where there is a provider of identities.")
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="By a token that was issued for this machine; it is asked for, or read from standard input.")
    ] = False,
    ca: _Ca = "",
    json: _Json = False,
) -> None:
    """Log this machine in: by a short code that you confirm where you are logged in already, or at your identity provider."""
    from hubconsole import credentials
    from hubconsole.cli.far import ca_at, kept_as
    from hubconsole.hub.bodies import WaysIn
    from hubconsole.hub.remote.answers import read
    from hubconsole.hub.remote.place import drop_mirrors, hub_url
    from hubconsole.hub.remote.transport import Line, Question

    place = hub_url(url)
    if token and (read_only or code):
        raise UsageProblem("login", "A token that was issued is what it is.", "Leave out --read-only and --code.")
    trusted = ca_at(place, ca)
    line = Line(place, ca=trusted)
    try:
        ways = read(WaysIn, line.ask(Question("GET", "/v1/auth")))
        if token:
            told = _by_token(line, ways, member)
        elif "oidc" in ways.methods and not code and not read_only:
            told = _by_provider(line, ways, trusted)
        else:
            told = _by_code(line, ways, read_only, member)
        if member and told.token.member != member:
            _end(line, told.token.id, told.secret)
            raise Refused("other_member", f"{told.token.member} confirmed this login, not {member}.", "Nothing was kept. Begin again.")
        name = kept_as(told.token)
        before, old = credentials.token_id(place, name), credentials.secret(place, name)
        if before and credentials.scope(place, name) != told.token.scope:
            drop_mirrors(place, name)  # what the one might see is not always for the other
        kept = os.path.abspath(os.path.expanduser(ca)) if ca else credentials.ca(place)
        where = credentials.keep(place, name, told.secret, told.token.id, told.token.scope, kept)
        ended = bool(before and old and before != told.token.id)
        if ended:
            with suppress(HubError):  # it may have ended by itself
                _end(line, before, old or "")
    finally:
        line.close()
    if json:
        from hubconsole.cli.tokens import token_shape

        output.say_json({"hub": place, "name": ways.name, "kept_in": where, "token": token_shape(told.token)})
        return
    until = output.local_time(told.token.expires_at)
    only = "" if told.token.scope == "member" else f" ({told.token.scope} only)"
    output.say(f"Logged in to {output.safe(ways.name)} as {output.safe(told.token.member)}{only}, until {until}.")
    if ended:
        output.remark("The token that was kept here before has ended.")
    output.remark("The token is in the keyring." if where == "keyring" else f"The token is in {credentials.path()}, for you alone.")


@app.command("logout")
def logout(
    url: _Url,
    member: Annotated[str, typer.Option("--member", metavar="MEMBER", help="Who, where several are logged in.")] = "",
    ca: _Ca = "",
    json: _Json = False,
) -> None:
    """Log this machine out: its token ends at the hub, and is forgotten here with what was seen by it."""
    from hubconsole import credentials
    from hubconsole.cli.far import ca_at
    from hubconsole.hub.remote.place import drop_mirrors, hub_url
    from hubconsole.hub.remote.transport import Line

    place = hub_url(url)
    names = [one.member for one in credentials.logins(place) if member in ("", one.member)]
    if len(names) != 1:
        nobody = f"{member} is not logged in at {place} on this machine." if member else f"Nobody is logged in at {place} on this machine."
        why = nobody if not names else f"Several are logged in: {', '.join(names)}."
        raise UsageProblem("login", why, "Name one with --member." if names else "Nothing was changed.")
    who = names[0]
    secret, token_id = credentials.secret(place, who), credentials.token_id(place, who)
    left = ""
    if secret and token_id:
        line = Line(place, ca=ca_at(place, ca))
        try:
            _end(line, token_id, secret)
        except Unreachable as error:
            left = f"The hub was not told ({error.message} So end it there: hubconsole token revoke {token_id})"
        except HubError:
            pass  # it had ended already
        finally:
            line.close()
    credentials.forget(place, who)
    drop_mirrors(place, who)
    if json:
        output.say_json({"hub": place, "member": who, "ended_there": not left})
        return
    output.say(f"{output.safe(who)} is logged out of {output.safe(place)} here.")
    if left:
        output.remark(output.safe(left))


def _by_token(line: Line, ways: WaysIn, member: str) -> Issued:
    """A token that somebody issued for this machine; the hub says whose it is. Its secret is no argument: others could see that."""
    from hubconsole.cli.far import whose
    from hubconsole.hub.access import Issued

    secret = _asked(f"Token for {output.safe(ways.name)} (hct_...; it is not shown): ")
    if not secret:
        raise UsageProblem("no_token", "No token was given.", "Type it when asked, or give it on standard input: --token < FILE")
    return Issued(secret, whose(line, secret, member))


def _asked(prompt: str) -> str:
    """The secret from the person at the terminal, without an echo, or the one line of standard input."""
    import getpass
    import sys

    if sys.stdin.isatty():
        with suppress(EOFError):
            return getpass.getpass(prompt, stream=sys.stderr).strip()
        return ""
    return sys.stdin.readline(_LONGEST).strip()


def _by_code(line: Line, ways: WaysIn, read_only: bool, member: str) -> Issued:
    """The hub's own device flow: somebody who is logged in already confirms the code, and it is they who are logged in here."""
    from hubconsole.cli.doors import issued
    from hubconsole.clock import SECOND
    from hubconsole.hub.bodies import DeviceCode, DeviceOutcome
    from hubconsole.hub.remote.answers import read
    from hubconsole.hub.remote.transport import Question

    asked = {"client": _client(member), "scope": "read" if read_only else "member"}
    start = read(DeviceCode, line.ask(Question("POST", "/v1/device/code", body=asked, tries=1)))
    shown = output.safe(start.user_code)
    output.remark(f"To log in to {output.safe(ways.name)}, confirm this code where you are logged in already:\n")
    output.remark(f"    {shown}\n")
    output.remark(f"    hubconsole device {shown} --hub {line.url}     (or --store FILE on the hub's own machine)\n")
    output.remark(f"It is asked for as {asked['client']}. Waiting; Ctrl+C gives up.")
    pause, left = start.interval, start.expires_in
    while left > 0:
        wait(pause / SECOND)
        left -= pause
        try:
            found = line.ask(Question("POST", "/v1/device/token", body={"device_code": start.device_code}, tries=1))
        except Unreachable:
            pause *= 2  # the line may come back while the code still holds
            continue
        outcome = read(DeviceOutcome, found)
        if outcome.issued is not None:
            return issued({"secret": outcome.issued.secret, "token": outcome.issued.token._asdict()})
        if outcome.outcome == "access_denied":
            raise Refused("denied", "The login was denied.", "Nothing was kept.")
        if outcome.outcome == "expired_token":
            break
        pause = max(outcome.interval, SECOND)
    raise Refused("expired", "Nobody confirmed the code in time.", "Begin again.")


def _by_provider(line: Line, ways: WaysIn, ca: str) -> Issued:
    """The provider's device flow; the hub takes its id_token for a token of its own."""
    from hubconsole.cli.doors import issued
    from hubconsole.cli.provider import id_token
    from hubconsole.hub.remote.transport import Question

    def show(shown: Shown) -> None:
        output.remark(f"To log in to {output.safe(ways.name)}, open in a browser, on any machine:\n")
        output.remark(f"    {output.safe(shown.whole or shown.address)}\n")
        output.remark(f"and see that it shows the code {output.safe(shown.code)}. Waiting; Ctrl+C gives up.")

    signed = id_token(ways.issuer, ways.client_id, ways.scope, show, wait, ca=ca)
    return issued(line.ask(Question("POST", "/v1/oidc/token", body={"id_token": signed, "label": _client()}, tries=1)))


def _end(line: Line, token_id: str, secret: str) -> None:
    from hubconsole.hub.remote.transport import Pass, Question

    line.ask(Question("DELETE", f"/v1/tokens/{token_id}", Pass(secret), tries=1, read=5.0))


def _client(member: str = "") -> str:
    """What this program says it is, to whoever confirms it, and whose confirmation it waits for where it takes no other's."""
    import getpass
    import socket

    try:
        who = f"{getpass.getuser()} on {socket.gethostname()}"
    except (OSError, KeyError, ImportError):
        who = socket.gethostname()
    meant = f" for {member[:_NAME]}" if member else ""
    said = f"hubconsole of {who}"[: 60 - len(meant)] + meant
    return "".join(char for char in said if char.isprintable())
