"""Beginning work beside the screen: always in a named group, never the end of the application when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.dom import DOMNode


def begin(node: DOMNode, work: Callable[[], Awaitable[None]], group: str, *, exclusive: bool = False) -> None:
    """Run ``work`` as a worker of ``node``. With ``exclusive`` older work of the same group is cancelled.

    A callable and not a coroutine, so that work cancelled before it began leaves nothing behind.
    """
    node.run_worker(cast(Any, work), group=group, exclusive=exclusive, exit_on_error=False)
