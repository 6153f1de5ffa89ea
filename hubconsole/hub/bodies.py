"""The bodies that the hub API asks for and answers with, beside what the port already names.

Both sides use them: the hub describes its API by them, a console far away reads and writes them (:mod:`hubconsole.hub.wire`).
Times are milliseconds since the Unix epoch (UTC).
"""

from __future__ import annotations

from typing import NamedTuple

from hubconsole.domain.command import Command
from hubconsole.hub.door_bodies import DeviceAnswer as DeviceAnswer
from hubconsole.hub.door_bodies import DeviceAsk as DeviceAsk
from hubconsole.hub.door_bodies import DeviceCode as DeviceCode
from hubconsole.hub.door_bodies import DeviceOutcome as DeviceOutcome
from hubconsole.hub.door_bodies import DevicePolling as DevicePolling
from hubconsole.hub.door_bodies import DeviceWaiting as DeviceWaiting
from hubconsole.hub.door_bodies import NewToken as NewToken
from hubconsole.hub.door_bodies import ProviderLogin as ProviderLogin
from hubconsole.hub.door_bodies import Rotation as Rotation
from hubconsole.hub.door_bodies import TokenIssued as TokenIssued
from hubconsole.hub.door_bodies import Tokens as Tokens
from hubconsole.hub.door_bodies import WaysIn as WaysIn
from hubconsole.hub.ends import End
from hubconsole.hub.port import HubInfo, JournalEntry, Viewer
from hubconsole.hub.wire import WireRow
from hubconsole.store.rows import (
    BoardRow,
    Count,
    DraftRow,
    DueRow,
    MemberRow,
    MessageRow,
    OutgoingRow,
    ReviewRow,
    SendRow,
)


class Order(NamedTuple):
    """Body of ``POST /v1/commands``, and one part of a batch."""

    command: Command
    command_id: str | None = None
    """A UUIDv7 of the caller's: what was written under it is written once. None: the hub makes one."""
    seen: int | None = None
    """The enquiry's version that the person was looking at."""
    fence: tuple[str, int] | None = None
    """Name and fencing token of the lease under which a worker acts; refused with other scopes."""
    via: str = "api"
    """The door: ``api``, ``cli``, ``tui``... ; with the scope ``worker`` it is always ``worker``."""


class OrderBatch(NamedTuple):
    """Body of ``POST /v1/commands/batch``: each is carried out on its own merits."""

    commands: tuple[Order, ...]
    """1 to 256."""


class Done(NamedTuple):
    """The answer to a command: a receipt, and the row as it stands now."""

    command_id: str
    enquiry_id: str
    key: str
    events: tuple[str, ...]
    seq: int
    state: str
    version: int
    repeated: bool
    row: WireRow | None = None
    """None for commands about the hub, in batches, and for tokens that may not read."""


class ProblemDetails(NamedTuple):
    """Every error's body (RFC 9457), as ``application/problem+json``."""

    type: str
    """``urn:hubconsole:problem:`` and the code."""
    title: str
    status: int
    detail: str
    """What happened, to what, and why."""
    code: str
    """A stable word for programs."""
    hint: str
    """What to do next; may be empty."""
    family: str
    """``usage``, ``refused``, ``conflict`` or ``unreachable``."""


class ConflictDetails(NamedTuple):
    """The body of a conflict: who was first, and what stands now."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    family: str
    winner: str
    """Who was first; may be empty."""
    at: int
    """When; 0 where that is not known."""
    version: int
    """The enquiry's version now; 0 where that is not known."""
    current: WireRow | None = None
    """The enquiry's row now, where it is about one and the token may read it."""


class BatchDone(NamedTuple):
    """Answer of ``POST /v1/commands/batch``: for each command in order what it came to, or why it was not carried out."""

    answers: tuple[Done | ProblemDetails, ...]


class HubNow(NamedTuple):
    """Answer of ``GET /v1/hub``: :class:`HubInfo` (``location`` is empty) and the hub's time."""

    id: str
    name: str
    location: str
    seq: int
    policy_name: str
    tiny_team: bool
    shift: str
    shift_lead: str
    shift_since: int
    time: int
    moved: bool = False


class Counted(NamedTuple):
    """Answer of ``GET /v1/counts``."""

    seq: int
    counts: tuple[Count, ...]
    oldest_wait: int | None
    """Since when the enquiry that has waited longest for the hub has waited; None when none waits."""


class PolicyNow(NamedTuple):
    """Answer of ``GET /v1/policy``."""

    text: str
    """The policy in force, as TOML."""
    version: str
    name: str


class WirePage(NamedTuple):
    """Answer of ``GET /v1/enquiries``."""

    rows: tuple[WireRow, ...]
    more: bool
    """Whether there are further rows in the direction asked for."""
    seq: int
    """The journal's end when the rows were read, or earlier."""


class Rows(NamedTuple):
    """Answer of the search and of the look-up by id."""

    rows: tuple[WireRow, ...]


class Ids(NamedTuple):
    """Body of ``POST /v1/enquiries/lookup``."""

    ids: tuple[str, ...]


class Number(NamedTuple):
    """Answer of ``GET /v1/enquiries/total`` and ``/position``."""

    n: int


class Members(NamedTuple):
    """Answer of ``GET /v1/members``, active ones first, by name."""

    members: tuple[MemberRow, ...]


class Messages(NamedTuple):
    """Answer of ``GET /v1/enquiries/{key}/messages``."""

    messages: tuple[MessageRow, ...]


class Drafts(NamedTuple):
    """Answer of ``GET /v1/enquiries/{key}/drafts``."""

    drafts: tuple[DraftRow, ...]


class Reviews(NamedTuple):
    """Answer of ``GET /v1/enquiries/{key}/reviews``; ``/decisions`` gives those that are decided."""

    reviews: tuple[ReviewRow, ...]


class Sends(NamedTuple):
    """Answer of ``GET /v1/enquiries/{key}/sends``."""

    sends: tuple[SendRow, ...]


class Journal(NamedTuple):
    """Answer of ``GET /v1/journal`` and ``/v1/enquiries/{key}/journal``."""

    entries: tuple[JournalEntry, ...]
    more: bool
    """Whether there are further events after the last one here."""


class KnownAsk(NamedTuple):
    """Body of ``POST /v1/known``."""

    channel: str
    external_ids: tuple[str, ...]


class Known(NamedTuple):
    """Answer of ``POST /v1/known``: the external ids already taken in, with the id of their enquiry."""

    known: dict[str, str]


class Settings(NamedTuple):
    """Answer of ``GET /v1/settings/{kind}``."""

    settings: dict[str, str]


class Viewers(NamedTuple):
    """Answer of ``GET /v1/viewers``, and the data of the feed's event ``presence``."""

    viewers: tuple[Viewer, ...]


class Look(NamedTuple):
    """Body of ``PUT /v1/viewers/{session}``."""

    enquiry_id: str
    """Empty: nothing is open."""
    doing: str = "viewing"
    """``viewing`` or ``typing``."""


class Snapshot(NamedTuple):
    """Answer of ``GET /v1/snapshot``: one state of the hub, to follow on from with the feed."""

    seq: int
    time: int
    info: HubInfo
    members: tuple[MemberRow, ...]
    counts: tuple[Count, ...]
    oldest_wait: int | None
    rows: tuple[WireRow, ...]
    """All open rows in queue order, snoozed ones too."""
    whole: bool
    """False when there are more open rows than one snapshot carries."""


class Moved(NamedTuple):
    """Answer of ``GET /v1/changes`` without a stream: what moved after a place in the journal."""

    seq: int
    enquiry_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    hub_changed: bool
    rows: tuple[WireRow, ...]
    """The present rows of the enquiries, at most 500."""
    counts: tuple[Count, ...]


class Frame(NamedTuple):
    """Data of the feed's event ``changes``; the event's id is ``seq``."""

    seq: int
    """Place of the last event in it."""
    events: tuple[tuple[int, str, str, str, int], ...]
    """Each event's seq, kind, enquiry id (empty for the hub's own), actor and time, in order and without gaps."""
    rows: tuple[WireRow, ...]
    """The rows that moved, as they are now (or newer)."""
    counts: tuple[Count, ...]
    oldest_wait: int | None
    hub_changed: bool
    """Members, policy, settings, tokens or the shift changed."""


class Head(NamedTuple):
    """Answer of ``GET /v1/audit/head``, and body of ``POST /v1/audit/verification``."""

    head: str
    """The signed head, one line of text."""


class JournalEnd(NamedTuple):
    """Answer of ``GET /v1/transfer``, and of a waiting server to a journal."""

    end: End | None
    """Where the journal ends; None while the server waits for a hub to arrive."""
    hash: str
    """The hash of the event that was asked for; empty where there is none."""
    closed: bool
    """Whether the hub has moved away from here: only then does its journal go out."""


class Well(NamedTuple):
    """Answer of ``GET /healthz``."""

    ok: bool


class Ready(NamedTuple):
    """Answer of ``GET /readyz``."""

    ok: bool
    standby: bool = False
    """Whether the server reads from a standby of the database."""
    behind: float = 0.0
    """How many seconds old the newest write is that the standby has, while it knows of newer ones."""


class Due(NamedTuple):
    """Answer of ``GET /v1/worker/due``."""

    sends: tuple[DueRow, ...]


class Outgoing(NamedTuple):
    """Answer of ``GET /v1/worker/outgoing/{send_id}``."""

    outgoing: OutgoingRow


class Overtaken(NamedTuple):
    """Answer of ``GET /v1/worker/overtaken/{send_id}``: why it must not be delivered anew; empty when nothing forbids it."""

    why: str


class Expiring(NamedTuple):
    """Answer of ``GET /v1/worker/expiring``."""

    ids: tuple[str, ...]


class LeaseAsk(NamedTuple):
    """Body of ``PUT /v1/worker/leases/{name}``."""

    holder: str
    ttl: int
    """Milliseconds; 0 lets go."""


class Lease(NamedTuple):
    """Answer of ``PUT /v1/worker/leases/{name}``."""

    token: int | None
    """The fencing token; None while another holds the lease."""


def flat_row(row: BoardRow, function: str) -> WireRow:
    """A board row as it travels."""
    from hubconsole.domain.terms import OPEN_STATES

    return WireRow(row, function, row.state in OPEN_STATES)
