"""Where a reply is written: the words, how long they are, who will read them, and what the rules say while they are typed.

Typing is kept in the recovery file by the screen; here every change is announced at once as :class:`DraftEditor.Typed`, and
the rules look at the text in a thread once the typing rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from hubconsole.tui.key_hold import KeyHold
from hubconsole.tui.widgets.exact_text import badge, counter, hidden
from hubconsole.tui.widgets.flags_view import FlagsView, Looked, look_over, measured
from hubconsole.tui.widgets.in_order import WordsArea
from hubconsole.tui.widgets.lines import ALARM, CARE, DIM, Lines, fit
from hubconsole.tui.widgets.signs import ALERT, DOT

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy

REST = 0.25
"""Seconds without a key press after which the rules look at the text."""

KEPT = "kept here, saved when the hub is back"
"""What is said of words that wait for the hub."""


class DraftEditor(Vertical):
    """The editor with its counter, its badge and its flags. It never saves by itself."""

    DEFAULT_CSS = """
    DraftEditor { height: auto; }
    DraftEditor TextArea { height: 1fr; min-height: 3; border: none; padding: 0; background: $ground; scrollbar-size-vertical: 1; }
    DraftEditor TextArea:focus { border: none; }
    DraftEditor StatusLine { height: auto; margin-top: 1; }
    DraftEditor FlagsView { height: auto; max-height: 6; margin-top: 1; }
    """

    @dataclass
    class Typed(Message):
        """The words changed."""

        text: str
        """All of them."""

    @dataclass
    class LookedOver(Message):
        """The rules have looked at the words as they stand."""

        looked: Looked
        """Length, limit and flags."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.base = 0
        """The version that the words began from."""
        self.channel = ""
        self.visibility = "public"
        self.policy: Policy | None = None
        """Limits are the policy's where it has some."""
        self.unsaved = "not saved yet, ^s saves"
        """What is said of words that the hub does not have."""
        self._loaded = ""
        self._kept: str | None = None
        self._rest: Timer | None = None
        self._looked = Looked(0, None, ())
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Words, state line, flags."""
        yield WordsArea("", soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, id="words")
        yield StatusLine(id="status")
        yield FlagsView("", id="live-flags")

    @property
    def text(self) -> str:
        """The words as they stand in the editor."""
        return self.query_one(TextArea).text

    @property
    def dirty(self) -> bool:
        """Whether there are words that the hub does not have."""
        return self.text != self._loaded

    @property
    def looked(self) -> Looked:
        """What the rules last found."""
        return self._looked

    def load(self, text: str, base: int, channel: str, visibility: str) -> None:
        """Start from these words, which are version ``base`` (0: there is none yet)."""
        self.base, self.channel, self.visibility, self._problem = base, channel, visibility, ""
        area = self.query_one(TextArea)
        area.load_text(text)
        area.move_cursor(area.document.end)
        self._loaded, self._kept = area.text, None
        if self._loaded != text:
            self._problem = "its unusual line ends become plain ones when you save"
        self._look()
        self.renew()

    def restore(self, text: str) -> None:
        """Put typed but unsaved words back; they stay unsaved."""
        area = self.query_one(TextArea)
        area.load_text(text)
        area.move_cursor(area.document.end)

    def turn(self, visibility: str) -> None:
        """Make this reply public or private."""
        self.visibility = visibility
        self._look()
        self.renew()

    def saved(self, text: str, version: int) -> None:
        """The hub has these words as this version; what was typed meanwhile stays unsaved."""
        self.base, self._loaded, self._kept = version, text, None
        self.renew()

    def kept(self, text: str | None) -> None:
        """These words are saved by themselves once the hub is back; None: they are not, any more."""
        self._kept = text
        self.renew()

    def complain(self, problem: str) -> None:
        """A sentence that stays under the words until they change hands: recovery that fails, words that are too long."""
        self._problem = problem
        self.renew()

    def focus_words(self) -> None:
        """Put the cursor into the words."""
        area = self.query_one(TextArea)
        area.focus()
        self.call_after_refresh(area.scroll_cursor_visible)

    def on_descendant_focus(self) -> None:
        """The cursor is in the words: what was typed while the editor opened belongs there."""
        if isinstance(self.app, KeyHold):
            self.app.release_keys(self.query_one(TextArea))

    def renew(self) -> None:
        """Draw the state line anew."""
        self.query_one(StatusLine).show(self.status())

    def status(self) -> Content:
        """``X PUBLIC · 217 of 280 · not saved yet``."""
        length, limit = measured(self.policy, self.text, self.channel, self.visibility)
        unseen = hidden(self.text)
        parts = [badge(self.channel, self.visibility), counter(length, limit)]
        parts.append(
            Content.styled(KEPT if self.text == self._kept else self.unsaved, CARE)
            if self.dirty
            else Content.styled(f"saved as v{self.base}" if self.base else "nothing written yet", DIM)
        )
        if unseen:
            parts.append(Content.styled(f"{ALERT} hidden {', '.join(unseen[:4])}", ALARM))
        if self._problem:
            parts.append(Content.styled(f"{ALERT} {self._problem}", ALARM))
        return Content.styled(f"  {DOT}  ", DIM).join(parts)

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.renew()
        self.post_message(self.Typed(self.text))
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self._look)

    def _look(self) -> None:
        self.run_worker(self._look_over(self.text, self.channel, self.visibility), group="look-over", exclusive=True, exit_on_error=False)

    async def _look_over(self, text: str, channel: str, visibility: str) -> None:
        import asyncio

        looked = await asyncio.to_thread(look_over, self.policy, text, channel, visibility)
        if self.is_mounted and (text, visibility) == (self.text, self.visibility):
            self._looked = looked
            flags = self.query_one(FlagsView)
            flags.show(looked.flags)
            flags.display = bool(looked.flags)
            self.renew()
            self.post_message(self.LookedOver(looked))


class StatusLine(Lines):
    """One line of content."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Content("")

    def show(self, content: Content) -> None:
        """Show this line."""
        self._content = content
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """The line, cut to the width."""
        return [fit(self._content, width)]
