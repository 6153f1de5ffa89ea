"""The reviewer's verbs: approve, amend, return, reject, not-required, revoke, ask."""

from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb
from hubconsole.domain.terms import CONDITIONS, RETURN_REASONS, Verdict
from hubconsole.errors import Refused, UsageProblem

if TYPE_CHECKING:
    from hubconsole.store.rows import EnquiryView, ReviewRow

app = typer.Typer()

Gate = Annotated[str, typer.Option("--gate", metavar="GATE", help="Which gate; default: the waiting one that your function decides.")]
Note = Annotated[str, typer.Option("--note", help="A word to the author.")]
Digest = Annotated[str, typer.Option("--digest", metavar="SHA256", help="The full digest of the reply that you read (see show).")]
LiveDigest = Annotated[str, typer.Option("--digest", metavar="SHA256", help="The digest you read; default: the reply as it stands.")]
Confirm = Annotated[list[str] | None, typer.Option("--confirm", metavar="FLAG", help="Confirm a blocking flag by its id (repeatable).")]


@verb(app, "approve", acts=True)
def approve(
    session: Session,
    key: Key,
    digest: Digest,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="WORD", help=f"Tie it to {', '.join(CONDITIONS)} (repeatable; word:value where needed)."),
    ] = None,
    note: Note = "",
    confirm: Confirm = None,
    gate: Gate = "",
) -> None:
    """Approve exactly the reply with this digest."""
    verdict = Verdict.APPROVE_WITH_CONDITIONS if condition else Verdict.APPROVE
    _decide(session, key, verdict, gate, digest, note=note, conditions=condition, confirm=confirm, done="is approved")


@verb(app, "amend", acts=True)
def amend(
    session: Session,
    key: Key,
    digest: Digest,
    text: Annotated[str, typer.Option("--text", help="The amended words.")] = "",
    file: Annotated[str, typer.Option("--file", metavar="FILE", help="Take them from a file; '-' is standard input.")] = "",
    note: Note = "",
    confirm: Confirm = None,
    gate: Gate = "",
) -> None:
    """Change the words of the reply with this digest. The policy says how far that approves them."""
    from hubconsole.cli.drafting import words_of

    _decide(session, key, Verdict.AMEND, gate, digest, note=note, text=words_of(session, text, file), confirm=confirm, done="is amended")


@verb(app, "return", acts=True)
def return_(
    session: Session,
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help=f"{', '.join(RETURN_REASONS)}, or your own words.")],
    note: Note = "",
    digest: LiveDigest = "",
    gate: Gate = "",
) -> None:
    """Give the reply back to its author, with the reason."""
    _decide(session, key, Verdict.RETURN, gate, digest, reason=reason, note=note, done="is returned to its author")


@verb(app, "reject", acts=True)
def reject(
    session: Session,
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help=f"{', '.join(RETURN_REASONS)}, or your own words.")],
    note: Note = "",
    digest: LiveDigest = "",
    gate: Gate = "",
) -> None:
    """Refuse these words for good, with the reason."""
    _decide(session, key, Verdict.REJECT, gate, digest, reason=reason, note=note, done="is rejected")


@verb(app, "not-required", acts=True)
def not_required(session: Session, key: Key, digest: Digest, note: Note = "", gate: Gate = "") -> None:
    """Say that this reply does not need your gate."""
    _decide(session, key, Verdict.NOT_REQUIRED, gate, digest, note=note, done="needs no such review")


@verb(app, "revoke", acts=True)
def revoke(
    session: Session,
    key: Key,
    gate: Annotated[str, typer.Option("--gate", metavar="GATE", help="Which gate; default: the approved one that is yours.")] = "",
    digest: Annotated[str, typer.Option("--digest", metavar="SHA256", help="The digest you read; default: the approved one.")] = "",
    reason: Annotated[str, typer.Option("--reason", help=f"Why: {', '.join(RETURN_REASONS)}, or your own words.")] = "",
) -> None:
    """Take an approval back before the reply has left; the review waits again."""
    from hubconsole.domain.commands import Revoke

    view = session.view(key)
    gate = _approved_gate(session, view, gate)
    live = next((review.digest for review in _approvals(view) if review.gate == gate), "")
    session.act(Revoke(enquiry_id=view.row.id, gate=gate, digest=digest.strip() or live, reason=reason), "is no longer approved")


def _approvals(view: "EnquiryView") -> "list[ReviewRow]":
    """The approvals of the newest version that stand."""
    approving = ("approve", "approve_with_conditions", "amend", "not_required")
    newest = [review for review in view.reviews if review.version == view.row.draft and not review.after]
    return [review for review in newest if review.state == "decided" and review.verdict in approving]


def _approved_gate(session: Session, view: "EnquiryView", said: str) -> str:
    """The gate whose approval is meant: as said, or the one that the member gave or decides; for others, the only one.

    Without any it is the gate as for a decision, so that the hub itself can say what is wrong.
    Raises UsageProblem ``gate`` when it could be several.
    """
    given = _approvals(view)
    if said or not given:
        return gate_for(session, view, said)
    decides = {gate for gate, function in session.hub.policy().gates if function in _functions(session)}
    mine = [review.gate for review in given if review.decided_by == session.member or review.gate in decides]
    found = mine or [review.gate for review in given]
    if len(found) > 1:
        raise UsageProblem("gate", f"{view.row.key} has several approvals: {', '.join(found)}.", "Name one with --gate.")
    return found[0]


def _functions(session: Session) -> tuple[str, ...]:
    return {member.name: member.functions for member in session.hub.members()}.get(session.member, ())


@verb(app, "ask", acts=True)
def ask(
    session: Session,
    key: Key,
    text: Annotated[str, typer.Option("--text", help="The question to the author.")],
    gate: Gate = "",
) -> None:
    """Ask the author something; the review stays yours."""
    from hubconsole.domain.commands import AskAuthor

    view = session.view(key)
    session.act(AskAuthor(enquiry_id=view.row.id, gate=gate_for(session, view, gate), text=text), "has a question for its author")


def gate_for(session: Session, view: "EnquiryView", said: str) -> str:
    """The gate meant: as said, or the waiting one that the member's functions decide.

    Without a waiting one it is the first gate that the functions decide, so that the hub itself can say what is wrong.
    Raises UsageProblem ``gate`` when two wait.
    """
    if said:
        return said
    policy = session.hub.policy()
    functions = _functions(session)
    mine = [gate for gate, function in policy.gates if function in functions]
    waiting = {review.gate for review in view.reviews if review.state in ("requested", "opened", "suspended")}
    fitting = [gate for gate in mine if gate in waiting]
    if len(fitting) > 1:
        raise UsageProblem("gate", f"{view.row.key} waits at several of your gates: {', '.join(fitting)}.", "Name one with --gate.")
    candidates = fitting or [gate for gate, _ in policy.gates if gate in waiting] or mine or [gate for gate, _ in policy.gates]
    if not candidates:
        raise UsageProblem("gate", "The policy in force has no gates.", "See: hubconsole policy show")
    return candidates[0]


def _condition(session: Session, text: str) -> str:
    """A condition as the hub takes it: the time of ``valid_until`` in milliseconds."""
    name, colon, value = text.strip().partition(":")
    if name != "valid_until" or not colon or value.isdecimal():
        return text.strip()
    from hubconsole.cli.times import valid_until

    return f"{name}:{valid_until(value, session.now())}"


def _decide(
    session: Session,
    key: str,
    verdict: Verdict,
    gate: str,
    digest: str,
    *,
    done: str,
    reason: str = "",
    note: str = "",
    conditions: list[str] | None = None,
    text: str = "",
    confirm: list[str] | None = None,
) -> None:
    from hubconsole.cli.drafting import newest_draft
    from hubconsole.domain.commands import Decide
    from hubconsole.domain.enquiry import APPROVING
    from hubconsole.hub.agreement import NO_AGREEMENT, NO_AGREEMENT_HINT, agrees

    view = session.view(key)
    if verdict in APPROVING and not digest.strip():
        raise UsageProblem(
            "no_digest",
            f"The digest is empty, so nothing of {view.row.key} was decided.",
            f"Read the reply and give the digest that stands with it: hubconsole show {view.row.key}.",
        )
    if verdict in APPROVING and agrees(view, session.hub.policy()) is False:
        raise Refused("tables_differ", NO_AGREEMENT, NO_AGREEMENT_HINT)
    session.act(
        Decide(
            enquiry_id=view.row.id,
            gate=gate_for(session, view, gate),
            verdict=verdict,
            digest=digest.strip() or newest_draft(view).digest,
            reason=reason,
            note=note,
            conditions=tuple(_condition(session, one) for one in conditions or ()),
            text=text,
            confirm=tuple(confirm or ()),
        ),
        done,
    )
