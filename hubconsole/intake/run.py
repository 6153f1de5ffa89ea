"""An import from beginning to end: files, conversations, commands, report."""

from collections.abc import Callable, Iterator
from datetime import tzinfo
from pathlib import Path

from hubconsole.domain.channel_names import channel_name
from hubconsole.domain.commands import SaveSetting
from hubconsole.hub.port import Hub
from hubconsole.intake.again import Earlier
from hubconsole.intake.apply import Applier, Unanswerable, steps
from hubconsole.intake.columns import Layout, parse_mapping, signature
from hubconsole.intake.dates import zone_named
from hubconsole.intake.delimited import Delimited
from hubconsole.intake.jsonl import JsonLines
from hubconsole.intake.mapping import SETTING, remembered, to_keep
from hubconsole.intake.records import DEFAULT_CHANNEL, ImportReport, Incoming, Progress, Reject
from hubconsole.intake.rejects import Rejects
from hubconsole.intake.sources import Source, open_source
from hubconsole.intake.threads import Conversation, Threads

_READING = 10  # per cent of the time that reading takes; the rest goes into carrying out


def import_files(
    hub: Hub,
    paths: list[Path],
    *,
    actor: str,
    channel: str | None = None,
    mapping: dict[str, str] | None = None,
    brand: tuple[str, ...] = (),
    account: str = "",
    timezone: str | None = None,
    dry_run: bool = False,
    rejects: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take the messages of files (or folders of ``.eml``) in as enquiries of the hub.

    ``mapping`` (field to column) goes before what the hub remembers for the header, and that before guessing; it is
    remembered. ``brand`` names ourselves, ``account`` is which of our accounts was written to, ``timezone`` that of times
    without one. Rejected records go to ``rejects``, or into the working folder (or, where that is read-only, beside the first
    file). A dry run carries nothing out and writes no file but ``rejects``. ``progress`` gets done and total in bytes.

    Raises UsageProblem before anything is taken in when a file, field, column or zone is wrong; Unreachable when the hub
    goes away: what was taken in stays, and the same import again takes in the rest.
    """
    zone = zone_named(timezone)
    channel = channel_name(channel) if channel else None
    told = parse_mapping(mapping or {})
    saved = hub.saved(SETTING)
    sources = [open_source(path, str(path) if len(paths) > 1 else None) for path in paths]
    inputs = [_Input(source, told, saved) for source in sources]
    total = sum(source.size for source in sources) or 1
    refused = Rejects(_places(paths, rejects, dry_run), many=len(paths) > 1 or any(path.is_dir() for path in paths))
    threads = Threads((*brand, account) if "@" in account else brand)
    try:
        _read(inputs, threads, refused, zone, channel, _scaled(progress, total, 0, _READING))
        earlier = Earlier(hub, refused.add)
        applier = Applier(hub, actor=actor, dry_run=dry_run, reject=refused.add, compare=earlier.compare)
        _carry_out(
            threads.conversations(hub.known, earlier.compare), threads, applier, refused, account, _scaled(progress, total, _READING, 100)
        )
        if not dry_run:
            for setting in {found for each in inputs if (found := each.setting)}:
                hub.execute(setting, actor=actor, via="import")
    finally:
        threads.close()
        refused.close()
    return ImportReport(applier.created, applier.updated, threads.skipped + applier.skipped, refused.all(), applier.messages, refused.path)


class _Input:
    """A source made ready to be read: its layout decided, if it is a table."""

    def __init__(self, source: Source, told: dict[str, str], saved: dict[str, str]) -> None:
        self.source = source
        self.channel = "email"
        self.setting: SaveSetting | None = None
        self._layout: Layout | None = None
        if isinstance(source, Delimited | JsonLines):
            name = signature(source.columns)
            self._layout = source.layout(remembered(saved, name) | told)
            self.channel = self._layout.channel() or DEFAULT_CHANNEL
            self.setting = to_keep(saved, name, told)

    def records(self, zone: tzinfo, progress: Progress) -> Iterator[Incoming | Reject]:
        """What the source holds."""
        if isinstance(self.source, Delimited | JsonLines):
            assert self._layout is not None
            return self.source.records(self._layout, zone, progress)
        return self.source.records(zone, progress)


def _read(inputs: list[_Input], threads: Threads, refused: Rejects, zone: tzinfo, channel: str | None, progress: Progress) -> None:
    before = 0
    whole = sum(each.source.size for each in inputs) or 1
    for each in inputs:
        start = before
        for found in each.records(zone, lambda done, _, start=start: progress(start + done, whole)):  # type: ignore[misc]
            problem = found if isinstance(found, Reject) else threads.add(found, channel or found.channel or each.channel)
            if problem is not None:
                refused.add(problem)
        before += each.source.size


def _carry_out(
    conversations: Iterator[Conversation], threads: Threads, applier: Applier, refused: Rejects, account: str, progress: Progress
) -> None:
    done = 0
    own_names: dict[str, str] | None = None
    for conversation in conversations:
        if own_names is None:
            own_names = threads.own_names()
        try:
            for step in steps(conversation, account=account, own_names=own_names):
                applier.add(step)
        except Unanswerable:
            for message in conversation.messages:
                record = message.record
                refused.add(Reject(record.line, record.source, "it is our own message, and nobody's that it answers is known", record.text))
        done += len(conversation.messages)
        progress(done, len(threads))
    applier.flush()
    progress(1, 1)


def _scaled(progress: Progress | None, total: int, start: int, end: int) -> Progress:
    """Progress of one part, told as bytes out of ``total``: the part goes from ``start`` to ``end`` per cent."""

    def tell(done: int, whole: int) -> None:
        if progress is not None:
            whole = max(1, whole)
            progress(total * (start * whole + (end - start) * min(done, whole)) // (100 * whole), total)

    return tell


def _places(paths: list[Path], rejects: Path | None, dry_run: bool) -> tuple[Path, ...]:
    if rejects is not None:
        return (rejects,)
    if dry_run or not paths:
        return ()
    name = f"{paths[0].name}.rejects.jsonl"
    return (Path(name).absolute(), paths[0].absolute().with_name(name))
