"""Submitting and sending a reply, and what comes afterwards: mixed into the enquiry screen, which does the drawing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hubconsole.tui.screens.confirm import Confirm, Proposal
from hubconsole.tui.screens.dialogs import Choice, Field
from hubconsole.tui.screens.drafting import Drafting
from hubconsole.tui.screens.reasons import is_link
from hubconsole.tui.widgets.exact_text import outgoing_of
from hubconsole.tui.widgets.flags_view import measured

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.store.rows import EnquiryView


class Replies(Drafting):
    """See the module's text."""

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

    def hand_over(self, before: EnquiryView) -> None:
        """A send by hand of this person has become theirs to publish: put the exact words on their clipboard and say what is next."""
        from hubconsole.channels.clipboard import osc52

        sent = self.view.sends[-1] if self.view and self.view.sends else None
        if sent is None or sent.state != "handed_over" or sent.via != "manual" or sent.queued_by != self.session.member:
            return
        if before.sends and before.sends[-1].id == sent.id and before.sends[-1].state == "handed_over":
            return
        text = next((draft.text for draft in self.view.drafts if draft.version == sent.version), "") if self.view else ""
        copied = osc52(text) is not None
        if copied:
            self.app.copy_to_clipboard(text)
        where = " and ".join(part for part in ("on your clipboard" if copied else "", f"in {sent.link}" if sent.link else "") if part)
        self.toast(f"Handed over: the words are {where or 'on this screen'}.")

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
