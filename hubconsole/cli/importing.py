"""An import at the terminal: preview, question, progress bar, report."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from hubconsole.intake.preview import Preview
    from hubconsole.intake.records import ImportReport

REJECTS_SHOWN = 10
"""How many rejected lines a person is told about before the rest is left to the file."""


class Wanted(NamedTuple):
    """An import as it was asked for."""

    files: tuple[str, ...]
    channel: str
    mapping: dict[str, str]
    brand: tuple[str, ...]
    account: str
    timezone: str
    yes: bool
    dry_run: bool
    rejects: str


class ProgressBar:
    """One line on a terminal, drawn at most ten times a second; elsewhere nothing."""

    def __init__(self, *, wanted: bool) -> None:
        self._live = wanted and sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Bytes done so far, and how many there are."""
        now = time.monotonic()
        if self._live and now >= self._next:
            self._next = now + 0.1
            share = min(1.0, done / max(1, total))
            filled = round(share * 30)
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {share:4.0%}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._live:
            sys.stderr.write("\r" + " " * 40 + "\r")


def bring_in(session: Session, wanted: Wanted) -> None:
    """Import the files, after a preview and a question where a person can answer. Raises UsageProblem and Unreachable."""
    from hubconsole.intake.run import import_files

    paths = [Path(name) for name in wanted.files]
    for path in paths:
        if not path.exists():
            raise UsageProblem("no_file", f"There is no file {path}.", "Check its name.")
    member = "" if wanted.dry_run else session.taker
    if session.interactive and not wanted.yes and not wanted.dry_run and not _agreed(session, wanted, paths):
        output.say("Nothing was taken in.")
        return
    bar = ProgressBar(wanted=not session.json)
    try:
        report = import_files(
            session.hub,
            paths,
            actor=member,
            channel=wanted.channel or None,
            mapping=wanted.mapping or None,
            brand=wanted.brand,
            account=wanted.account,
            timezone=wanted.timezone or None,
            dry_run=wanted.dry_run,
            rejects=Path(wanted.rejects) if wanted.rejects else None,
            progress=bar,
        )
    finally:
        bar.clear()
    if session.json:
        output.say_json(report.as_json())
        return
    _tell(report, dry_run=wanted.dry_run)


def _agreed(session: Session, wanted: Wanted, paths: list[Path]) -> bool:
    from hubconsole.intake.preview import preview

    saved = session.hub.saved("mapping")
    for path in paths:
        _show(path, preview(path, mapping=wanted.mapping or None, saved=saved), wanted.channel)
    try:
        return input("Take them in? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        output.say()
        return False


def _show(path: Path, seen: "Preview", channel: str) -> None:
    by_row = "channel" in seen.fields and not channel
    details = [seen.kind, seen.encoding, "" if by_row else f"channel {channel or seen.channel}"]
    if seen.delimiter:
        details.insert(1, f"delimiter {seen.delimiter!r}")
    output.say(f"{output.safe(str(path))}: {', '.join(output.safe(detail) for detail in details if detail)}")
    if seen.remembered:
        output.say("  with the columns of your last import of this kind")
    for field, column in seen.fields.items():
        if field != "channel":
            output.say(f"  {field:<12} from column {output.safe(column)}")
        elif by_row:
            output.say(f"  {field:<12} from column {output.safe(column)}, or {seen.channel} where that is empty")
    output.table([output.safe(name) for name in seen.columns], seen.rows, width=output.terminal_width())


def _tell(report: "ImportReport", *, dry_run: bool) -> None:
    output.say(
        f"{'It would be' if dry_run else 'Done:'} {output.count(report.created, 'new enquiry', 'new enquiries')}, "
        f"{report.updated} with new messages, {output.count(report.skipped, 'message')} skipped, {len(report.rejected)} rejected."
    )
    for line, reason in report.rejected[:REJECTS_SHOWN]:
        output.say(f"  line {line}: {output.safe(reason)}")
    if len(report.rejected) > REJECTS_SHOWN:
        output.say(f"  ... and {len(report.rejected) - REJECTS_SHOWN} more")
    if report.rejects_file is not None:
        output.say(f"The rejected lines are in {output.safe(str(report.rejects_file))}")
