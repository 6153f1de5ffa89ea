"""How the program ends: exit codes, errors, broken pipes, and what it imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, taken_in


def test_what_does_not_exist_is_a_usage_error(bank: Run) -> None:
    assert bank("show", "E-99", "--json").error["code"] == "unknown_enquiry"
    for line in ("show E-99", "claim E-99 --as agent1", "claim nonsense --as agent1", "nonsense", "approve E-1", "list --nonsense", "show"):
        assert bank(*line.split()).code == 2, line
    assert "hubconsole approve --help" in bank("approve", "E-1").err
    assert "Missing command" in bank("audit").err


def test_nothing_at_all_shows_the_help(run: Run) -> None:
    alone = run()
    assert (alone.code, alone.err) == (0, "")
    assert alone.out == run("--help").out and "hubconsole start" in alone.out
    assert run("--version").out.startswith("hubconsole ")


def test_it_must_be_clear_who_acts(bank: Run, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = taken_in(bank)
    unclear = bank("claim", key, "--json")
    assert (unclear.code, unclear.error["code"]) == (2, "who")
    assert "agent1" in unclear.error["hint"]
    monkeypatch.setenv("HUBCONSOLE_AS", "agent2")
    assert bank("claim", key).code == 0
    monkeypatch.delenv("HUBCONSOLE_AS")
    alone = str(tmp_path / "alone.db")
    assert run("start", "--yes", "--member", "solo:service", "--store", alone).code == 0
    assert run("add", "--customer", "C", "--text", "T", "--store", alone).code == 0


@pytest.mark.parametrize("line", ["list", "show E-1", "claim E-1 --as a", "audit verify", "board --screenshot x.svg --as a"])
def test_a_hub_that_is_not_there_is_not_reachable(run: Run, tmp_path: Path, line: str) -> None:
    missing = tmp_path / "missing" / "hub.db"
    done = run(*line.split(), "--store", str(missing))
    assert done.code == 5, done.err
    assert not missing.exists()


@pytest.mark.parametrize("line", ["list", "show E-1", "claim E-1 --as agent1", "audit verify", "rebuild", "export"])
def test_a_file_that_is_no_hub_is_not_reachable_and_stays_as_it_is(run: Run, tmp_path: Path, line: str) -> None:
    for name, content in (("text.db", b"Dear diary, " * 500), ("empty.db", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        done = run(*line.split(), "--store", str(file), "--json")
        assert (done.code, done.out) == (5, ""), name
        assert done.error["message"] and file.read_bytes() == content
    assert run(*line.split(), "--store", str(tmp_path)).code == 5


def test_somebody_who_is_no_member_is_refused(bank: Run) -> None:
    key = taken_in(bank)
    refused = bank("claim", key, "--as", "stranger", "--json")
    assert (refused.code, refused.out) == (3, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_cannot_be_written_is_told(bank: Run) -> None:
    taken_in(bank)
    for verb in ("list", "export"):
        done = subprocess.run(["bash", "-c", f"{sys.executable} -m hubconsole {verb} > /dev/full"], capture_output=True, text=True)
        assert done.returncode == 5
        assert done.stderr.startswith("hubconsole: The output could not be written")


def test_help_and_list_import_nothing_heavy(bank: Run, store: Path) -> None:
    taken_in(bank)
    heavy = {"textual", "rich", "sqlalchemy", "sqlmodel", "pydantic", "httpx", "alembic", "fastapi"}
    for arguments in (["--help"], ["list"], ["list", "--json"], ["show", "E-1"]):
        code = (
            "import sys; from hubconsole.__main__ import main; code = main(sys.argv[1:]); "
            f"sys.stderr.write(repr((code, sorted({heavy!r} & set(sys.modules)))))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env={**os.environ, "HUBCONSOLE_STORE": str(store)}
        )
        assert done.stderr == "(0, [])", arguments


def test_the_real_program_speaks_utf_8_and_survives_a_reader_that_leaves(bank: Run, store: Path) -> None:
    bank("add", "--as", "agent1", "--customer", "Zoë 日本", "--text", "ñ")
    env = {**os.environ, "HUBCONSOLE_STORE": str(store), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-m", "hubconsole", "list"], capture_output=True, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Zoë 日本" in done.stdout.decode("utf-8")
    for n in range(40):
        bank("add", "--as", "agent1", "--customer", f"C{n}", "--text", "word " * 400)
    piped = f"{sys.executable} -m hubconsole export --full --json | head -c 10"
    left = subprocess.run(["bash", "-o", "pipefail", "-c", piped], capture_output=True, text=True, env=env)
    assert (left.returncode, left.stderr) == (0, "")


def test_json_errors_of_the_real_program_stand_on_standard_error(bank: Run, store: Path) -> None:
    command = [sys.executable, "-m", "hubconsole", "claim", "E-7", "--as", "agent1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HUBCONSOLE_STORE": str(store)})
    assert (done.returncode, done.stdout) == (2, "")
    assert set(json.loads(done.stderr)["error"]) == {"code", "message", "hint"}
