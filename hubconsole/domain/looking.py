"""How the gate looks at a reply: what is flagged in it, and whether it fits its channel."""

from hubconsole.domain import flags, outgoing
from hubconsole.domain.channel_names import folded
from hubconsole.domain.policy import Policy


def check(text: str, channel: str, visibility: str) -> tuple[str, ...]:
    """``rule_id:severity`` words for a reply, sorted; a rule that finds several things is named once."""
    return flags.flag_words(text, channel, visibility)


def measure(policy: Policy, text: str, channel: str, visibility: str) -> tuple[int, int | None]:
    """Length of a reply as its channel counts, and the limit: the policy's, or else the channel's own."""
    own = next((most for name, most in policy.limits if folded(name) == folded(channel)), None)
    return outgoing.length(text, channel), own if own is not None else outgoing.limit(channel, visibility)
