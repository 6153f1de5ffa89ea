"""How the gate looks at a text: the rule packs' flags and the stricter checks for outgoing words, in one answer."""

from hubconsole.domain import flags, outgoing
from hubconsole.domain.policy import Policy


def check(text: str, channel: str, visibility: str) -> tuple[str, ...]:
    """``rule_id:severity`` words for a reply, each rule once, in order of where it was found."""
    found = [(flag.start, flag.rule, str(flag.severity)) for flag in flags.check(text, visibility=visibility, packs=(flags.core_pack(),))]
    found += [(problem.start, problem.id, "block") for problem in outgoing.problems(text)]
    words: dict[str, str] = {}
    for _, rule, severity in sorted(found):
        words.setdefault(rule, severity)
    return tuple(f"{rule}:{severity}" for rule, severity in words.items())


def measure(policy: Policy, text: str, channel: str, visibility: str) -> tuple[int, int | None]:
    """Length of a reply as its channel counts, and the limit: the policy's, or else the channel's own."""
    own = dict(policy.limits).get(channel)
    return outgoing.length(text, channel), own if own is not None else outgoing.limit(channel, visibility)
