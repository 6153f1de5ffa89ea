"""Many readers of the live feed in one process that costs little: ``python -m tests.bench.listeners FILE``, FILE a plan as JSON.

It says ``ready`` when all listen, takes ``end SEQ`` (the journal's last place) and answers with what every reader received:
each must have every event after ``after`` once and in order, however often its connection was cut.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.load import request

PATIENCE = 20
"""Seconds that the readers may need for the last events."""
_KEPT = 512
_END = b"\r\n\r\n"


class Heard(NamedTuple):
    """The events of one frame, parsed once for all readers: frames are the same bytes for all."""

    seqs: tuple[int, ...]
    ats: tuple[int, ...]


class Listener:
    """One console's connection, and the check of what comes over it."""

    def __init__(self, crowd: "Crowd", token: str, after: int) -> None:
        self.crowd = crowd
        self.token = token
        self.last = after
        self.missing: set[int] = set()
        self.doubled = self.disordered = self.cuts = 0
        self.sock: socket.socket | None = None

    def connect(self) -> None:
        """Ask for the feed from where this one is."""
        self.sock = sock = socket.create_connection(("127.0.0.1", self.crowd.port), 30)
        head = request("GET", "/v1/changes", self.token, media="text/event-stream")
        sock.sendall(head[:-2] + b"Last-Event-ID: %d\r\n\r\n" % self.last)
        sock.setblocking(False)
        self.begin(time.time() * 1000)
        self.crowd.waiting.register(sock, selectors.EVENT_READ, self)

    def begin(self, now: float) -> None:
        """A connection is there, and nothing has come over it; ``now`` in ms."""
        self.since = now
        self.head, self.chunks, self.text = False, b"", b""

    def cut(self) -> None:
        """Drop the connection wherever it is, with what had come half."""
        if self.sock is not None:
            self.crowd.waiting.unregister(self.sock)
            self.sock.close()
            self.sock = None

    def read(self) -> None:
        """Read what has come."""
        assert self.sock is not None
        try:
            more = self.sock.recv(1 << 18)
        except BlockingIOError:
            return
        now = time.time() * 1000
        if not more:  # cut off by the server: come back, as a console does
            self.cut()
            self.crowd.cut_off += 1
            self.connect()
            return
        self.take(more, now)

    def take(self, more: bytes, now: float) -> None:
        """Bytes of the answer that came at ``now`` (ms)."""
        self.crowd.bytes += len(more)
        self.chunks += more
        if not self.head:
            end = self.chunks.find(_END)
            if end < 0:
                return
            if not self.chunks.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"the feed answered {self.chunks[:300]!r}")
            self.head, self.chunks = True, self.chunks[end + len(_END) :]
            self.crowd.listening += 1
        self._unchunk()
        while (end := self.text.find(b"\n\n")) >= 0:
            frame, self.text = self.text[: end + 2], self.text[end + 2 :]
            if frame.startswith(b"id:"):
                self._hear(self.crowd.parsed(frame), now)

    def _unchunk(self) -> None:
        at, data = 0, self.chunks
        while (line := data.find(b"\r\n", at)) >= 0:
            length = int(data[at:line], 16)
            if len(data) < line + 4 + length:
                break
            self.text += data[line + 2 : line + 2 + length]
            at = line + 4 + length
        self.chunks = data[at:]

    def _hear(self, heard: Heard, now: float) -> None:
        for seq, at in zip(heard.seqs, heard.ats, strict=True):
            if seq > self.last:
                self.missing.update(range(self.last + 1, seq))
                self.last = seq
                if at >= self.since:  # what it missed while it was away took as long as it was away
                    self.crowd.delays.append(now - at)
            elif seq in self.missing:
                self.missing.discard(seq)
                self.disordered += 1
            else:
                self.doubled += 1
        self.crowd.deliveries += len(heard.seqs)


class Crowd:
    """All readers of this process, in one loop."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.port: int = plan["port"]
        self.waiting = selectors.DefaultSelector()
        self.delays: list[float] = []
        self.deliveries = self.bytes = self.listening = self.cut_off = 0
        self.journal: dict[int, list[Any]] = {}
        self._frames: dict[bytes, Heard] = {}
        tokens: list[str] = plan["tokens"]
        self.readers = [Listener(self, tokens[n % len(tokens)], plan["after"]) for n in range(plan["readers"])]
        dice = random.Random(7)
        # Each is cut so often, at any moment of the run, and is away for up to a second.
        span = plan["seconds"]
        self.cuts = deque(sorted((dice.uniform(0.02, 0.98) * span, n) for n in range(len(self.readers)) for _ in range(plan["cuts"])))
        self.back: deque[tuple[float, int]] = deque()
        self.away = plan["away"]

    def parsed(self, frame: bytes) -> Heard:
        """The frame's events."""
        heard = self._frames.get(frame)
        if heard is None:
            if len(self._frames) > _KEPT:
                self._frames.clear()
            data = json.loads(b"".join(line[5:] for line in frame.split(b"\n") if line.startswith(b"data:")))
            events = data["events"]
            for event in events:
                if self.journal.setdefault(event[0], event[1:]) != event[1:]:
                    raise SystemExit(f"two readers were told different events {event[0]}")
            heard = self._frames[frame] = Heard(tuple(event[0] for event in events), tuple(event[4] for event in events))
        return heard

    def gather(self) -> None:
        """Connect all and wait until all listen."""
        for reader in self.readers:
            reader.connect()
        until = time.monotonic() + PATIENCE
        while self.listening < len(self.readers):
            if time.monotonic() > until:
                raise SystemExit(f"only {self.listening} of {len(self.readers)} readers were let in")
            self._turn(0.05)

    def listen(self) -> int:
        """Listen, be cut and come back until the journal's end is told and reached; gives that end."""
        self.waiting.register(sys.stdin, selectors.EVENT_READ, None)
        begun, end, until = time.monotonic(), 0, float("inf")
        while time.monotonic() < until:
            now = time.monotonic() - begun
            while self.cuts and self.cuts[0][0] <= now:
                number = self.cuts.popleft()[1]
                reader = self.readers[number]
                reader.cut()
                reader.cuts += 1
                self.back.append((now + self.away * (number % 10) / 10, number))
                self.back = deque(sorted(self.back))
            while self.back and self.back[0][0] <= now:
                reader = self.readers[self.back.popleft()[1]]
                if reader.sock is None:
                    reader.connect()
            if self._turn(0.01):
                end, until = int(sys.stdin.readline().split()[1]), time.monotonic() + PATIENCE
            if end and not self.cuts and not self.back and all(reader.last >= end for reader in self.readers):
                break
        return end

    def _turn(self, longest: float) -> bool:
        """What there is to read; True when the parent has said something."""
        said = False
        for key, _ in self.waiting.select(longest):
            if key.data is None:
                said = True
                self.waiting.unregister(sys.stdin)
            elif key.data.sock is key.fileobj:
                key.data.read()
        return said

    def outcome(self, end: int) -> dict[str, Any]:
        """What was received."""
        delays = sorted(self.delays) or [0.0]
        at = {name: delays[min(len(delays) - 1, int(len(delays) * part))] for name, part in (("p50", 0.5), ("p99", 0.99))}
        return {
            "deliveries": self.deliveries,
            "lost": sum(len(reader.missing) + max(0, end - reader.last) for reader in self.readers),
            "doubled": sum(reader.doubled for reader in self.readers),
            "disordered": sum(reader.disordered for reader in self.readers),
            "reconnects": sum(reader.cuts for reader in self.readers),
            "cut_off": self.cut_off,
            "bytes": self.bytes,
            "cpu": time.process_time(),
            "timed": len(self.delays),
            "journal": self.journal,
            **at,
        }


def main() -> None:
    """See the module's text."""
    crowd = Crowd(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    crowd.gather()
    print("ready", flush=True)
    print(json.dumps(crowd.outcome(crowd.listen())), flush=True)


if __name__ == "__main__":
    main()
