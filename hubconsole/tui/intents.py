"""What a person wants done once the hub answers again: kept on this computer, one file a member and hub, like unsaved typing.

An intent is no decision. It carries the digest and the version that were on the screen, and is carried out only when nothing has
moved since; else it is put before the person again. It goes to no other hub and is nobody else's, and it runs out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hubconsole.clock import HOUR, MINUTE
from hubconsole.errors import HubError, Unreachable
from hubconsole.ids import is_id
from hubconsole.private_files import locked, make_folder, write_private

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command

LIFE = 12 * HOUR
"""An intent older than this is not carried out; words to be saved do not run out."""

_AHEAD = 10 * MINUTE
"""An intent from further in the future than this was kept under another clock, and counts as run out."""

_FORMAT = 1


class Intent(NamedTuple):
    """One thing that waits for the hub."""

    id: str
    """The command id under which it is carried out, so that it is carried out once at most."""
    command: Command
    """What is to be done; a decision's holds the digest of the words that were on the screen."""
    key: str
    """Key of the enquiry."""
    label: str
    """What is to be done, in words: ``approve E-12 reply v2 for legal``."""
    seen: int | None
    """The enquiry's version that was on the screen; None for words to be saved, which carry their own base."""
    at: int
    """When the person asked for it, milliseconds since the Unix epoch."""
    moved: str = ""
    """Why it was not carried out and is the person's to look at again; empty while it waits."""

    @property
    def enquiry_id(self) -> str:
        """The enquiry that it is about."""
        return str(getattr(self.command, "enquiry_id", ""))

    @property
    def saves(self) -> bool:
        """Whether it only saves words."""
        return self.command.kind == "save_draft"

    def expired(self, now: int) -> bool:
        """Whether it is too old to be carried out."""
        return not self.saves and not -_AHEAD <= now - self.at < LIFE


class Intents:
    """The file of one member on one hub. Every change reads it anew under a lock: two consoles may share it."""

    def __init__(self, folder: Path, hub_id: str, member: str) -> None:
        self.folder = folder
        self.hub_id = hub_id
        self.member = member
        name = "\0".join((hub_id, member, "intents"))
        self.path = folder / f"intents-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"

    def read(self) -> tuple[Intent, ...]:
        """All of them, oldest first; none where the file is missing, unreadable, or another member's or hub's."""
        try:
            body = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return ()
        if not isinstance(body, dict) or (body.get("v"), body.get("hub"), body.get("member")) != (_FORMAT, self.hub_id, self.member):
            return ()
        listed = body.get("intents")
        found = [_intent(one) for one in listed] if isinstance(listed, list) else []
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.at))

    def add(self, intent: Intent) -> tuple[Intent, ...]:
        """Keep one more; of words to be saved only the newest of an enquiry stay. Raises Unreachable ``intents``."""

        def with_it(kept: Sequence[Intent]) -> list[Intent]:
            return [*(one for one in kept if not (intent.saves and one.saves and one.enquiry_id == intent.enquiry_id)), intent]

        return self._change(with_it)

    def remove(self, *ids: str) -> tuple[Intent, ...]:
        """Forget these. Raises Unreachable ``intents``."""
        return self._change(lambda kept: [one for one in kept if one.id not in ids])

    def put_again(self, intent_id: str, why: str) -> tuple[Intent, ...]:
        """This one is the person's to look at again. Raises Unreachable ``intents``."""
        return self._change(lambda kept: [one._replace(moved=why) if one.id == intent_id else one for one in kept])

    def _change(self, change: Callable[[Sequence[Intent]], list[Intent]]) -> tuple[Intent, ...]:
        try:
            make_folder(self.folder)
            with locked(self.path.with_suffix(".lock")):
                kept = change(self.read())
                body = {"v": _FORMAT, "hub": self.hub_id, "member": self.member, "intents": [_plain(one) for one in kept]}
                write_private(self.path, json.dumps(body).encode("ascii"))
        except OSError as problem:
            said = f"{self.folder} cannot be written: {problem.strerror or problem}. Nothing was queued or removed."
            raise Unreachable("intents", said, "Make room or set recovery to another folder.") from problem
        return tuple(sorted(kept, key=lambda one: one.at))


def _plain(intent: Intent) -> dict[str, object]:
    from hubconsole.hub.wire import command_out

    return {**intent._asdict(), "command": command_out(intent.command)}


def _intent(body: Any) -> Intent | None:
    """One intent of the file; None for what is none, and for commands that this program does not know."""
    from hubconsole.hub.wire import command_in

    if not isinstance(body, dict):
        return None
    try:
        command = command_in(body.get("command"))
    except HubError:
        return None
    ident, key, label, seen, at, moved = (body.get(name) for name in ("id", "key", "label", "seen", "at", "moved"))
    if not (isinstance(ident, str) and is_id(ident) and type(at) is int and (seen is None or type(seen) is int)):
        return None
    if not (isinstance(key, str) and isinstance(label, str) and isinstance(moved, str)):
        return None
    return Intent(ident, command, key, label, seen, at, moved)
