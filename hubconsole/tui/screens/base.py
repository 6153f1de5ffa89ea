"""What every screen of the console shares: header, footer, keys from the table, and acting on the hub.

A screen subclasses :class:`HubScreen`, sets ``WHERE`` and ``BINDINGS = bindings_for(EVERYWHERE, WHERE)``,
yields its body from ``compose_body`` and writes one method ``act_<id>`` for each key of its context::

    class LegalScreen(HubScreen):
        WHERE = LEGAL
        BINDINGS = bindings_for(EVERYWHERE, LEGAL)

        def compose_body(self) -> ComposeResult: ...
        def blocked(self, key_id: str) -> str: ...          # why the key does not work now; "" when it does
        def act_approve(self) -> None: ...                  # or ``async def``: then it runs as a worker
        def on_changed(self, message: Changed) -> None: ... # the hub moved on
        def show(self, key: str) -> None: ...               # show this enquiry, where the screen shows one
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches

from hubconsole.errors import Conflict, HubError, Unreachable
from hubconsole.hub.port import ONLY
from hubconsole.tui.bindings import BOARD, BY_ID, EVERYWHERE, Key, bindings_for, keys_in
from hubconsole.tui.messages import ActDone, Disconnected
from hubconsole.tui.screens.fitting import Fitting
from hubconsole.tui.session import Act, Session
from hubconsole.tui.wording import either, sentence
from hubconsole.tui.work import begin, gone

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.hub.port import Receipt
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.asking import Choice, Field
    from hubconsole.tui.widgets.queue_rows import QueueRows

TOLD = {"information": 4, "warning": 6, "error": 8}
"""Seconds for which a toast stands, by severity."""

Then = Callable[[Any], "Awaitable[None] | None"]
"""What is done with an answer; an async function runs as a worker."""


_LOOKING = {"older_version", "newer_version", "next_flag", "later"}
"""Keys of the groups that change something which change nothing."""

_OPENING = {"open", "views", "login", "go_enquiry"}
"""Keys that lead to names and words of customers, or to somebody else's."""


def _looks_only(only: str, key: Key) -> str:
    """Why a key does not work at a console that is there to look at alone; empty when it does."""
    acts = key.id not in _LOOKING and (key.group in {"Triage", "Reply", "Review", "Mark"} or key.id in {"undo", "repeat", "waiting"})
    return ONLY[only] if acts or (only == "wall" and key.id in _OPENING) else ""


class HubScreen(Fitting):
    """Base of all full screens."""

    WHERE: ClassVar[str] = EVERYWHERE
    """This screen's context in the key table."""

    TAB: ClassVar[str] = ""
    """Which tab of the header is lit: ``board``, ``legal``, ``enquiry`` or a pane's id."""

    BINDINGS = bindings_for(EVERYWHERE)

    _unbegun: Mapping[Awaitable[None], str] = {}
    """Work that was handed over and has not begun yet, with its group."""

    named_row: BoardRow | None = None
    """The enquiry that a command line names; it is meant instead of the one under the cursor."""

    # --- frame ----------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Header, body, footer."""
        from hubconsole.tui.footer import FooterBar
        from hubconsole.tui.header import HeaderBar

        yield HeaderBar()
        yield from self.compose_body()
        yield FooterBar()

    def compose_body(self) -> ComposeResult:
        """The widgets between header and footer."""
        return iter(())

    @property
    def console_app(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    @property
    def session(self) -> Session:
        """Who is here, and the hub."""
        return self.console_app.session

    @property
    def tab(self) -> str:
        """The tab that the header lights for this screen."""
        return self.TAB

    def show(self, key: str) -> None:
        """Show the enquiry with this key. Screens that show no single enquiry ignore it."""

    def keep_typing(self) -> None:
        """What is being typed here is put where it outlives the console. Screens where nobody writes have nothing to keep."""

    def put_down(self) -> None:
        """Close what is half written here without keeping it: :meth:`keep_typing` has."""

    def entered(self) -> None:
        """Come back from another full screen: nobody's eyes are on the lists, so what is new comes in and what has left goes."""
        for queue in self._lists():
            if not queue.marks:
                queue.reload()

    def freshen(self, *, whole: bool) -> None:
        """Nobody has pressed a key for a while: read those lists anew whose rows are out of date.

        A list is left alone while the row under its cursor has left it, because the next key press must not land on
        another enquiry; on the board the columns without the focus are not, and after a long while (``whole``) none is.
        """
        lists = self._lists()
        for queue in lists:
            steady = queue.cursor_id not in queue.gone or (len(lists) > 1 and not queue.has_focus) or (whole and self.WHERE == BOARD)
            if (queue.gone or queue.fresh) and not queue.marks and steady:
                queue.reload()

    def _lists(self) -> list[QueueRows]:
        """The lists that may move now: none while somebody writes."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        writing = getattr(self, "amending", False) or getattr(self, "editing", False)
        return [] if writing else list(self.query(QueueRows))

    @property
    def in_front(self) -> bool:
        """Whether this is the screen that is looked at; a question asked before it leaves it so, another screen does not."""
        return self.console_app.in_front is self

    def on_screen_resume(self) -> None:
        """Coming back to the front: the footer and header may be out of date."""
        self.refresh_frame()

    def refresh_frame(self) -> None:
        """Paint header and footer again, after anything that changes which keys work."""
        from hubconsole.tui.footer import FooterBar
        from hubconsole.tui.header import HeaderBar

        for bar in (*self.query(FooterBar), *self.query(HeaderBar)):
            bar.refresh()

    # --- keys -----------------------------------------------------------------------------------

    def blocked(self, key_id: str) -> str:
        """Why this key does not work at the moment, as a sentence; empty when it does. Extend by ``super()``."""
        key = BY_ID[key_id]
        if self.session.only and (why := _looks_only(self.session.only, key)):
            return why
        if (
            not self.session.member
            and "act_" + key_id not in {"act_login", "act_quit", "act_help"}
            and key.group not in {"Move", "Find", "Go", "Hub"}
        ):
            return "Choose who you are first: F9."
        if not self.session.may(key.who):
            return f"Only {either(key.who)} may do this; you are {' and '.join(self.session.functions) or 'nobody yet'}."
        if key.group in {"Triage", "Reply", "Review"} or key_id in ("undo", "repeat"):
            return self._without_hub(key_id)
        return ""

    def _without_hub(self, key_id: str) -> str:
        """Why a key that changes something does not work while the hub cannot be reached; empty when it does, or can be queued."""
        session = self.session
        if session.far is None:
            if session.connected or key_id in ("undo", "repeat"):
                return ""
            return f"The hub does not answer, so nothing can be changed. {session.reason}".strip()
        from hubconsole.tui.waiting import HERE_KEYS, QUEUED_KEYS, WRITING_KEYS

        if not session.away or key_id in HERE_KEYS or key_id in WRITING_KEYS or key_id in QUEUED_KEYS:
            return ""
        if key_id == "send":
            return "Not connected, and sending is never queued: it is a decision to let the words leave."
        return f"Not connected, and “{BY_ID[key_id].label}” is not queued: it needs the hub."

    def shown_keys(self) -> tuple[str, ...]:
        """Ids for the footer, in order: what this member may do here. The focused list adds its own; override to change by mode."""
        contexts = (EVERYWHERE, self.WHERE, *(("list",) if hasattr(self.focused, "action_do") else ()))
        keys = [key for key in keys_in(*contexts) if key.footer and self.session.may(key.who) and self.answers(key.id)]
        if self.session.only:
            keys = [key for key in keys if not _looks_only(self.session.only, key)]
        return tuple(key.id for key in sorted(keys, key=lambda key: key.footer))

    def answers(self, key_id: str) -> bool:
        """Whether this screen, its focused list or the application has a method for the key."""
        name = "act_" + key_id
        return hasattr(self, name) or hasattr(self.focused, name) or hasattr(self.app, name)

    def action_do(self, key_id: str) -> None:
        """Run the method for a key, or say in a toast why it does not work now."""
        self.do(key_id)

    def do(self, key_id: str) -> None:
        """The same, for palette, help and command line."""
        reason = self.blocked(key_id)
        if reason:
            self.toast(reason, "warning")
            return
        name = "act_" + key_id
        for owner in (self, self.focused, self.app):
            method = getattr(owner, name, None)
            if method is not None:
                self.follow(method())
                return
        self.toast(f"“{BY_ID[key_id].label}” does nothing here.", "warning")

    def follow(self, result: Awaitable[None] | None) -> None:
        """If ``result`` is a coroutine, run it as a worker whose errors become toasts."""
        if result is not None and inspect.isawaitable(result):
            self._run_beside(result, "acts")

    def _run_beside(self, work: Awaitable[None], group: str, *, exclusive: bool = False) -> None:
        self._unbegun = {**self._unbegun, work: group}
        begin(self, partial(self._guarded, work), group, exclusive=exclusive)

    def on_unmount(self) -> None:
        """What was cancelled before it began is ended in order: left lying, Python would complain of it on the terminal given back."""
        self._end(*self._unbegun)

    def _end(self, *never: Awaitable[None]) -> None:
        """Close work that will not begin."""
        for work in never:
            if inspect.iscoroutine(work):
                work.close()
        self._unbegun = {work: group for work, group in self._unbegun.items() if work not in never}

    async def _guarded(self, work: Awaitable[None]) -> None:
        self._unbegun = {one: group for one, group in self._unbegun.items() if one is not work}
        try:
            await work
        except HubError as error:
            self.report(error)
        except NoMatches:
            if not gone(self):
                raise

    # --- acting on the hub ----------------------------------------------------------------------

    async def tell(
        self, label: str, command: Command, *, key: str = "", inverse: Command | None = None, seen: int | None = None
    ) -> Receipt | None:
        """Carry out a command, toast ``label`` and remember it for undo; on an error toast that and return None."""
        try:
            receipt = await self.session.execute(command, seen)
        except HubError as error:
            self.report(error)
            return None
        self.session.remember(Act(label, key or receipt.key, command, inverse))
        self.toast(sentence(label) + (" z takes it back." if inverse is not None else ""))
        self.post_message(ActDone(receipt.enquiry_id, label))
        return receipt

    def report(self, error: HubError) -> None:
        """Say what went wrong and what to do next."""
        if isinstance(error, Unreachable):
            self.app.post_message(Disconnected(str(error), self.session.now()))
        text = f"{error.message} {error.hint}".strip()
        self.toast(text, "warning" if isinstance(error, Conflict) else "error")

    def toast(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A short message in the corner. ``text`` may hold anything; it is shown inert."""
        self.notify(text, severity=severity, timeout=TOLD[severity])

    # --- asking the person ----------------------------------------------------------------------

    def choose(self, title: str, choices: Sequence[Choice], then: Then) -> None:
        """Offer one-key choices in a bar at the bottom; ``then`` gets the chosen value, Escape does nothing."""
        from hubconsole.tui.screens.dialogs import ChoiceBar

        self.app.push_screen(ChoiceBar(title, choices), lambda value: self._answered(value, then))

    def ask(self, title: str, fields: Sequence[Field], then: Then) -> None:
        """Ask for one or more lines of text; ``then`` gets a tuple of strings, Escape does nothing."""
        from hubconsole.tui.screens.dialogs import AskBox

        self.console_app.hold_keys()
        self.app.push_screen(AskBox(title, fields), lambda value: self._answered(value, then))

    def confirm(self, title: str, body: Content | Sequence[Content], then: Then, *, key: str = "y", label: str = "do it") -> None:
        """Show ``body`` whole (it scrolls) and wait for ``key``; Enter does not confirm. ``then`` gets True."""
        from hubconsole.tui.screens.dialogs import ConfirmBox

        lines = [body] if isinstance(body, Content) else list(body)
        self.app.push_screen(ConfirmBox(title, lines, key=key, label=label), lambda value: self._answered(value or None, then))

    def _answered(self, value: Any, then: Then) -> None:
        if value is not None:
            self.follow(then(value))
        self.console_app.resume_keys()

    def start(self, work: Coroutine[Any, Any, None], group: str) -> None:
        """Run ``work`` as the newest worker of its group; an older one of the same group is cancelled."""
        self._end(*(older for older, its in self._unbegun.items() if its == group))
        self._run_beside(work, group, exclusive=True)
