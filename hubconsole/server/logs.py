"""The server's log: one JSON object a line, without secrets and without a word of any customer.

A request is named by its operation, never by its path or query; an error by its type and the place in this program where it
arose, never by its text, for that may quote what somebody sent.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TextIO

import orjson

from hubconsole.clock import iso, system_clock

Log = Callable[[Mapping[str, Any]], None]
"""Takes one entry: plain values by name."""


def to(stream: TextIO | None = None) -> Log:
    """A log that writes lines to a stream (default: the error output)."""
    out = stream or sys.stderr
    lock = threading.Lock()

    def write(entry: Mapping[str, Any]) -> None:
        line = orjson.dumps({"at": _at(system_clock()), **entry}, option=orjson.OPT_APPEND_NEWLINE).decode()
        with lock:
            try:
                out.write(line)
                out.flush()
            except (OSError, ValueError):
                return  # nobody reads the log any more; that stops no one's work

    return write


def _at(ms: int) -> str:
    """As :func:`hubconsole.clock.iso` says it, which is asked once a second."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return (iso(seconds * 1000) or "")[:19]


def nowhere(entry: Mapping[str, Any]) -> None:
    """A log that keeps nothing."""


class Library(logging.Handler):
    """Puts what a library's logger says into this log: its own words and never what it would put into them."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record."""
        entry: dict[str, Any] = {"what": record.levelname.lower(), "said": str(record.msg).strip()}
        if record.exc_info and record.exc_info[1]:
            entry |= {"what": "defect", **defect(record.exc_info[1])}
        self.log(entry)


def hear(name: str, log: Log) -> None:
    """From now on the logger of that name speaks through ``log`` alone."""
    logger = logging.getLogger(name)
    logger.handlers = [Library(log)]
    logger.propagate = False


def defect(error: BaseException) -> dict[str, Any]:
    """What may be told about an error that nobody raised on purpose: its type and where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "where": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
        "cause": type(error.__cause__ or error.__context__).__name__ if error.__cause__ or error.__context__ else None,
    }


def _short(path: str) -> str:
    """A file's name within its package."""
    parts = path.replace("\\", "/").split("/")
    return "/".join(parts[-3:])
