"""``hubconsole show`` for people: the whole enquiry on one page of plain text."""

from hubconsole.cli.output import local_time, safe, say, terminal_width
from hubconsole.cli.shapes import gates_of
from hubconsole.clock import age
from hubconsole.domain.terms import blocking
from hubconsole.domain.workflow.recipient import no_address
from hubconsole.hub.agreement import NO_AGREEMENT, NO_AGREEMENT_HINT
from hubconsole.store.rows import BoardRow, DraftRow, EnquiryView, ReviewRow, SendRow
from hubconsole.text import visible_text

_NEXT = {
    "new": ("claim {key}", "triage {key} engage", "draft {key} --text ..."),
    "working": ("draft {key} --text ...", "submit {key}"),
    "in_review": ("approve {key} --digest {digest}{confirm}", "return {key} --reason promise", "withdraw {key}"),
    "ready": ("send {key}", "withdraw {key}"),
    "sent": ("wait {key}", "resolve {key}", "close {key}"),
    "waiting_customer": ("resolve {key}", "close {key}"),
    "resolved": ("close {key}", "reopen {key}"),
    "closed": ("reopen {key}",),
}
_SIGNS = {"in": "<", "out": ">", "internal": "#"}


def print_enquiry(view: EnquiryView, hub_name: str, now: int, agrees: bool | None = None) -> None:
    """Print everything a person needs to know about one enquiry at ``now`` (ms, by the hub's clock).

    ``agrees`` is whether the digest follows from the words.
    """
    row = view.row
    _head(view, hub_name, now)
    _title("Conversation")
    for message in view.messages:
        where = "note" if message.direction == "internal" else message.visibility
        _words(f"{_SIGNS.get(message.direction, ' ')} {safe(message.author)}  {local_time(message.at)}  {where}", message.text)
    if view.drafts:
        _title("Drafts")
        for draft in view.drafts:
            _draft(draft, newest=draft.version == row.draft)
        if agrees is False:
            say(f"    ! {NO_AGREEMENT}")
            say(f"    ! {NO_AGREEMENT_HINT}")
    if view.reviews:
        _title("Reviews")
        for review in view.reviews:
            _review(review)
    if view.why:
        _title("Why")
        for sentence in view.why:
            say(f"  {safe(sentence)}")
    if view.sends:
        _title("Sends")
        for send in view.sends:
            _send(send)
    if view.others:
        _title("Same customer")
        say("  " + ", ".join(f"{other.key} ({other.state.replace('_', ' ')})" for other in view.others))
    _title("Next")
    for step in _steps(view):
        say(f"  hubconsole {step}")


def _head(view: EnquiryView, hub_name: str, now: int) -> None:
    row = view.row
    say(f"{row.key}  {row.state.replace('_', ' ').upper()}  P{row.priority}  {safe(row.channel)} {row.visibility}  {safe(hub_name)}")
    say(f"  customer  {safe(row.customer)}" + (f"  to {safe(view.recipient)}" if view.recipient != row.customer else ""))
    if no_address(row.channel, view.recipient):
        say("            no mail address: a reply can be sent by hand only")
    say(f"  owner     {safe(row.owner) or 'nobody'}{_claim(row, now)}")
    if row.waiting_since:
        say(f"  waits     {age(now - row.waiting_since)} (since {local_time(row.waiting_since)})")
    if row.due_at:
        say(f"  due       {local_time(row.due_at)}{'  OVERDUE' if row.due_at < now else ''}")
    if row.disposition:
        say(f"  triage    {row.disposition.replace('_', ' ')}")
    if row.snoozed_until > now:
        say(f"  asleep    until {local_time(row.snoozed_until)}")
    for gate in gates_of(row):
        say(f"  gate      {safe(gate['gate'])}: {gate['state'].replace('_', ' ')}")


def _claim(row: BoardRow, now: int) -> str:
    return f"; {safe(row.on_it)} is on it" if row.on_it and row.on_it_until > now else ""


def _title(text: str) -> None:
    say()
    say(f"{text} {'-' * max(4, min(72, terminal_width()) - len(text) - 1)}")


def _words(heading: str, text: str) -> None:
    say(f"  {heading}")
    for line in visible_text(text).split("\n"):
        say(f"    {line}")


def _draft(draft: DraftRow, *, newest: bool) -> None:
    authors = ", ".join(safe(name) for name in draft.contributors if name != draft.author)
    writers = f"{safe(draft.author)}{f' with {authors}' if authors else ''}"
    _words(f"v{draft.version} by {writers}  {local_time(draft.at)}{'  (newest)' if newest else ''}", draft.text)
    for flag in draft.flags.split():
        rule, _, severity = flag.rpartition(":")
        say(f"    ! {severity} {safe(rule)}")
    say(f"    digest {draft.digest}")


def _review(review: ReviewRow) -> None:
    verdict = f" {review.verdict.replace('_', ' ')} by {safe(review.decided_by)} {local_time(review.decided_at)}" if review.verdict else ""
    say(
        f"  {safe(review.gate)} v{review.version}: {review.state.replace('_', ' ')}{verdict}{'  (read afterwards)' if review.after else ''}"
    )
    for label, text in (("reason", review.reason), ("note", review.note), ("conditions", review.conditions), ("because", review.because)):
        if text:
            say(f"    {label}: {safe(text)}")
    if review.expires_at:
        say(f"    holds until {local_time(review.expires_at)}")


def _send(send: SendRow) -> None:
    asked = f"asked for by {safe(send.queued_by)} {local_time(send.queued_at)}"
    say(f"  v{send.version} by {safe(send.via)}: {send.state.replace('_', ' ')}, {asked}")
    if send.link:
        say(f"    at {safe(send.link)}" if "://" in send.link else f"    in {safe(send.link)} on the machine of the worker that had it")
    if send.reason:
        say(f"    {safe(send.reason)}")


def _steps(view: EnquiryView) -> list[str]:
    """What can be done next, as commands."""
    row = view.row
    newest = next((draft for draft in view.drafts if draft.version == row.draft), None)
    digest, flags = (newest.digest, newest.flags.split()) if newest else ("", [])
    confirm = "".join(f" --confirm {safe(rule)}" for rule in sorted(blocking(flags)))
    live = [send.state for send in view.sends if send.state in ("queued", "delivering", "handed_over", "in_doubt")]
    if "queued" in live:
        return [f"undo-send {row.key}"]
    if live:
        return [f"sent {row.key} --link URL", f"not-sent {row.key}"]
    if any(review.state == "suspended" for review in view.reviews) and row.state == "in_review":
        return [f"resume {row.key}", f"withdraw {row.key}"]
    return [step.format(key=row.key, digest=digest, confirm=confirm) for step in _NEXT.get(row.state, ())]
