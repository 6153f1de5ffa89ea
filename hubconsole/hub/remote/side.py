"""A hub behind an address as one side of a move: the server that answers for it, or one that waits for it to arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hubconsole.domain.commands import ArriveHub
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.ends import End
from hubconsole.hub.port import Receipt, Verification
from hubconsole.hub.remote.answers import read
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.remote.transport import Broken, Pass, Question
from hubconsole.hub.transfer import Copied
from hubconsole.hub.transfer_lines import MEDIA, lines
from hubconsole.hub.transfer_lines import read as read_lines
from hubconsole.ids import new_id

if TYPE_CHECKING:
    import httpx

    from hubconsole.domain.command import Command

_LONG = 600.0
"""Seconds for which the other side may work on a whole journal without a word."""


class RemoteSide:
    """See :class:`hubconsole.hub.transfer.Side`. ``code`` is what a waiting server printed; without it the member's token is used."""

    def __init__(
        self, url: str, token: str, member: str, *, code: str = "", ca: str = "", transport: httpx.BaseTransport | None = None
    ) -> None:
        self._hub = RemoteHub(url, lambda _: code or token, member=member, ca=ca, transport=transport)
        self._member = member
        self._token = Pass(code) if code else Pass(token, member)
        self._waits = bool(code)

    @property
    def place(self) -> str:
        """Its address."""
        return self._hub.url

    def end(self, hub_id: str) -> End | None:
        """See :class:`hubconsole.hub.transfer.Side`."""
        return self._ends(0).end

    def closed(self, hub_id: str) -> bool:
        """See :class:`hubconsole.hub.transfer.Side`."""
        return self._ends(0).closed

    def prepare(self) -> None:
        """See :class:`hubconsole.hub.transfer.Side`: only a server that waits for a hub takes one in."""
        if not self._waits:
            raise Refused(
                "not_waiting",
                f"{self.place} serves a hub and takes none in: what a journal says is believed, so whoever keeps that server lets it in.",
                "Have it wait there: hubconsole serve --await-push. It prints the command to run here.",
            )

    def hash_at(self, hub_id: str, seq: int) -> str:
        """See :class:`hubconsole.hub.transfer.Side`."""
        return self._ends(seq).hash

    def _ends(self, seq: int) -> bodies.JournalEnd:
        return read(bodies.JournalEnd, self._hub.line.ask(Question("GET", "/v1/transfer", self._token, {"hash_at": seq})))

    def rows(self, hub_id: str, after: int) -> Iterator[Copied]:
        """See :class:`hubconsole.hub.transfer.Side`."""
        line = self._hub.line
        try:
            with line.stream(Question("GET", "/v1/transfer/journal", self._token, {"after": after}, read=_LONG)) as response:
                if not response.is_success:
                    raise line.refusal(response)
                yield from read_lines(response.iter_bytes())[1]
        except Broken as broken:
            raise broken.why from broken

    def take_in(self, end: End, rows: Iterable[Copied]) -> None:
        """See :class:`hubconsole.hub.transfer.Side`. An answer that is lost is asked for again by whoever asks where the journal ends."""
        line = self._hub.line
        sent = lines(end, rows)
        question = Question(
            "POST", "/v1/transfer/journal", self._token, raw=sent, headers={"content-type": MEDIA}, read=_LONG, tries=1
        )  # fmt: skip
        line.ask(question)

    def execute(self, command: Command, actor: str) -> Receipt:
        """See :class:`hubconsole.hub.transfer.Side`; of a waiting server only the arrival can be asked."""
        if not self._waits:
            return self._hub.execute(command, actor=actor, via="cli")
        if not isinstance(command, ArriveHub):
            raise UsageProblem("waiting", f"{self.place} waits for a hub; it has none to be moved away.", "Name a hub that is there.")
        body = {"place": command.place, "actor": actor, "command_id": new_id()}
        return read(Receipt, self._hub.line.ask(Question("POST", "/v1/transfer/arrival", self._token, body=body, read=_LONG)))

    def verify(self) -> Verification:
        """See :class:`hubconsole.hub.transfer.Side`."""
        return read(Verification, self._hub.line.ask(Question("GET", "/v1/audit/verification", self._token, read=_LONG)))

    def close(self) -> None:
        """Let go of all connections."""
        self._hub.close()
