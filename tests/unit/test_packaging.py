"""What starting the program costs: the modules that each way in may and may not import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TRACE = """
import sys
from hubconsole.__main__ import main
code = 0
try:
    code = main(sys.argv[1:]) or 0
except SystemExit as ending:
    code = ending.code or 0
sys.stdout.flush()
print("LOADED", *sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""
SCREENS = {"textual"}
DATABASE = {"sqlalchemy", "sqlmodel", "alembic"}
VALIDATION = {"pydantic"}
NETWORK = {"httpx", "fastapi", "uvicorn"}


def _run(*arguments: str, store: Path | None = None) -> tuple[int, str, set[str]]:
    environ = {**os.environ, **({"HUBCONSOLE_STORE": str(store)} if store else {})}
    done = subprocess.run(
        [sys.executable, "-c", TRACE, *arguments], capture_output=True, text=True, cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL
    )
    last = done.stderr.rstrip().rpartition("\n")[2]
    assert last.startswith("LOADED "), done.stderr
    return done.returncode, done.stdout, set(last.split()[1:])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with one enquiry."""
    path = tmp_path_factory.mktemp("hub") / "hub.db"
    start = ("start", "--yes", "--name", "Bank", "--member", "agent1:service", "--member", "lawyer1:legal")
    add = ("add", "--channel", "phone", "--customer", "Ola", "--text", "Where is my card?", "--as", "agent1")
    for arguments in (start, add):
        code, out, _ = _run(*arguments, store=path)
        assert code == 0, out
    return path


@pytest.mark.parametrize("arguments", [("--help",), ("list", "--help"), ("--version",)])
def test_help_imports_neither_screens_nor_database_nor_network(arguments: tuple[str, ...]) -> None:
    code, out, loaded = _run(*arguments)
    assert code == 0
    assert "hubconsole" in out.lower()
    assert loaded & (SCREENS | DATABASE | NETWORK) == set()


def test_list_imports_only_what_reading_needs(store: Path) -> None:
    code, out, loaded = _run("list", "--as", "agent1", store=store)
    assert code == 0
    assert "E-1" in out
    assert "sqlite3" in loaded
    assert loaded & (SCREENS | DATABASE | NETWORK) == set()


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("hubconsole.domain.commands", SCREENS | VALIDATION | DATABASE | NETWORK | {"typer", "rich", "sqlite3", "platformdirs"}),
        ("hubconsole.domain.terms", SCREENS | VALIDATION | DATABASE | NETWORK | {"typer", "rich", "sqlite3", "platformdirs"}),
        ("hubconsole.hub.port", SCREENS | VALIDATION | DATABASE | NETWORK | {"typer", "rich"}),
        ("hubconsole.resources", SCREENS | VALIDATION | DATABASE | NETWORK | {"importlib.resources", "tempfile", "zipfile"}),
        ("hubconsole.tui.theming", VALIDATION | DATABASE | NETWORK | {"typer", "sqlite3"}),
    ],
)
def test_each_part_imports_what_its_place_allows(module: str, banned: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    loaded = set(done.stdout.split())
    assert module in loaded
    assert loaded & banned == set()


def test_the_readme_opens_with_two_commands_of_one_line_each() -> None:
    blocks = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("```sh\n")[1:3]
    lines = [block.split("```")[0].splitlines() for block in blocks]
    assert [len(block) for block in lines] == [1, 1]
    assert lines[0][0].endswith(".venv/bin/hubconsole demo")
    assert lines[1][0].endswith(".venv/bin/python -m pytest")
    for shell in ("sh", "bash"):
        for (line,) in lines:
            subprocess.run([shell, "-n", "-c", line], check=True)
