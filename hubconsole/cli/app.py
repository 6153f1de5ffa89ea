"""The Typer application, put together from one module per group; only the group that is asked for is imported."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NamedTuple

import typer
from typer.core import TyperGroup

from hubconsole.errors import UsageProblem


class Group(NamedTuple):
    """Commands that stand together in the help, and the module that holds them."""

    title: str
    module: str
    commands: tuple[str, ...]


GROUPS = (
    Group("Screens", "screens", ("board", "legal", "enquiry", "marketing", "service", "demo")),
    Group("Look", "reading", ("list", "show", "search", "export")),
    Group("Take in", "intake", ("add", "import")),
    Group("Who has it", "working", ("claim", "release", "triage", "assign", "priority", "snooze", "wake", "note")),
    Group("Draft", "drafting", ("draft", "address", "submit", "withdraw", "accept", "resume")),
    Group("Review", "review", ("approve", "amend", "return", "reject", "not-required", "revoke", "ask")),
    Group("Send", "sending", ("send", "undo-send", "sent", "not-sent")),
    Group("Afterwards", "afterwards", ("wait", "resolve", "close", "reopen")),
    Group("The hub", "hubs", ("start", "members", "policy", "shift", "rebuild")),
    Group("Where it lives", "moving", ("push", "pull", "backup", "restore", "outbox", "worker")),
    Group("For others", "serving", ("serve",)),
    Group("From elsewhere", "login", ("login", "logout")),
    Group("Who may come in", "tokens", ("token", "device")),
    Group("Evidence", "audit", ("audit",)),
)
"""All commands, in the order of the help."""


class _Grouped(TyperGroup):
    """A plain help page with the commands under their groups' titles."""

    def format_commands(self, ctx: typer.Context, formatter: typer.core._click.HelpFormatter) -> None:  # type: ignore[name-defined,override]
        """Write the commands, one section per group."""
        for group in GROUPS:
            rows = [(name, self.commands[name].get_short_help_str(200)) for name in group.commands if name in self.commands]
            if rows:
                with formatter.section(group.title):
                    formatter.write_dl(rows)


def build(groups: Sequence[Group] = GROUPS) -> typer.Typer:
    """The application with these groups of commands."""
    root = typer.Typer(
        name="hubconsole",
        cls=_Grouped,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="A terminal command centre for customer enquiries, with a legal gate.",
        epilog="Start with: hubconsole start (a hub of your own) or hubconsole demo (a look around).",
    )

    @root.callback()
    def hubconsole(
        version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)] = False,
    ) -> None:
        """A terminal command centre for customer enquiries, with a legal gate."""

    for group in groups:
        app: typer.Typer = import_module(f"hubconsole.cli.{group.module}").app
        root.registered_commands.extend(app.registered_commands)
        root.registered_groups.extend(app.registered_groups)
    return root


def run(arguments: Sequence[str]) -> int:
    """Parse and carry out; the exit code is returned. Nothing at all shows the help. Raises errors of :mod:`hubconsole.errors`."""
    arguments = arguments or ["--help"]
    wanted = [group for group in GROUPS if arguments[0] in group.commands]
    command = typer.main.get_command(build(wanted or GROUPS))
    try:
        result = command.main(list(arguments), prog_name="hubconsole", standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as error:
        # The parser's own way of noticing that the reader has gone.
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        raise
    except Exception as error:
        # The parser's own errors are no public class in every version of Typer, but they all can say themselves.
        text = getattr(error, "format_message", None)
        if text is None:
            raise
        raise _usage(error, str(text()), arguments[0] if wanted else "") from error
    return result if isinstance(result, int) else 0


def _usage(error: Exception, message: str, command: str) -> UsageProblem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else f"hubconsole {command}".strip()
    return UsageProblem("usage", message or "Something is missing.", f"See: {path} --help")


def _version(wanted: bool) -> None:
    if wanted:
        from hubconsole import __version__

        typer.echo(f"hubconsole {__version__}")
        raise typer.Exit
