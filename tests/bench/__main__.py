"""The one command: measures, prints the table, and says with its exit code whether every budget was kept."""

import argparse
import compileall
import contextlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from tests.bench.measure import CannotMeasure, Figure, Scale

SECTIONS = {
    "commands": "a claim through the hub against bare sqlite3",
    "importing": "the tweets through hubconsole import",
    "reads": "pages, counts and search of the large store",
    "gate": "the exhaustive search of the approval gate",
    "start": "the first board against a minimal Textual app",
    "keys": "key to paint against a minimal Textual list, quiet and under a stream of changes",
    "api": "the hub API against plain FastAPI with SQLModel's ORM",
    "feed": "300 consoles on the live feed of one server, cut off again and again",
    "scale": "writers, servers, hubs and consoles added one after the other, on a file and on PostgreSQL",
    "peers": "the hub API against Roundup and django-helpdesk, which are installed for it",
}
REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Speed as ratios in one run.",
        epilog="Sections: " + "; ".join(f"{name}: {what}" for name, what in SECTIONS.items()) + ".",
    )
    parser.add_argument(
        "--only", metavar="NAME", action="append", choices=sorted(SECTIONS), help="measure this section (may be given again)"
    )
    parser.add_argument("--quick", action="store_true", help="smaller stores and fewer rounds: a minute instead of several")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--stores", metavar="DIR", help="keep the generated stores here for the next run")
    asked = parser.parse_args()
    scale = Scale(True, 10_000, 50_000, 200_000, 3) if asked.quick else Scale(False, 10_000, 100_000, 1_000_000, 7)
    # Byte code first, as an installation has it: some machines are set not to write it.
    compileall.compile_dir(REPOSITORY / "hubconsole", quiet=2, workers=1)
    figures: list[Figure] = []
    unmeasured: list[str] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hubconsole-bench-")))
        stores = Path(asked.stores) if asked.stores else folder
        stores.mkdir(parents=True, exist_ok=True)
        for name in asked.only or SECTIONS:
            print(f"{name}: {SECTIONS[name]} ...", file=sys.stderr, flush=True)
            section: Callable[..., Iterator[Figure]] = import_module(f"tests.bench.{name}").run
            try:
                for figure in section(folder if name in ("commands", "importing") else stores, scale):
                    figures.append(figure)
                    print(line(figure), flush=True)
                    if asked.json:
                        Path(asked.json).write_text(
                            json.dumps({"machine": machine(), "figures": [one.facts() for one in figures]}, indent=1)
                        )
            except CannotMeasure as why:
                unmeasured.append(name)
                print(f"{name}: not measured. {why}", file=sys.stderr, flush=True)
    print()
    print(f"{machine()}{'; --quick' if asked.quick else ''}")
    for figure in figures:
        print(line(figure))
    for name in unmeasured:
        print(f"{name}: NOT MEASURED, see above")
    return 0 if not unmeasured and all(figure.kept for figure in figures) else 1


def line(figure: Figure) -> str:
    """A line of the table."""
    places = 4 if 0 < figure.value < 0.1 else 2 if figure.value < 1000 else 0
    value = f"{figure.value:.{places}f} {figure.unit}"
    budget = "" if figure.budget is None else f"{'>=' if figure.floor else '<='} {figure.budget:.3g}"
    verdict = "" if figure.budget is None else "kept" if figure.kept else "MISSED"
    against = f" (1 = {figure.against})" if figure.against else ""
    return f"{figure.name + against:<86} {value:>12}  {budget:>9}  {verdict:<6}  {figure.note}"


def machine() -> str:
    """The kind of machine, without its name."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
