"""Stores that many tests begin with: each is built once in a run, and every test gets a copy of its own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

from hubconsole.clock import FrozenClock
from hubconsole.hub.local import LocalHub

_built: dict[Hashable, tuple[Path, int]] = {}


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hubconsole-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def begun_with(name: Hashable, path: Path, clock: FrozenClock, build: Callable[[Path, FrozenClock], LocalHub]) -> LocalHub:
    """The hub that ``build`` makes, as a copy at ``path``; ``clock`` then stands where the building left it.

    ``name`` stands for everything that the store depends on; the clock's first instant is added to it.
    """
    key = (name, clock())
    if key not in _built:
        original = _folder() / f"{len(_built)}.db"
        build(original, clock).close()
        _built[key] = (original, clock())
    original, clock.now = _built[key]
    shutil.copyfile(original, path)
    return LocalHub.open(path, clock=clock)
