"""The board row of an enquiry: a pure function of its state and of the policy in force when it last moved."""

from functools import lru_cache

from hubconsole.domain.enquiry import Enquiry, Review
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import OPEN_STATES, Function, ReviewState, State
from hubconsole.store.engine import Connection
from hubconsole.store.rows import RESTING

Row = tuple[str | int | None, ...]
"""The values of a board row, in the order of COLUMNS."""

COLUMNS = (
    "number", "state", "open", "function", "channel", "visibility", "customer", "words", "priority", "owner", "gates", "flags",
    "on_it", "on_it_until", "due_at", "waiting_since", "received_at", "updated_at", "snoozed_until", "disposition", "draft",
    "last_author", "reopened", "rank", "version", "account", "recipient", "handle", "in_reply_to", "thread", "subject",
)  # fmt: skip
"""What the projection writes, in order; ``hub_id`` and ``id`` stand before."""

_PLACES = range(len(COLUMNS))
_STATE, _FUNCTION = COLUMNS.index("state"), COLUMNS.index("function")
_INSERT = f"INSERT INTO enquiry (hub_id, id, {', '.join(COLUMNS)}) VALUES (?, ?{', ?' * len(COLUMNS)})"
_STORED = f"SELECT {', '.join(COLUMNS)} FROM enquiry WHERE hub_id = ? AND id = ?"
_TALLY = (
    "INSERT INTO tally (hub_id, state, function, n) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (hub_id, state, function) DO UPDATE SET n = tally.n + excluded.n"
)


def stored_row(conn: Connection, hub_id: str, enquiry_id: str) -> Row | None:
    """The board row as the store holds it."""
    row: Row | None = conn.execute(_STORED, (hub_id, enquiry_id)).fetchone()
    return row


def project_enquiry(conn: Connection, hub_id: str, stored: Row | None, after: Enquiry, policy: Policy, at: int) -> Row:
    """Write the board row of ``after`` and return it; only the columns that differ from what the store holds are touched.

    The stored row, not one made anew from an earlier state, is what the counts go by: it was written under the policy of its time.
    """
    new = row_of(after, policy, at)
    state, function = str(new[_STATE]), str(new[_FUNCTION])
    if stored is None:
        conn.execute(_INSERT, (hub_id, after.id, *new))
        tally(conn, hub_id, state, function, 1)
        return new
    moved = tuple(place for place in _PLACES if new[place] != stored[place])
    conn.execute(_update(moved), (*(new[place] for place in moved), hub_id, after.id))
    was, was_with = stored[_STATE], stored[_FUNCTION]
    if was != state or was_with != function:
        tally(conn, hub_id, str(was), str(was_with), -1)
        tally(conn, hub_id, state, function, 1)
    return new


@lru_cache(512)
def _update(moved: tuple[int, ...]) -> str:
    return f"UPDATE enquiry SET {', '.join(f'{COLUMNS[place]} = ?' for place in moved)} WHERE hub_id = ? AND id = ?"


def tally(conn: Connection, hub_id: str, state: str, function: str, by: int) -> None:
    """Move a kept count."""
    conn.execute(_TALLY, (hub_id, state, function, by))


LONGEST = 500
"""Characters of a customer's name that a row of the board keeps: every console holds every row. The journal has it whole."""


def row_of(s: Enquiry, policy: Policy, at: int) -> Row:
    """The board row of an enquiry; ``at`` is when it last moved (ms)."""
    due = _due(s, policy)
    draft, customer = s.draft, s.customer[:LONGEST]
    return (
        s.number, s.state.value, int(s.state in OPEN_STATES), whose_move(s, policy), s.channel, s.visibility.value, customer, s.words,
        s.priority, s.owner, _gates(s, policy), " ".join(draft.flags) if draft else "", s.claimed_by, s.claimed_until, due,
        s.submitted_at if s.state is State.IN_REVIEW else s.waiting_since, s.received_at, at, s.snoozed_until,
        s.disposition.value if s.disposition else "", draft.version if draft else 0, draft.author if draft else "", s.reopened,
        _rank(s, due, policy), s.version, s.account, s.recipient, s.recipient, s.last_in, s.thread, s.subject,
    )  # fmt: skip


def whose_move(s: Enquiry, policy: Policy) -> str:
    """The function that holds the ball; ``customer`` while we wait for them, empty when it is put away."""
    if s.state in (State.RESOLVED, State.CLOSED):
        return ""
    if s.state in (State.SENT, State.WAITING_CUSTOMER):
        return "customer"
    if s.state is State.IN_REVIEW:
        waiting = next((r for r in s.current_reviews() if r.pending or r.state is ReviewState.SUSPENDED), None)
        function = policy.decides(waiting.gate) if waiting else None
        if function:
            return function.value
    return s.owner_function or Function.SERVICE.value


def _gates(s: Enquiry, policy: Policy) -> str:
    order = {gate: place for place, (gate, _) in enumerate(policy.gates)}
    reviews = sorted(s.reviews, key=lambda r: (r.after, order.get(r.gate, len(order))))
    return " ".join(f"{r.gate}:{gate_word(r)}" for r in reviews)


def gate_word(review: Review) -> str:
    """A review in one word: its state, or what was decided (``accepting`` while the author has yet to accept)."""
    if review.state is ReviewState.DECIDED and review.verdict:
        return "accepting" if review.acceptance else review.verdict.value
    return review.state.value


def _due(s: Enquiry, policy: Policy) -> int | None:
    if s.state not in OPEN_STATES or s.waiting_since is None:
        return None
    targets = policy.next_reply if s.replied else policy.first_reply
    return s.waiting_since + targets[s.priority - 1]


def _rank(s: Enquiry, due: int | None, policy: Policy) -> int:
    """Open ones by when they are due; what rests, newest first.

    Reviews stand among the others by one common target, whatever their priority: so that among themselves the
    longest wait always comes first.
    """
    if s.state is State.IN_REVIEW:
        return s.submitted_at + policy.decision[1]
    if s.state in OPEN_STATES:
        return due if due is not None else s.taken_in_at
    return RESTING - s.rested_at
