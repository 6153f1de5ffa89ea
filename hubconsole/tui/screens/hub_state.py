"""Where the hub is and how the line to it stands, in one box that keeps itself true."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from hubconsole.clock import SECOND
from hubconsole.errors import HubError
from hubconsole.store.rows import MOVED_TO
from hubconsole.text import one_line, visible_text
from hubconsole.tui.line import MOVED, SKEWED, as_of, how_to_sign_in, signed_out, state_words
from hubconsole.tui.sheets import sheet
from hubconsole.tui.widgets.review_pane import Words
from hubconsole.tui.wording import counted
from hubconsole.tui.work import begin

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp

_LABEL = 13


class HubFacts(Words):
    """Names, and beside them what is so; further lines hang under the first."""


class HubStateScreen(ModalScreen[None]):
    """See the module's text."""

    CSS = sheet("screens/waiting")
    BINDINGS = [("escape", "leave", "back"), ("H", "leave", "back"), ("r", "reconnect", "connect now")]

    _moved_to = ""
    """Where the hub went, once that is read."""

    def compose(self) -> ComposeResult:
        """One text."""
        with Vertical(id="hub-state", classes="-ascii" if self.console.glyphs.ascii_only else "") as box:
            box.border_title = Content("Hub")
            box.border_subtitle = Content("r connects now, Esc leaves" if self.console.session.far else "Esc leaves")
            yield HubFacts(id="hub-said")

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    def on_mount(self) -> None:
        """Read its place in the journal, and keep the rest true."""
        self.set_interval(1.0, self.renew)
        self.renew()
        begin(self, self._learn, "hub")

    async def _learn(self) -> None:
        session = self.console.session
        try:
            session.info = await session.call(session.hub.info)
            if session.info.moved:
                kind, owner, name = MOVED_TO
                self._moved_to = (await session.call(session.hub.saved, kind, owner)).get(name, "")
        except HubError:
            return  # what was known last stays; the line says why
        self.renew()

    def renew(self) -> None:
        """Say all of it as it is now."""
        self.query_one("#hub-said", HubFacts).show(*self._lines())

    def _lines(self) -> list[tuple[Content, Content]]:
        session, glyphs = self.console.session, self.console.glyphs
        info, now, line = session.info, session.clock(), session.line
        rows = [("name", info.name), ("place", info.location)]
        if line is None:
            here = "on this machine" if info.moved else "on this machine: always live"
            rows.append(("line", here if session.connected else f"{glyphs.alarm} {session.reason}"))
        else:
            sign = glyphs.here if line.state == "live" else glyphs.alarm
            rows.append(("line", f"{sign} {state_words(line, now)}"))
            if line.error:
                rows.append(("because", line.error))
            if signed_out(line) and (how := how_to_sign_in(line, info.location)):
                rows.append(("what to do", how))
            fresh = "as it was when the hub moved" if info.moved else "as it is now"
            rows.append(("board", fresh if line.state == "live" else as_of(line, now)))
            rows.append(("hub's clock", _clock(line.skew_ms)))
        if info.moved:
            where = f" to {one_line(self._moved_to, 120)}; go on there" if self._moved_to else " away"
            rows.append(("standing", f"{glyphs.alarm} {MOVED}: it has moved{where}"))
        rows += [("journal", f"event {info.seq}"), ("policy", info.policy_name), self._here()]
        if session.waiting is not None:
            waits, sign = session.waiting.items, self.console.keys.sign("waiting")
            rows.append(("waiting", f"{counted(len(waits), 'act')}; {sign} lists them" if waits else "nothing"))
        shown = [(name, visible_text(words) if name == "because" else one_line(words, 200)) for name, words in rows]
        return [(Content.styled(f"{name:<{_LABEL}}", "$text-dim"), Content.styled(words, "$value")) for name, words in shown]

    def _here(self) -> tuple[str, str]:
        """Who else is at work; while the line is lost nobody knows."""
        session = self.console.session
        if (line := session.line) is not None and line.state != "live":
            return ("here now", "not known while the line is lost" if line.state == "offline" else "not known yet")
        here = sorted({viewer.member for viewer in self.console.viewers} | ({session.member} if session.member else set()))
        return ("here now", ", ".join(here) or "nobody")

    def action_reconnect(self) -> None:
        """Try at once."""
        far = self.console.session.far
        reconnect = getattr(far, "reconnect", None)
        if far is None:
            self.notify("This hub is on this machine; there is no line to it.")
        elif far.connection().state == "live":
            self.notify("The line is live.")
        elif reconnect is not None:
            reconnect()
            self.notify("Connecting now.")

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss()


def _clock(skew_ms: int) -> str:
    if abs(skew_ms) <= SKEWED:
        return "agrees with this machine's"
    return f"{abs(skew_ms) / SECOND:.0f} s {'ahead of' if skew_ms > 0 else 'behind'} this machine's"
