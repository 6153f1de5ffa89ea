"""Beginning work beside the screen: always in a named group, never the end of the application when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from textual.css.query import NoMatches
from textual.dom import DOMNode

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[None]])


def gone(node: DOMNode) -> bool:
    """Whether ``node`` is being taken down or not yet built: what comes now has nowhere to be drawn."""
    return not (node.app.is_running and node.is_attached and node.children)


def while_here(handler: Handler) -> Handler:
    """For message handlers that wait for the hub: what comes after the screen was taken down is dropped."""

    @wraps(handler)
    async def guarded(node: DOMNode, *args: Any) -> None:
        try:
            await handler(node, *args)
        except NoMatches:
            if not gone(node):
                raise

    return cast(Handler, guarded)


def begin(node: DOMNode, work: Callable[[], Awaitable[None]], group: str, *, exclusive: bool = False) -> None:
    """Run ``work`` as a worker of ``node``. With ``exclusive`` older work of the same group is cancelled.

    A callable and not a coroutine, so that work cancelled before it began leaves nothing behind.
    """
    node.run_worker(cast(Any, work), group=group, exclusive=exclusive, exit_on_error=False)
