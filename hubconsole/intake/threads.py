"""Messages grouped into conversations by their reply ids, whichever way round the file gives them."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from hubconsole.domain.terms import Direction
from hubconsole.intake.brands import answering, is_brand, written_to
from hubconsole.intake.records import Incoming, Reject
from hubconsole.intake.spool import Spool

_NEVER = (1 << 63) - 1
_WAYS: tuple[Direction | None, ...] = (None, Direction.IN, Direction.OUT)

Known = Callable[[str, Sequence[str]], dict[str, str]]
"""A channel and external ids, to the id of the enquiry that has each of them already (``Hub.known``)."""


class Message(NamedTuple):
    """One message of a conversation, with what the file left open filled in."""

    record: Incoming
    external_id: str
    direction: Direction


class Again(Enum):
    """What a message is to the one that the hub has under its id."""

    SAME = "same"
    EDITED = "edited"
    """Other words of the same author: it cannot be taken in, and what answers it belongs to the same enquiry."""
    ANOTHERS = "anothers"
    """By somebody else: it cannot be taken in, and what answers it belongs elsewhere."""


Compare = Callable[[str, Sequence[Message]], Sequence[Again]]
"""The id of an enquiry and messages whose ids it has, to what each of them is to the one that it has."""


class Conversation(NamedTuple):
    """Messages that belong together, oldest first."""

    channel: str
    messages: tuple[Message, ...]
    """Those that the hub does not have."""
    enquiry_id: str
    """The enquiry that already holds part of it, or empty."""
    missing: str
    """External id of the message that the first one answers when nobody has it, or empty."""


class Threads:
    """Collects messages, then hands them back as conversations.

    Texts wait in a spool; ids, times and links stay in memory (about 500 bytes a message).
    """

    def __init__(self, brand: Sequence[str] = ()) -> None:
        """``brand`` lists our own names, handles, addresses or mail domains; without any they are guessed."""
        self._brand = frozenset(name.strip().lstrip("@").casefold() for name in brand if name.strip())
        self._spool = Spool()
        self._channels: dict[str, dict[str, int]] = {}
        self._parents = array("q")
        self._owner = array("q")
        self._nodes = array("q")
        self._targets = array("q")
        self._authors = array("q")
        self._accounts = array("q")
        self._people: dict[str, int] = {}
        self._ways = array("b")
        self._times = array("q")
        self._repeats: dict[bytes, int] = {}
        self.skipped = 0

    def __len__(self) -> int:
        return len(self._spool)

    def add(self, record: Incoming, channel: str) -> Reject | None:
        """Take a message in; a message that is there already counts as skipped, one that contradicts it is a reject."""
        external_id = record.external_id or self._content_id(channel, record)
        if not external_id:
            self.skipped += 1
            return None
        ids = self._channels.setdefault(channel, {})
        node = self._node(ids, external_id)
        place = self._owner[node]
        if place >= 0:
            return self._again(place, record, external_id)
        self._owner[node] = self._spool.append(record)
        self._nodes.append(node)
        target = -1
        if record.reply_to and record.reply_to != external_id:
            target = self._node(ids, record.reply_to)
            self._join(node, target)
        for other in record.replies:
            self._join(node, self._node(ids, other))
        if record.thread:
            self._join(node, self._node(ids, "\0" + record.thread))
        self._targets.append(target)
        self._authors.append(self._person(record.handle or record.author))
        self._accounts.append(self._person(record.account) if record.account else -1)
        way = record.direction
        if way is None and self._brand:
            way = Direction.OUT if is_brand(record, self._brand) else Direction.IN
        self._ways.append(_WAYS.index(way))
        self._times.append(_NEVER if record.posted_at is None else record.posted_at)
        return None

    def conversations(self, known: Known, compare: Compare) -> Iterator[Conversation]:
        """Every conversation with something new in it, by the time of its first message from a customer.

        ``compare`` is asked once for every enquiry that has messages of these; what is the same counts as skipped.
        """
        self._guess_ways()
        names: dict[int, tuple[str, str]] = {}
        taken: dict[int, str] = {}
        for channel, ids in self._channels.items():
            real = [name for name in ids if name[0] != "\0"]
            for start in range(0, len(real), 500):
                for name, enquiry_id in known(channel, real[start : start + 500]).items():
                    if name in ids:
                        taken[ids[name]] = enquiry_id
            names.update((node, (channel, name)) for name, node in ids.items())
        groups: dict[int, list[int]] = {}
        for place, node in enumerate(self._nodes):
            groups.setdefault(self._root(node), []).append(place)
        again = self._compared(taken, names, compare)
        self.skipped += sum(found is Again.SAME for found in again.values())
        homes: dict[int, str] = {}
        for node in sorted(taken, key=lambda node: (self._owner[node] < 0, self._owner[node])):
            if again.get(node) is not Again.ANOTHERS:
                homes.setdefault(self._root(node), taken[node])
        for places in groups.values():
            places.sort(key=lambda place: (self._times[place], place))
        for root in sorted(groups, key=lambda root: self._begins(groups[root])):
            places = groups[root]
            fresh = [place for place in places if self._nodes[place] not in taken]
            if fresh:
                yield self._conversation(fresh, names, homes.get(root, ""))

    def own_names(self) -> dict[str, str]:
        """Our own authors as written in the files, by their case-folded name; complete once conversations are asked for."""
        people = list(self._people)
        ours = {people[author] for author, way in zip(self._authors, self._ways, strict=True) if way == 2}
        return {name.lstrip("@").casefold(): name for name in sorted(ours) if name}

    def close(self) -> None:
        """Drop what was collected."""
        self._spool.close()

    def _compared(self, taken: Mapping[int, str], names: Mapping[int, tuple[str, str]], compare: Compare) -> dict[int, Again]:
        places: dict[str, list[int]] = {}
        for place, node in enumerate(self._nodes):
            if node in taken:
                places.setdefault(taken[node], []).append(place)
        again: dict[int, Again] = {}
        for enquiry_id, here in places.items():
            found = compare(enquiry_id, [self._message(place, names) for place in here])
            again.update(zip((self._nodes[place] for place in here), found, strict=True))
        return again

    def _message(self, place: int, names: Mapping[int, tuple[str, str]]) -> Message:
        return Message(self._spool[place], names[self._nodes[place]][1], _WAYS[self._ways[place]] or Direction.IN)

    def _conversation(self, places: list[int], names: Mapping[int, tuple[str, str]], enquiry_id: str) -> Conversation:
        messages = tuple(self._message(place, names) for place in places)
        target = self._targets[places[0]]
        missing = names[target][1] if target >= 0 and self._owner[target] < 0 else ""
        return Conversation(names[self._nodes[places[0]]][0], messages, enquiry_id, missing)

    def _begins(self, places: list[int]) -> tuple[int, int]:
        first = next((place for place in places if self._ways[place] != 2), places[0])
        return self._times[first], places[0]

    def _guess_ways(self) -> None:
        if self._brand:
            return
        open_places = [place for place, way in enumerate(self._ways) if way == 0]
        if not open_places:
            return
        answers = (
            (self._authors[place], self._authors[self._owner[target]])
            for place, target in enumerate(self._targets)
            if target >= 0 and self._owner[target] >= 0
        )
        ours = answering(answers, self._authors, len(self._people)) | written_to(self._authors, self._accounts)
        for place in open_places:
            self._ways[place] = 2 if self._authors[place] in ours else 1

    def _again(self, place: int, record: Incoming, external_id: str) -> Reject | None:
        earlier = self._spool[place]
        same_author = (earlier.author, earlier.handle) == (record.author, record.handle)
        if earlier.text == record.text and (same_author or not record.external_id):
            self.skipped += 1
            return None
        what = "author" if earlier.text == record.text else "text"
        where = f"on line {earlier.line}" if earlier.source == record.source else f"in {earlier.source}, line {earlier.line}"
        return Reject(record.line, record.source, f"the id '{external_id[:60]}' stands for another {what} {where}", record.text)

    def _content_id(self, channel: str, record: Incoming) -> str:
        """An id made of who, when and what; empty for a repetition that is certainly the same message."""
        parts = "\x1f".join((channel, record.handle or record.author, str(record.posted_at), record.text))
        digest = sha256(parts.encode("utf-8", "surrogatepass")).digest()[:16]
        count = self._repeats[digest] = self._repeats.get(digest, 0) + 1
        if count > 1 and record.posted_at is not None and (record.handle or record.author):
            return ""
        # without a name and a time, two people may well have asked the same: each row counts
        return f"content-{digest.hex()}" if count == 1 else f"content-{digest.hex()}-{count}"

    def _person(self, name: str) -> int:
        return self._people.setdefault(name, len(self._people))

    def _node(self, ids: dict[str, int], name: str) -> int:
        node = ids.get(name)
        if node is None:
            node = ids[name] = len(self._parents)
            self._parents.append(node)
            self._owner.append(-1)
        return node

    def _root(self, node: int) -> int:
        parents = self._parents
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    def _join(self, one: int, other: int) -> None:
        one, other = self._root(one), self._root(other)
        if one != other:
            self._parents[max(one, other)] = min(one, other)
