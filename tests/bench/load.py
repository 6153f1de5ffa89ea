"""Clients that cost little: keep-alive HTTP over bare sockets, so that the server is what is measured."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.bench.measure import CannotMeasure

_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


def request(method: str, target: str, token: str, body: bytes = b"", media: str = "application/json") -> bytes:
    """A whole HTTP/1.1 request."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: {media}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Line:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._had = b""

    def ask(self, what: bytes, status: int) -> bytes:
        """Send a request and give the body of its answer. Raises CannotMeasure when the status is another."""
        self.sock.sendall(what)
        while (answer := self.take()) is None:
            pass
        return expect(answer, status).body

    def take(self) -> Answer | None:
        """What has come by now, when that is a whole answer. Call it when there is something to read."""
        more = self.sock.recv(1 << 18)
        if not more:
            raise CannotMeasure("the server closed the connection")
        self._had += more
        end = self._had.find(_END)
        if end < 0:
            return None
        at = self._had.lower().find(_LENGTH, 0, end + 2)
        if at < 0:
            raise CannotMeasure(f"an answer without a length: {self._had[:300]!r}")
        length = int(self._had[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        whole = end + len(_END) + length
        if len(self._had) < whole:
            return None
        answer = Answer(int(self._had[9:12]), self._had[end + len(_END) : whole])
        self._had = self._had[whole:]
        return answer

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


def expect(answer: Answer, status: int) -> Answer:
    """The answer, if it has this status. Raises CannotMeasure."""
    if answer.status != status:
        raise CannotMeasure(f"{answer.status} instead of {status}: {answer.body[:300]!r}")
    return answer


def rush(lines: Sequence[Line], requests: Sequence[bytes], status: int) -> float:
    """All requests, each line having one under way at a time; the seconds that it took."""
    todo: Iterator[bytes] = iter(requests)
    begun = time.perf_counter()
    with selectors.DefaultSelector() as waiting:
        for line, what in zip(lines, todo, strict=False):
            waiting.register(line.sock, selectors.EVENT_READ, line)
            line.sock.sendall(what)
        while waiting.get_map():
            for key, _ in waiting.select(60) or _late():
                line = key.data
                answer = line.take()
                if answer is None:
                    continue
                expect(answer, status)
                what = next(todo, b"")
                if what:
                    line.sock.sendall(what)
                else:
                    waiting.unregister(line.sock)
    return time.perf_counter() - begun


def _late() -> list[tuple[selectors.SelectorKey, int]]:
    raise CannotMeasure("no answer within a minute")
