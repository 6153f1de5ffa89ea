"""People at work on a hub far away who do not give up: each command keeps its id and is asked again until it is answered."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Function, Verdict
from hubconsole.errors import Conflict, Refused, Unreachable
from hubconsole.hub.port import Receipt
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.ids import new_id
from tests.faults.servers import PATIENCE, until

T = TypeVar("T")

MEMBERS: tuple[tuple[str, tuple[Function, ...]], ...] = (
    ("ada", (Function.SERVICE,)),
    ("ben", (Function.MARKETING,)),
    ("lex", (Function.LEGAL,)),
    ("sue", (Function.SUPERVISOR,)),
)
_AGAIN = 0.05


class GaveUp(AssertionError):
    """A command was not answered for longer than anybody waits."""


class Client:
    """One who knows several servers of a hub and asks the next when one does not answer."""

    def __init__(self, urls: Sequence[str], tokens: Mapping[str, str], member: str = "ada") -> None:
        self.hubs = [RemoteHub(url, tokens.get, member=member) for url in urls]
        self.answered: dict[str, Receipt] = {}
        """The last answer to each command, by its id."""
        self.asked: list[tuple[str, c.Command, str]] = []
        self.said: Counter[str] = Counter()
        """How often who asked was told what."""
        self.sent = 0
        self.took: list[float] = []
        """Seconds from asking to the answer, waiting for servers to come back included."""

    def close(self) -> None:
        """Let go of the lines."""
        for one in self.hubs:
            one.close()

    def do(self, command: c.Command, actor: str, command_id: str = "") -> Receipt | None:
        """Carry a command out for certain; None when the rules, or somebody quicker, did not let it."""
        command_id = command_id or new_id()
        self.asked.append((command_id, command, actor))
        began = time.monotonic()
        try:
            receipt = self._until_answered(lambda hub: hub.execute(command, actor=actor, command_id=command_id))
        except (Conflict, Refused) as no:
            self.said[no.code] += 1
            return None
        self.took.append(time.monotonic() - began)
        self.answered[command_id] = receipt
        return receipt

    def read(self, ask: Callable[[RemoteHub], T]) -> T:
        """Ask for something, for as long as it takes."""
        return self._until_answered(ask)

    def _until_answered(self, ask: Callable[[RemoteHub], T]) -> T:
        end = time.monotonic() + PATIENCE
        while True:
            hub = self.hubs[0]
            try:
                return ask(hub)
            except Unreachable as away:
                self.said[away.code] += 1
                self.hubs.append(self.hubs.pop(0))
                if time.monotonic() > end:
                    raise GaveUp(str(away)) from away
                threading.Event().wait(_AGAIN)


class Load:
    """Several clients, each taking enquiries from the customer's first words to a reply on its way out, until told to stop."""

    def __init__(self, urls: Sequence[str], tokens: Mapping[str, str], clients: int = 4, *, via: str = "outbox") -> None:
        # Everybody begins at another server.
        self.clients = [Client([*urls[n % len(urls) :], *urls[: n % len(urls)]], tokens) for n in range(clients)]
        self.via = via
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(clients)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everybody finish the enquiry at hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE + 10)
        for one in self.clients:
            one.close()
        assert not self.errors, self.errors

    @property
    def sent(self) -> int:
        """How many replies were sent on their way."""
        return sum(one.sent for one in self.clients)

    @property
    def acknowledged(self) -> dict[str, Receipt]:
        """Every answer."""
        return {command_id: receipt for one in self.clients for command_id, receipt in list(one.answered.items())}

    @property
    def counted(self) -> str:
        """How many commands were answered, and how many of them had been carried out before an answer could be given."""
        receipts = self.acknowledged.values()
        return f"{len(receipts)} commands answered ({sum(one.repeated for one in receipts)} asked again), 0 lost, 0 doubled"

    @property
    def said(self) -> Counter[str]:
        """What was told to those who asked, when it was no receipt."""
        return sum((one.said for one in self.clients), Counter())

    def more(self, replies: int) -> None:
        """Wait until so many further replies were sent."""
        done = self.sent
        until(lambda: self.sent >= done + replies or bool(self.errors), what="some work")

    def _work(self, n: int) -> None:
        client, rng, turn = self.clients[n], random.Random(n), 0
        try:
            while not self._stop.is_set():
                turn += 1
                client.sent += enquiry(client, rng, f"{n}x{turn}", self.via)
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            self.errors.append(error)

    def check(self, wrote: Mapping[str, tuple[int, int, str]]) -> None:
        """Fail unless each acknowledged command is there once, as it was answered."""
        for command_id, receipt in self.acknowledged.items():
            if receipt.events:
                assert wrote.get(command_id, ())[:2] == (len(receipt.events), receipt.seq), f"lost or doubled: {command_id} {receipt}"


def enquiry(client: Client, rng: random.Random, mark: str, via: str = "outbox") -> bool:
    """One enquiry from its first message to a reply that is queued; whether it came so far."""
    eid = new_id()
    client.do(c.Receive(enquiry_id=eid, channel="email", text="help", customer="cy", handle="cy@example.net", external_id=eid), "ada")
    client.do(c.SaveDraft(enquiry_id=eid, text=f"ada-{mark}", base=0), "ada")
    client.do(c.Submit(enquiry_id=eid), "ada")
    if rng.random() < 0.2:
        amended = c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.AMEND, digest=digest(client, eid), text=f"ada-{mark} lex-{mark}")
        client.do(amended, "lex")
    else:
        client.do(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest(client, eid)), "lex")
    client.do(c.Decide(enquiry_id=eid, gate="brand", verdict=Verdict.APPROVE, digest=digest(client, eid)), "ben")
    if rng.random() < 0.15:
        client.do(c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text="and?", author="cy"), "ada")
    return client.do(c.Send(enquiry_id=eid, via=via), "ada") is not None


def digest(client: Client, eid: str) -> str:
    """The digest of the reply as a reviewer's screen shows it."""
    return client.read(lambda hub: hub.enquiry(eid)).drafts[-1].digest
