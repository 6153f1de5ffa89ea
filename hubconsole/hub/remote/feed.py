"""Follows a hub's feed in a thread: takes a snapshot first, then every change, and comes back by itself when the line is lost."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from hubconsole.clock import Clock
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub.remote.heard import Heard
from hubconsole.hub.remote.mirror import Mirror, Position

if TYPE_CHECKING:
    import httpx

    from hubconsole.hub.remote.client import RemoteHub
    from hubconsole.hub.remote.sse import Event

HEARTBEAT = 1
"""Seconds between two signs of life that the hub is asked for."""

SILENCE = 2.5
"""Seconds without any sign after which the line counts as lost."""

SOONEST, LATEST = 0.25, 15.0
"""Seconds before the next attempt: at first, and at most."""

MOST_TOUCHED = 5_000
"""Enquiries that moved while the console was away and are told one by one."""

_NO_ROW = ("token.", "setting.")


class Feed:
    """The thread. What it hears goes into the mirror first and then to whoever waits at ``heard``."""

    def __init__(self, remote: Callable[[], RemoteHub], mirror: Mirror, heard: Heard, clock: Clock) -> None:
        self._remote = remote
        self._mirror = mirror
        self._heard = heard
        self._clock = clock
        self._followed = False
        self._live_once = False
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._run, name="hubconsole-remote-feed", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self, timeout: float = 0.8) -> None:
        """End; a thread that hangs in a connection being made is left behind, and does nothing any more."""
        self._stop.set()
        self._hurry.set()
        if self._response is not None:
            hang_up(self._response)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def hurry(self) -> None:
        """Try again now, when the line is lost."""
        self._hurry.set()

    # --- the line ---------------------------------------------------------------------------------

    def _run(self) -> None:
        misses = 0
        while not self._stop.is_set():
            self._live_once = False
            problem = self._try()
            if self._stop.is_set():
                return
            misses = 0 if self._live_once else misses + 1
            # A server that goes down in good order is often back at once; only when it is not does anybody need to know.
            if problem is not None:
                self._heard.lost(problem)
            self._hurry.wait(pause(misses))
            if not self._stop.is_set():
                self._hurry.clear()

    def _try(self) -> HubError | None:
        """One connection, for as long as it lasts: what broke it, or None when the hub ended it in good order."""
        from hubconsole.hub.remote.transport import Broken

        try:
            self._follow(self._remote())
        except Broken as broken:
            return broken.why
        except HubError as error:
            if error.code == "bad_token":  # ended, revoked, or its member is gone
                with suppress(HubError):
                    self._mirror.forget_views()
            return error
        except Exception as error:  # noqa: BLE001 - a listener that dies silently would show a board that is no longer true
            return Unreachable("feed", f"The hub's changes cannot be read: {error}.", "The console keeps trying.")
        return None if self._live_once else Unreachable("line_lost", "The hub ended the line at once.", "The console keeps trying.")

    def _follow(self, remote: RemoteHub) -> None:
        if not self._followed or not self._same_hub(remote):
            self.take_snapshot(remote)
            self._followed = True
        with self._listening(remote) as events:
            for event in events:
                if self._stop.is_set():
                    return
                self._heard.alive()
                self._live_once = True
                if not event.name:
                    self._sign_of_life(event.data)
                elif event.name == "changes":
                    self._take_change(remote, parsed(event))
                elif event.name == "presence":
                    self._take_presence(parsed(event))

    @contextmanager
    def _listening(self, remote: RemoteHub) -> Iterator[Iterator[Event]]:
        from hubconsole.hub.remote import sse
        from hubconsole.hub.remote.answers import nonsense
        from hubconsole.hub.remote.transport import Question

        after = self._heard.seq
        headers = {"accept": "text/event-stream", "accept-encoding": "identity", "last-event-id": str(after)}
        params = {"after": after, "heartbeat": HEARTBEAT}
        question = Question("GET", "/v1/changes", remote.token_of(""), params, headers=headers, read=SILENCE)
        with remote.line.stream(question) as response:
            if not response.is_success:
                # 410: the hub does not remember that far back, or never was there; the next attempt begins with a snapshot.
                self._followed = response.status_code != 410
                if not self._followed:
                    remote.line.forget()
                raise remote.line.refusal(response)
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                raise nonsense("its feed is no stream of events.")
            self._response = response
            try:
                # stop() may have looked for the response just before it was there.
                if not self._stop.is_set():
                    self._heard.alive()
                    self._live_once = True
                    yield sse.events(response.iter_raw())
            finally:
                self._response = None

    # --- what is heard ----------------------------------------------------------------------------

    def take_snapshot(self, remote: RemoteHub) -> None:
        """The whole board as it is now, in place of what was known."""
        begun = self._clock()
        found = remote.snapshot()
        self._heard.answered(found.time, begun, self._clock())
        known = self._heard.info
        if known is not None and (known.id != found.info.id or found.seq < self._heard.seq):
            self._mirror.start_over()
            known = None
        position = Position(found.seq, self._clock(), found.whole, found.oldest_wait)
        before = self._heard.seq
        touched = None if known is None else self._touched(remote, before, found.seq)
        moved = self._mirror.load(found.rows, found.counts, position, before, touched)
        self._keep_frame(remote, found.info._replace(seq=found.seq), found.members)
        self._heard.jumped(found.seq, moved.ids, moved.new_ids)

    def _touched(self, remote: RemoteHub, known: int, seq: int) -> frozenset[str] | None:
        """All enquiries that moved since ``known``; None where that is not known, or they are too many to be told one by one."""
        if not known:
            return None
        if known == seq:
            return frozenset()
        ids = remote.changes(known).enquiry_ids
        return ids if len(ids) <= MOST_TOUCHED else None

    def _same_hub(self, remote: RemoteHub) -> bool:
        """Whether the hub there is the one that was followed; also sets the clocks.

        One that is not as far may have gone back to a backup, or be a copy that lags: the feed knows, and says so.
        """
        from hubconsole.hub.remote.client import info_of

        begun = self._clock()
        now = remote.now(any_age=True)
        self._heard.answered(now.time, begun, self._clock())
        known = self._heard.info
        if known is None or now.id != known.id:
            remote.line.forget()
            return False
        self._keep_frame(remote, info_of(now, remote.url), self._heard.members)
        return True

    def _take_change(self, remote: RemoteHub, data: Any) -> None:
        from hubconsole.hub.bodies import Frame
        from hubconsole.hub.remote.answers import read

        frame = read(Frame, data)
        remote.line.saw(frame.seq)
        known = self._heard.seq
        if frame.seq <= known:
            return
        if not frame.events or frame.events[0][0] > known + 1:
            self._followed = False
            raise Unreachable("gap", "The hub left changes out.", "The board is read anew.")
        kinds = {kind for _, kind, enquiry_id, _, _ in frame.events if not enquiry_id}
        if "policy.adopted" in kinds:
            # Whose move it is can be another's now for rows that have no event of their own.
            self.take_snapshot(remote)
            return
        if any(not kind.startswith(_NO_ROW) for kind in kinds):
            self._keep_frame(remote, remote.info(), remote.members())
        self._mirror.apply(frame.rows, frame.counts, Position(frame.seq, self._clock(), self._mirror.position().whole, frame.oldest_wait))
        ids = frozenset(enquiry_id for seq, _, enquiry_id, _, _ in frame.events if enquiry_id and seq > known)
        new_ids = frozenset(one for seq, kind, one, _, _ in frame.events if kind == "enquiry.received" and seq > known)
        self._heard.moved(frame.seq, ids, new_ids, bool(kinds))

    def _sign_of_life(self, said: bytes) -> None:
        """The hub says what time it has with every one."""
        if said.isdigit() and len(said) < 16:
            self._heard.beat(int(said), self._clock())

    def _take_presence(self, data: Any) -> None:
        from hubconsole.hub.bodies import Viewers
        from hubconsole.hub.remote.answers import read

        self._heard.viewers = read(Viewers, data).viewers

    def _keep_frame(self, remote: RemoteHub, info: Any, members: Any) -> None:
        """What the frame of a screen shows, in memory and in the mirror. Other functions may not read what was read before."""
        now = {row.name: row.functions for row in members if row.active}
        if moved := [row.name for row in self._heard.members if row.active and now.get(row.name) != row.functions]:
            self._mirror.forget_views(moved)
        self._heard.info, self._heard.members = info, members
        self._mirror.keep(info=json.dumps(info), members=json.dumps(members))


def parsed(event: Event) -> Any:
    """An event's data. Raises Unreachable ``bad_answer`` when it is no JSON."""
    from hubconsole.hub.remote.answers import nonsense

    try:
        return json.loads(event.data)
    except (ValueError, RecursionError) as error:
        raise nonsense("a change is no JSON.") from error


def pause(misses: int) -> float:
    """Seconds before the next attempt, after so many in vain: longer each time, and for no two consoles the same."""
    return random.uniform(0.5, 1.0) * min(LATEST, SOONEST * (1 << min(misses, 10)))


def hang_up(response: httpx.Response) -> None:
    """Wake a thread that waits for the next byte of a response."""
    stream = response.extensions.get("network_stream")
    with suppress(Exception):
        found = stream.get_extra_info("socket") if stream is not None else None
        if found is not None:
            found.shutdown(socket.SHUT_RDWR)
