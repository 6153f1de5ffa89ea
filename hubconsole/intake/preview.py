"""What an import would make of a file, for somebody to say yes or no to."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from hubconsole.intake.columns import parse_mapping, signature
from hubconsole.intake.delimited import Delimited
from hubconsole.intake.mail import EmlFiles, Mbox
from hubconsole.intake.mapping import remembered
from hubconsole.intake.records import DEFAULT_CHANNEL, Incoming
from hubconsole.intake.sources import open_source

ROWS = 5
"""How many sample rows a preview has."""


class Preview(NamedTuple):
    """A file as it was understood. Cells and column names are raw text from outside: show them only made visible."""

    kind: str
    """``table``, ``jsonl``, ``mbox`` or ``eml``."""
    encoding: str
    """Empty for mail, which names its own."""
    delimiter: str
    header: bool
    columns: tuple[str, ...]
    fields: dict[str, str]
    """Column by field. Columns that are in none of the values are not taken in."""
    rows: tuple[tuple[str, ...], ...]
    """The first five complete rows, in the order of ``columns``; for mail the first five messages' sender, subject and text."""
    channel: str
    """The channel that will be used when none is given; with a channel column, in rows where that is empty."""
    date_style: str
    signature: str
    """The header's name under which a mapping is remembered; empty for mail."""
    remembered: bool
    """Whether a mapping kept from an earlier import was used."""


def preview(path: Path, *, mapping: Mapping[str, str] | None = None, saved: Mapping[str, str] | None = None) -> Preview:
    """Look at a file without taking anything in.

    ``mapping`` is what was said on the command line (field to column), ``saved`` what the hub keeps
    (``Hub.saved("mapping")``). Raises UsageProblem when the file cannot be read or no text is found in it.
    """
    source = open_source(path)
    if isinstance(source, EmlFiles | Mbox):
        return _mail(source)
    name = signature(source.columns)
    kept = remembered(saved or {}, name)
    layout = source.layout(kept | parse_mapping(mapping or {}))
    return Preview(
        "table" if isinstance(source, Delimited) else "jsonl",
        source.encoding.name,
        source.shape.delimiter if isinstance(source, Delimited) else "",
        source.shape.header if isinstance(source, Delimited) else True,
        source.columns,
        layout.mapping(),
        tuple(map(tuple, source.sample()[:ROWS])),
        layout.channel() or DEFAULT_CHANNEL,
        layout.date_style if "time" in layout.fields else "",
        name,
        bool(kept),
    )


def _mail(source: EmlFiles | Mbox) -> Preview:
    first = (found for found in source.records() if isinstance(found, Incoming))
    rows = tuple((found.author, found.subject, found.text) for found in islice(first, ROWS))
    kind = "mbox" if isinstance(source, Mbox) else "eml"
    return Preview(kind, "", "", False, ("from", "subject", "text"), {}, rows, "email", "mail", "", False)
