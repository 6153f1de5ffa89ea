"""Tokens and waiting logins of a hub, wherever it is: one face for the one here and for the one behind an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hubconsole.domain.terms import Scope

if TYPE_CHECKING:
    from hubconsole.cli.session import Session
    from hubconsole.hub.access import Issued
    from hubconsole.hub.bodies import DeviceWaiting
    from hubconsole.hub.local import LocalHub
    from hubconsole.hub.remote.client import RemoteHub
    from hubconsole.store.access import TokenRow


class Doors(Protocol):
    """What :mod:`hubconsole.hub.access` offers to one member. Times are lengths in ms."""

    def issue(self, scope: Scope, label: str, member: str, lasting: int | None) -> Issued:
        """A new token."""

    def rotate(self, token_id: str, overlap: int | None, lasting: int | None) -> Issued:
        """A new token in place of one."""

    def revoke(self, token_id: str, reason: str) -> TokenRow:
        """End a token."""

    def tokens(self, ended: bool) -> tuple[TokenRow, ...]:
        """Those that the member may see."""

    def waiting(self, code: str) -> DeviceWaiting:
        """The login that waits under a code."""

    def answer(self, code: str, approve: bool) -> DeviceWaiting:
        """Confirm or deny it."""


def doors(session: Session) -> Doors:
    """The doors of the session's hub, for the member who acts."""
    from hubconsole.hub.remote.client import RemoteHub

    hub: object = session.hub
    return _There(hub, session.member) if isinstance(hub, RemoteHub) else _Here(session.local, session.member)


class _Here:
    """In a store that this process has open: whoever may write the file may say who they are."""

    def __init__(self, hub: LocalHub, member: str) -> None:
        self.hub = hub
        self.member = member

    def issue(self, scope: Scope, label: str, member: str, lasting: int | None) -> Issued:
        from hubconsole.hub import access

        whole = access.LASTING if lasting is None else lasting
        return access.issue(self.hub, self.member, scope, label=label, member=member, lasting=whole, via="cli")

    def rotate(self, token_id: str, overlap: int | None, lasting: int | None) -> Issued:
        from hubconsole.hub import access

        return access.rotate(self.hub, self.member, token_id, overlap=overlap, lasting=lasting, via="cli")

    def revoke(self, token_id: str, reason: str) -> TokenRow:
        from hubconsole.hub import access

        return access.revoke(self.hub, self.member, token_id, reason=reason, via="cli")

    def tokens(self, ended: bool) -> tuple[TokenRow, ...]:
        from hubconsole.hub import access

        return access.tokens(self.hub, self.member, ended=ended)

    def waiting(self, code: str) -> DeviceWaiting:
        from hubconsole.hub import access, bodies

        return bodies.DeviceWaiting(*access.device_request(self.hub, code)[:8])

    def answer(self, code: str, approve: bool) -> DeviceWaiting:
        from hubconsole.hub import access, bodies

        return bodies.DeviceWaiting(*access.device_answer(self.hub, code, self.member, approve)[:8])


class _There:
    """Behind the API of a hub."""

    def __init__(self, hub: RemoteHub, member: str) -> None:
        self.hub = hub
        self.member = member

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None, **params: int) -> object:
        from hubconsole.hub.remote.transport import Question

        # What makes a secret is asked once: an answer that was lost would leave a token that nobody has.
        question = Question(method, path, self.hub.token_of(self.member), params=params, body=body, tries=3 if method == "GET" else 1)
        return self.hub.line.ask(question)

    def issue(self, scope: Scope, label: str, member: str, lasting: int | None) -> Issued:
        return issued(self._ask("POST", "/v1/tokens", {"scope": scope.value, "label": label, "member": member, "lasting": lasting}))

    def rotate(self, token_id: str, overlap: int | None, lasting: int | None) -> Issued:
        return issued(self._ask("POST", f"/v1/tokens/{_part(token_id)}/rotation", {"overlap": overlap, "lasting": lasting}))

    def revoke(self, token_id: str, reason: str) -> TokenRow:
        from hubconsole.domain.commands import RevokeToken
        from hubconsole.hub.remote.answers import read
        from hubconsole.store.access import TokenRow

        if reason:
            self.hub.execute(RevokeToken(token_id=token_id, reason=reason), actor=self.member, via="cli")
        return read(TokenRow, self._ask("DELETE", f"/v1/tokens/{_part(token_id)}"))

    def tokens(self, ended: bool) -> tuple[TokenRow, ...]:
        from hubconsole.hub.bodies import Tokens
        from hubconsole.hub.remote.answers import read

        return read(Tokens, self._ask("GET", "/v1/tokens", ended=int(ended))).tokens

    def waiting(self, code: str) -> DeviceWaiting:
        from hubconsole.hub.bodies import DeviceWaiting
        from hubconsole.hub.remote.answers import read

        return read(DeviceWaiting, self._ask("GET", f"/v1/device/{_part(code)}"))

    def answer(self, code: str, approve: bool) -> DeviceWaiting:
        from hubconsole.hub.bodies import DeviceWaiting
        from hubconsole.hub.remote.answers import read

        return read(DeviceWaiting, self._ask("POST", f"/v1/device/{_part(code)}/answer", {"approve": approve}))


def issued(answer: object) -> Issued:
    """A new token out of the hub's answer. Raises Unreachable ``bad_answer``."""
    from hubconsole.hub.access import Issued
    from hubconsole.hub.bodies import TokenIssued
    from hubconsole.hub.remote.answers import read

    return Issued(*read(TokenIssued, answer))


def _part(text: str) -> str:
    """What somebody typed as one part of a path; nothing they type makes it another path."""
    from urllib.parse import quote

    return quote(text.strip().encode("utf-8", "replace"), safe="").replace(".", "%2E") or "-"
