"""Leaving in good order when the system asks: a closed window, a shutdown, a kill that can be heard."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

from textual.app import App


def leave_on_signals(app: App[Any]) -> None:
    """SIGTERM and SIGHUP end ``app`` as its own key does: typing kept, terminal restored, exit code 128 plus the signal.

    Does nothing where the event loop cannot take signals (another system, another thread).
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
        if number is not None:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, app.exit, None, 128 + number)
