"""The application's line to a hub far away: what is said when it is lost and back, and what waits for it then.

A hub on this machine has no line; for it nothing here does anything but paint what is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from hubconsole.errors import HubError
from hubconsole.tui.key_hold import KeyHold
from hubconsole.tui.line import as_of, how_to_sign_in, is_away, signed_out, skew_words, state_words
from hubconsole.tui.messages import ActDone, Changed
from hubconsole.tui.wording import counted, sentence
from hubconsole.tui.work import begin

if TYPE_CHECKING:
    from hubconsole.hub.port import Connection
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.keymap import Keymap
    from hubconsole.tui.screens.base import HubScreen
    from hubconsole.tui.session import Session
    from hubconsole.tui.waiting import Outcome

LOOK = 0.25
"""Seconds between two looks at the line. They cost nothing, and the line itself notices a cut within three seconds."""

LOST = "Not connected"
"""Title of the message that goes when the hub is back."""

MOST = 2_000
"""Enquiries on the screens that are read anew when the hub is back."""

NAMED = 3
"""Acts that one message names; the rest are counted."""


class Lined(KeyHold):
    """Mixed into the application."""

    session: Session
    """Who is here, and the hub."""
    keys: Keymap
    """The keys in force."""
    _line: Connection | None = None
    _line_said: tuple[str, str, bool] = ("", "", False)
    _was_live: bool = False

    def _live_screens(self) -> list[HubScreen]:
        raise NotImplementedError

    def retouch(self) -> None:
        """Paint what is painted by hand again."""
        raise NotImplementedError

    def refresh_counts(self, members: bool = False) -> None:
        """Read the kept counts anew."""
        raise NotImplementedError

    # --- the line -------------------------------------------------------------------------------

    def watch_line(self) -> None:
        """Begin to look at the line; what waits from before is read."""
        if self.session.far is not None:
            self.set_interval(LOOK, self.look_at_line)
            self.look_at_line()
            self.load_waiting()

    def look_at_line(self) -> None:
        """Say what has changed about the line since the last look."""
        line, session = self.session.line, self.session
        if line is None or not self.is_running:
            return
        was, self._line = self._line, line
        now = session.clock()
        away = is_away(line, now)
        said = (state_words(line, now), skew_words(line), away)
        session.connected, session.reason, session.skew = not away, line.error, line.skew_ms
        if was is None or was.state != line.state or was.error != line.error or away != self._line_said[2]:
            self._line_said = said
            self.retouch()
            self._line_moved(was, line)
        elif said != self._line_said:
            self._line_said = said
            for screen in self._live_screens():
                screen.refresh_frame()

    def _line_moved(self, was: Connection | None, line: Connection) -> None:
        before = was.state if was is not None else ""
        if line.state == "live":
            if before != "live":
                self._back(again=self._was_live)
            self._was_live = True
        elif signed_out(line):
            more = "" if was is not None and signed_out(was) else " What is loaded stays readable."
            how = how_to_sign_in(line, self.session.info.location)
            self.notify(f"{line.error}{f' Here: {how}.' if how else ''}{more}", title="Signed out", severity="warning", timeout=12)
        elif line.state == "offline" and before != "offline":
            self.notify(
                f"{line.error} The board is {as_of(line, self.session.clock())} and stays readable; words are kept on this computer,"
                " and other acts can be queued.".strip(),
                title=LOST, severity="warning", timeout=8,
            )  # fmt: skip

    def _back(self, *, again: bool) -> None:
        """The hub is there: show what it holds now, and carry out what waited for it."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        for note in [note for note in self._notifications if note.title == LOST]:
            self._unnotify(note, refresh=False)
        if again:
            self.notify("The hub answers again.")
        screens = self._live_screens()
        shown = {row.id for screen in screens for queue in screen.query(QueueRows) for row in queue.pages.rows()}
        shown |= {row.id for screen in screens for row in _targets(screen)}
        if shown:
            changed = Changed(frozenset(sorted(shown)[:MOST]), frozenset(), self.session.info.seq, hub_changed=True)
            for screen in screens:
                handler = getattr(screen, "on_changed", None)
                if handler is not None:
                    screen.follow(handler(changed))
        if not again:
            for screen in screens:
                screen.entered()
        self.read_again()
        for screen in screens:
            hub_is_back = getattr(screen, "hub_is_back", None)
            if hub_is_back is not None and screen.is_mounted:
                hub_is_back()
        self.refresh_counts(True)
        if self.session.waiting is not None and self.session.waiting.items:
            begin(self, self._carry, "carry")

    def read_again(self) -> None:
        """Lists that could not be read, or not whole, are read now."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        for screen in self._live_screens():
            for queue in screen.query(QueueRows):
                if queue.problem or queue.pages.short:
                    queue.reload()

    # --- what waits -----------------------------------------------------------------------------

    def load_waiting(self) -> None:
        """Read what waits for the member at this console, and carry it out where the hub is there."""
        if self.session.waiting is not None:
            begin(self, self._load, "waiting", exclusive=True)

    async def _load(self) -> None:
        waiting, line = self.session.waiting, self.session.line
        if waiting is None or not self.session.member:
            return
        try:
            old = await waiting.load()
        except HubError as error:
            self.notify(str(error), severity="error")
            return
        if old:
            self.notify(f"Too old, and not carried out: {_named([one.label for one in old])}.", title="Queued acts", severity="warning")
        self.retouch()
        if waiting.items and line is not None and line.state == "live":
            await self._carry()

    async def _carry(self) -> None:
        waiting = self.session.waiting
        if waiting is None:
            return
        try:
            outcomes = await waiting.carry()
        except HubError as error:
            self.notify(str(error), severity="error")
            return
        for outcome in outcomes:
            await self._settle(outcome)
        done = [outcome.intent.label for outcome in outcomes if outcome.receipt is not None]
        moved = [outcome for outcome in outcomes if outcome.receipt is None]
        if done:
            self.notify(sentence(f"Carried out now: {_named(done)}"), title="Queued acts")
        if moved:
            named = _named([f"{one.intent.label} ({one.why.rstrip('.')})" for one in moved])
            said = f"{counted(len(moved), 'act')} of yours not carried out: {named}"
            self.notify(sentence(said), title="Look again", severity="warning", timeout=12)
            self._put_again()
        self.retouch()

    async def _settle(self, outcome: Outcome) -> None:
        """One intent has met the hub: the screens show what it holds, and undo knows of it."""
        from hubconsole.tui.screens.revoking import revocation
        from hubconsole.tui.session import Act

        intent, session = outcome.intent, self.session
        if outcome.receipt is not None and not intent.saves:
            inverse = await revocation(session, intent.command)
            final = "" if inverse is not None else "It was queued and carried out later."
            session.remember(Act(intent.label, intent.key, intent.command, inverse, final=final))
        for screen in self._live_screens():
            saved_later = getattr(screen, "saved_later", None)
            if intent.saves and saved_later is not None:
                await saved_later(outcome)
            elif outcome.receipt is not None:
                screen.post_message(ActDone(intent.enquiry_id, intent.label))

    def _put_again(self) -> None:
        """Show what is the person's to look at again, unless they are in the middle of something; the header says it anyway."""
        screen = self.screen
        busy = getattr(screen, "editing", False) or getattr(screen, "amending", False)
        if screen in self._live_screens() and not screen.is_modal and not busy:
            self.act_waiting()

    def act_hub(self) -> None:
        """Where the hub is, and how the line to it stands."""
        from hubconsole.tui.screens.hub_state import HubStateScreen

        self.push_screen(HubStateScreen())

    def act_waiting(self) -> None:
        """What waits for the hub."""
        from hubconsole.tui.screens.waiting import WaitingScreen

        if self.session.waiting is None:
            self.notify("This hub is on this machine: nothing waits for it.")
        else:
            self.push_screen(WaitingScreen())

    # --- what is under way ----------------------------------------------------------------------

    def mark_moved(self, enquiry_id: str) -> None:
        """What is said of an enquiry under way has changed: paint its rows, and the panes that show it."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        for screen in self._live_screens():
            for queue in screen.query(QueueRows):
                index = queue.pages.index(enquiry_id)
                if index is not None:
                    queue.touch(index)
            marked = getattr(screen, "marked_anew", None)
            if marked is not None and screen.is_mounted:
                marked(enquiry_id)


def _targets(screen: HubScreen) -> list[BoardRow]:
    return cast("list[BoardRow]", getattr(screen, "targets", list)())


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return "; ".join(labels[:NAMED]) + more
