"""Typing that survives the terminal: mixed into every screen in which replies are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.errors import HubError
from hubconsole.tui.recovery import Kept, Recovery, RecoveryWriter
from hubconsole.tui.screens.queueing import Queueing

if TYPE_CHECKING:
    from hubconsole.domain.commands import SaveDraft


class Keeping(Queueing):
    """See the module's text."""

    _writer: RecoveryWriter | None = None

    @property
    def recovery(self) -> Recovery:
        """The recovery folder of this member on this hub."""
        return self.writer.recovery

    @property
    def writer(self) -> RecoveryWriter:
        """Writes what is typed, in a thread of its own; another one once another member sits here."""
        if self._writer is None or self._writer.recovery.member != self.session.member:
            from hubconsole.config import load

            self.stop_writing()
            self._writer = RecoveryWriter(Recovery(load().recovery, self.session.info.id, self.session.member))
        return self._writer

    def keep(self, name: str, text: str, base: int) -> None:
        """Keep what is being typed under a name: an enquiry's id, or another word for another kind of text on it."""
        self.writer.note(Kept(name, self.session.member, text, base, self.session.now()))

    async def save_later(self, words: SaveDraft, key: str) -> bool:
        """Keep words until the hub is back, which has them saved by itself then; False, with the reason told, when that fails."""
        waiting = self.session.waiting
        if waiting is None:
            return False
        try:
            await waiting.queue(words, key, f"save the reply to {key}", None)
        except HubError as error:
            self.report(error)
            return False
        return True

    def being_written(self) -> tuple[str, str, int] | None:
        """What stands in the open editor and the hub does not have, as :meth:`keep` takes it; None when nothing does."""
        return None

    def note_typing(self) -> None:
        """What stands in the editor is kept within the writer's delay."""
        if (words := self.being_written()) is not None:
            self.keep(*words)

    def keep_typing(self) -> None:
        """Whatever is typed and not saved goes to the disk now, the newest key too: its announcement may still be on its way here."""
        self.note_typing()
        if self._writer is not None:
            self._writer.flush()

    def stop_writing(self) -> None:
        """The console ends, or another member takes over: nothing typed is left in memory only."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def on_unmount(self) -> None:
        """The console ends."""
        self.stop_writing()
