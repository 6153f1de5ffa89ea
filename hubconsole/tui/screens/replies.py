"""Submitting and sending a reply, and what comes afterwards: mixed into the enquiry screen, which does the drawing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from hubconsole.errors import HubError
from hubconsole.tui.screens.confirm import Confirm, Proposal
from hubconsole.tui.screens.dialogs import Choice, Field
from hubconsole.tui.screens.drafting import Drafting
from hubconsole.tui.screens.reasons import is_link
from hubconsole.tui.widgets.exact_text import outgoing_of
from hubconsole.tui.widgets.flags_view import measured

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.store.rows import EnquiryView, SendRow


class Replies(Drafting):
    """See the module's text."""

    brought: Mapping[str, str] = {}
    """By send, the file of this machine into which words handed over far away were brought; empty where they could not be."""

    # --- to the gate and back -----------------------------------------------------------------------

    async def act_submit(self) -> None:
        """Save what is open, and ask for the reviews."""
        from hubconsole.domain.commands import Submit, Withdraw

        view = self.view
        if view is None:
            return
        if self.editing:
            length, limit = measured(self.policy, self.editor.text, view.row.channel, self.editor.visibility)
            if limit is not None and length > limit:
                self.toast(
                    f"It is {length - limit} too long for {view.row.channel}; it is saved with ^s, and submitted once it fits.", "warning"
                )
                return
            if not await self.save():
                return
            self.editing = False
        newest = self.view.drafts[-1].version if self.view and self.view.drafts else None
        command, inverse = Submit(enquiry_id=view.row.id, version=newest), Withdraw(enquiry_id=view.row.id)
        receipt = await self.tell(f"Submitted {view.row.key}", command, inverse=inverse)
        if receipt is not None and receipt.state == "ready":
            self.toast(f"{view.row.key} needs no approval: S sends it.")
        self.query_one("#talk").focus()
        self.show(view.row.id)

    async def act_withdraw(self) -> None:
        """Take a submitted reply back."""
        from hubconsole.domain.commands import Withdraw

        await self._simply("Took back the reply to {}", Withdraw)

    def act_accept(self) -> None:
        """Accept the reviewer's words, after reading exactly those."""
        from hubconsole.domain.commands import AcceptAmendment

        def answered(yes: tuple[str, ...] | None) -> None:
            if yes is not None and self.view is not None and self.draft is not None:
                command = AcceptAmendment(enquiry_id=self.view.row.id, digest=self.draft.digest)
                self.follow(self._carried(f"Accepted {self.view.row.key}", command))

        self.at = -1
        self._show_exact("Accept", "accept these words as yours", answered)

    async def act_still_right(self) -> None:
        """The reply is still right after the customer's newest message."""
        from hubconsole.domain.commands import Resume

        view = self.view
        newest = next((message for message in reversed(view.messages) if message.direction == "in"), None) if view else None
        if view is not None and newest is not None:
            await self._carried(f"{view.row.key}: still right, reviews start anew", Resume(enquiry_id=view.row.id, seen_message=newest.id))

    # --- out ----------------------------------------------------------------------------------------

    def act_send(self) -> None:
        """Choose the way out, then look at the exact words once more."""
        if self.view is not None:
            ways = [Choice("m", "by hand: clipboard and file", "manual"), Choice("o", "outbox: a mail file", "outbox")]
            self.choose(f"Send {self.view.row.key} by", ways, self._send_by)

    def _send_by(self, via: str) -> None:
        from hubconsole.domain.commands import Send, UndoSend

        view, draft = self.view, self.draft
        if view is None or draft is None:
            return

        def answered(yes: tuple[str, ...] | None) -> None:
            if yes is not None:
                send = Send(enquiry_id=view.row.id, via=via, digest=draft.digest)
                self.follow(self._carried(f"Queued the reply to {view.row.key} to go out", send, UndoSend(enquiry_id=view.row.id)))

        self.at = -1
        seconds = self.policy.undo_ms // 1000 if self.policy else 10
        self._show_exact("Send", "send", answered, f"It leaves {seconds} seconds after this; until then z takes it back.")

    def _show_exact(self, verb: str, act: str, answered: Callable[[tuple[str, ...] | None], None], *follows: str) -> None:
        view, draft = self.view, self.draft
        if view is None or draft is None:
            return
        exact = outgoing_of(view, draft, self.policy)
        self.app.push_screen(
            Confirm(Proposal(f"{verb} {view.row.key} reply v{draft.version}", exact, follows, act), self.session.now()), answered
        )

    async def opened(self) -> None:
        """What was handed over while nobody looked is brought here too."""
        await super().opened()
        await self._bring()

    def hand_over(self, before: EnquiryView) -> None:
        """A send by hand of this person has become theirs to publish: put the exact words on their clipboard and say what is next."""
        from hubconsole.channels.at_hand import by_hand

        if self.session.far is not None:
            self.follow(self._bring())  # not in place of one that has begun: that one holds the words
            return
        sent = by_hand(self.view, self.session.member) if self.view else None
        if sent is None or self.view is None:
            return
        if before.sends and before.sends[-1].id == sent.id and before.sends[-1].state == "handed_over":
            return
        text = next((draft.text for draft in self.view.drafts if draft.version == sent.version), "")
        self._say_handed_over(text, f"in {sent.link}" if sent.link else "")

    def _say_handed_over(self, text: str, where: str) -> None:
        from hubconsole.channels.clipboard import osc52

        copied = osc52(text) is not None
        if copied:
            self.app.copy_to_clipboard(text)
        places = " and ".join(part for part in ("on your clipboard" if copied else "", where) if part)
        self.toast(f"Handed over: the words are {places or 'on this screen'}.")

    async def _bring(self) -> None:
        """Words that the worker of a hub far away handed over are put on this machine, once: on the clipboard and into a file."""
        session, view = self.session, self.view
        if session.far is None or session.only or session.away or view is None:
            return
        from hubconsole.channels.at_hand import bring, by_hand, handed
        from hubconsole.config import load

        sent = by_hand(view, session.member)
        if sent is None or sent.id in self.brought:
            return
        self.brought = {**self.brought, sent.id: ""}
        try:
            policy = self.policy or await session.call(session.hub.policy)
        except HubError:  # the line went: it is brought when the enquiry is opened again
            self.brought = {one: file for one, file in self.brought.items() if one != sent.id}
            return
        outgoing = await session.call(handed, view, sent, policy) if policy is not None else None
        if outgoing is None:
            words = f"v{sent.version} is not brought here: what surrounds its words has changed since they were approved."
            self.toast(f"{words} Read it before you publish anything.", "warning")
            return
        brought = await session.call(lambda: bring(outgoing, load().out))
        self.brought = {**self.brought, sent.id: brought.file}
        if brought.anew:
            self._say_handed_over(brought.text, f"in {brought.file} on this machine" if brought.file else "")
        if brought.problem:
            self.toast(brought.problem, "warning")
        self.paint_reply()

    def where_handed(self, sent: SendRow) -> str:
        """In which file the words are that a person publishes, and whose machine that is on, as a sentence; empty where in none."""
        if self.session.far is None:
            return f"The words are in {sent.link}." if sent.link else ""
        from hubconsole.channels.at_hand import THERE

        if file := self.brought.get(sent.id, ""):
            return f"The words are in {file} on this machine."
        return f"The words are in {sent.link} {THERE}." if sent.link else ""

    def act_mark_sent(self) -> None:
        """Say that it was published, optionally where."""
        from hubconsole.domain.commands import MarkSent

        view = self.view
        if view is not None:

            def said(words: tuple[str, ...]) -> Awaitable[None] | None:
                link = words[0].strip()
                if link and not is_link(link):
                    self.toast("That is no link: write https:// and where it can be seen, or nothing.", "warning")
                    ask(link)
                    return None
                return self._carried(f"Marked {view.row.key} as sent", MarkSent(enquiry_id=view.row.id, link=link))

            def ask(link: str = "") -> None:
                line = Field("link", link, "https://… where it can be seen; may stay empty", required=False)
                self.ask(f" {view.row.key} was sent ", [line], said)

            ask()

    def act_not_sent(self) -> None:
        """Say that it was not published."""
        from hubconsole.domain.commands import MarkNotSent

        view = self.view
        if view is not None:
            field = Field("why", placeholder="what went wrong", required=False)
            self.ask(
                f" {view.row.key} was not sent ",
                [field],
                lambda said: self._carried(
                    f"Marked {view.row.key} as not sent", MarkNotSent(enquiry_id=view.row.id, reason=said[0].strip())
                ),
            )

    # --- afterwards ---------------------------------------------------------------------------------

    async def act_await_customer(self) -> None:
        """The customer has the next move."""
        from hubconsole.domain.commands import AwaitCustomer

        await self._simply("{} waits for the customer", AwaitCustomer)

    async def act_resolve(self) -> None:
        """The need is met."""
        from hubconsole.domain.commands import Resolve

        await self._simply("Resolved {}", Resolve, undo=True)

    async def act_close(self) -> None:
        """Put it away."""
        from hubconsole.domain.commands import Close

        await self._simply("Closed {}", Close, undo=True)

    async def act_reopen(self) -> None:
        """Take it up again."""
        from hubconsole.domain.commands import Reopen

        await self._simply("Reopened {}", Reopen)

    async def _simply(self, said: str, make: type[Command], undo: bool = False) -> None:
        from hubconsole.domain.commands import Reopen

        view = self.view
        if view is not None:
            inverse = Reopen(enquiry_id=view.row.id, reason="taken back at once") if undo else None
            await self._carried(said.format(view.row.key), make(enquiry_id=view.row.id), inverse)  # type: ignore[call-arg]

    async def _carried(self, said: str, command: Command, inverse: Command | None = None) -> None:
        """Carry out, tell, and read the enquiry anew."""
        view = self.view
        if view is not None:
            await self.tell(said, command, key=view.row.key, inverse=inverse)
            self.show(view.row.id)
