"""docs/cli.md tells about every command, every option and every exit code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from hubconsole import errors
from hubconsole.cli import app

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups walked into."""
    root: Any = typer.main.get_command(app.build())
    for name, command in root.commands.items():
        if hasattr(command, "commands"):
            for inner, sub in command.commands.items():
                yield f"{name} {inner}", sub
        else:
            yield name, command


def section(name: str) -> str:
    """The part of the page under the command's heading."""
    match = re.search(rf"^### `{re.escape(name)}`$(.*?)(?=^##+ |\Z)", DOCS.read_text("utf-8"), re.M | re.S)
    return match[1] if match else ""


SHARED = {"--store", "--hub", "--ca", "--as", "--json", "--seen", "--command-id", "--help", "-h"}


@pytest.mark.parametrize(("name", "command"), [pytest.param(n, c, id=n) for n, c in commands()])
def test_the_page_tells_about_the_command_and_each_of_its_options(name: str, command: Any) -> None:
    text = section(name)
    assert text, f"docs/cli.md has no heading ### `{name}`"
    flags = {flag for param in command.params for flag in [*param.opts, *param.secondary_opts] if flag.startswith("--")}
    missing = {flag for flag in flags - SHARED if flag not in text}
    assert not missing, f"docs/cli.md does not tell about {missing} of {name}"
    assert f"hubconsole {name}" in text, f"docs/cli.md has no example of {name}"


def test_the_page_tells_about_the_options_that_all_verbs_share() -> None:
    text = DOCS.read_text("utf-8").partition("## Commands")[0]
    assert {flag for flag in SHARED - {"-h"} if f"`{flag}" not in text} == set()


def test_the_page_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"^### `(.+)`$", DOCS.read_text("utf-8"), re.M))
    assert named == {name for name, _ in commands()}


def test_the_page_tells_about_every_exit_code() -> None:
    tree = [errors.UsageProblem, errors.Refused, errors.Conflict, errors.Unreachable]
    text = DOCS.read_text("utf-8")
    for code in [0, *(error.exit_code for error in tree), 130]:
        assert re.search(rf"^\| {code} \|", text, re.M), code


def test_the_table_of_groups_names_what_the_modules_register() -> None:
    root: Any = typer.main.get_command(app.build())
    assert list(root.commands) and set(root.commands) == {name for group in app.GROUPS for name in group.commands}
    for group in app.GROUPS:
        alone: Any = typer.main.get_command(app.build([group]))
        assert set(alone.commands) == set(group.commands)
