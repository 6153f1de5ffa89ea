"""Events in words, for the trail, toasts and conflicts. What is said never contains a customer's text."""

from collections.abc import Callable, Mapping
from typing import Any

from hubconsole.clock import iso

Body = Mapping[str, Any]


def describe(kind: str, body: Body) -> str:
    """What happened, as the rest of a sentence that begins with who did it. Unknown kinds are named as they are."""
    teller = _TELLERS.get(kind)
    return teller(body) if teller else kind.replace(".", " ").replace("_", " ")


def _plain(words: str) -> Callable[[Body], str]:
    return lambda body: words


def _with(words: str, field: str) -> Callable[[Body], str]:
    return lambda body: f"{words} {str(body[field]).replace('_', ' ')}" if body.get(field) else words


def _message(body: Body) -> str:
    return "recorded a reply that left by another door" if body.get("direction") == "out" else "took in another message of the customer"


def _triaged(body: Body) -> str:
    reason = f" ({str(body['reason']).replace('_', ' ')})" if body.get("reason") else ""
    return f"triaged it: {str(body.get('disposition', '')).replace('_', ' ')}{reason}" if body else "triaged it"


def _claimed(body: Body) -> str:
    return f"took it over from {body['from_whom']}" if body.get("from_whom") else "is on it"


def _assigned(body: Body) -> str:
    return f"gave it to {body['owner']}" if body.get("owner") else "left it without an owner" if body else "changed its owner"


def _snoozed(body: Body) -> str:
    return "ended the snooze" if body.get("until") == 0 else "snoozed it"


def _priority(body: Body) -> str:
    return f"set P{body['priority']} (was P{body['before']})" if body else "changed its priority"


def _saved(body: Body) -> str:
    return f"saved version {body['version']}" if body else "saved a version of the reply"


def _submitted(body: Body) -> str:
    return f"submitted version {body['version']}" if body else "submitted the reply"


def _requested(body: Body) -> str:
    return (
        f"asked {body['gate']}{' for a look afterwards' if body.get('after') else ''} about version {body['version']}" if body else "asked"
    )


_VERDICTS = {
    "approve": "approved", "approve_with_conditions": "approved with conditions", "amend": "amended and approved",
    "return": "returned", "reject": "rejected", "not_required": "found no review needed for",
}  # fmt: skip


def _decided(body: Body) -> str:
    if not body:
        return "decided the review"
    verdict = str(body["verdict"])
    said = f"{_VERDICTS.get(verdict, verdict)} version {body['version']} ({body['gate']})"
    if body.get("acceptance"):
        said = f"amended version {body['version']}; {body['acceptance']} is to accept it"
    if body.get("conditions"):
        said += f", only {', '.join(_condition(str(condition)) for condition in body['conditions'])}"
    if body.get("reason"):
        said += f": {str(body['reason']).replace('_', ' ')}"
    return said if body.get("four_eyes", True) else f"{said} (own words; tiny team)"


def _revoked(body: Body) -> str:
    if not body:
        return "took an approval back"
    reason = f": {str(body['reason']).replace('_', ' ')}" if body.get("reason") else ""
    return f"took back the approval of version {body['version']} ({body['gate']}){reason}"


def _condition(condition: str) -> str:
    word, _, value = condition.partition(":")
    if word == "valid_until" and value.isdecimal():
        value = (iso(int(value)) or "")[:16].replace("T", " ") + " UTC"
    words = {"dm_only": "by DM", "add_link": "with the link", "valid_until": "until", "this_reply_only": "for this reply"}
    return f"{words.get(word, word.replace('_', ' '))} {value}".strip()


def _because(words: str) -> Callable[[Body], str]:
    return lambda body: f"{words}: {body['because']}" if body.get("because") else words


def _queued(body: Body) -> str:
    ways = {"manual": "by hand", "outbox": "through the outbox"}
    via = str(body.get("via", ""))
    return f"queued it to go out {ways.get(via, f'by {via}')}".replace("_", " ") if via else "queued it to go out"


def _finished(body: Body) -> str:
    outcome = {"delivered": "sent it", "failed": "could not send it", "in_doubt": "does not know whether it went out"}
    said = outcome.get(str(body.get("outcome")), "finished sending")
    return f"{said}: {body['reason']}" if body.get("reason") else said


def _added(body: Body) -> str:
    functions = ", ".join(str(function) for function in body.get("functions", ()))
    return f"made {body['name']} a member: {functions}" if body.get("name") else "changed the members"


def _shift(body: Body) -> str:
    return f"started the shift {body['name']}, led by {body['lead']}" if body.get("name") else "started a shift"


def _token(body: Body) -> str:
    return f"issued a token for {body['member']} ({body['scope']}): {body['label']}" if body.get("member") else "issued a token"


def _token_revoked(body: Body) -> str:
    reason = f" ({body['reason']})" if body.get("reason") else ""
    return f"revoked a token of {body['member']}{reason}: {body['label']}" if body.get("member") else "revoked a token"


_TELLERS: dict[str, Callable[[Body], str]] = {
    "enquiry.received": _plain("took it in"),
    "message.recorded": _message,
    "note.added": _plain("noted something"),
    "recipient.set": _plain("changed where replies go"),
    "enquiry.triaged": _triaged,
    "enquiry.claimed": _claimed,
    "enquiry.released": _plain("let go of it"),
    "enquiry.assigned": _assigned,
    "enquiry.prioritised": _priority,
    "enquiry.snoozed": _snoozed,
    "draft.saved": _saved,
    "draft.submitted": _submitted,
    "draft.withdrawn": _plain("withdrew the reply"),
    "review.requested": _requested,
    "review.opened": _plain("opened the review"),
    "review.decided": _decided,
    "review.revoked": _revoked,
    "amendment.accepted": _plain("accepted the amended words"),
    "author.asked": _plain("asked the author"),
    "review.suspended": _because("suspended the review"),
    "review.withdrawn": _because("made the review void"),
    "review.expired": _plain("let the approval run out"),
    "reply.redirected": _with("made the reply", "visibility"),
    "reply.readied": _plain("made it ready to send"),
    "reply.returned": _because("gave the reply back"),
    "send.queued": _queued,
    "send.cancelled": _because("took the send back"),
    "send.claimed": _plain("is delivering it"),
    "send.blocked": _because("blocked the send"),
    "send.handed_over": _plain("handed it over to be published"),
    "send.finished": _finished,
    "customer.awaited": _plain("waits for the customer"),
    "enquiry.resolved": _plain("resolved it"),
    "enquiry.closed": _because("closed it"),
    "enquiry.reopened": _because("reopened it"),
    "hub.created": _with("created the hub", "name"),
    "member.added": _added,
    "member.removed": _with("removed the member", "name"),
    "policy.adopted": _with("put in force the policy", "name"),
    "setting.saved": _with("saved the", "setting"),
    "shift.started": _shift,
    "shift.ended": _with("ended the shift", "name"),
    "token.issued": _token,
    "token.revoked": _token_revoked,
    "hub.moved": _with("moved the hub to", "to"),
    "hub.arrived": _with("went on with the hub in", "place"),
    "outbox.shut": _with("shut the outbox:", "reason"),
    "outbox.opened": _plain("opened the outbox"),
}


def tells(kind: str) -> bool:
    """Whether there are words for this kind of event."""
    return kind in _TELLERS
