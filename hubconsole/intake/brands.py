"""Which authors are ourselves: told by name, or guessed from who answers whom."""

from collections import Counter
from collections.abc import Iterable

from hubconsole.intake.records import Incoming

_CUSTOMERS = 3
"""Whoever answers at least this many different people..."""
_SHARE = 0.6
"""...with at least this share of their messages is taken for ourselves."""


def is_brand(record: Incoming, brand: frozenset[str]) -> bool:
    """Whether the author is one of ``brand`` (case-folded names, handles, addresses, or domains of mail addresses)."""
    for name in (record.handle, record.author):
        folded = name.lstrip("@").casefold()
        if folded in brand or ("@" in folded and folded.rpartition("@")[2] in brand):
            return True
    return False


def answering(answers: Iterable[tuple[int, int]], authors: Iterable[int], people: int) -> set[int]:
    """The people (by number) who answer many others.

    ``answers`` are pairs (who answers, whom), ``authors`` the writer of each message, ``people`` how many there are.
    """
    answered: list[set[int]] = [set() for _ in range(people)]
    count: Counter[int] = Counter()
    for who, whom in answers:
        if who != whom:
            answered[who].add(whom)
            count[who] += 1
    written = Counter(authors)
    found = {who for who in range(people) if len(answered[who]) >= _CUSTOMERS and count[who] >= _SHARE * written[who]}
    # a customer who complains to many brands answers many too, but each of those answers more people than she does
    return {
        who for who in found if 2 * sum(len(answered[other]) > len(answered[who]) for other in answered[who] & found) < len(answered[who])
    }


def written_to(authors: Iterable[int], accounts: Iterable[int]) -> set[int]:
    """The account (by number) that three or more people wrote to, with at least half of all messages; -1 is none."""
    writers: dict[int, set[int]] = {}
    count: Counter[int] = Counter()
    for author, account in zip(authors, accounts, strict=True):
        count[account] += 1
        writers.setdefault(account, set()).add(author)
    half = sum(count.values())
    return {account for account, found in writers.items() if account >= 0 and len(found) >= _CUSTOMERS and 2 * count[account] >= half}
