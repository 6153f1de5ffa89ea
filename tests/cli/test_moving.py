"""Backup, restore and moves at the terminal: what is said, and what a refusal leaves behind."""

from pathlib import Path

import pytest

from tests.api.test_tls import certificate
from tests.cli.conftest import Run, in_review


def test_a_refused_restore_leaves_nothing(bank: Run, tmp_path: Path) -> None:
    in_review(bank)
    kept, new = str(tmp_path / "kept.db"), tmp_path / "new.db"
    assert bank("backup", kept).code == 0
    refused = bank("restore", kept, "--store", str(new), "--as", "agent1")
    assert refused.code == 3 and "may not shut the outbox" in refused.err
    assert not new.exists()
    back = bank("restore", kept, "--store", str(new), "--as", "lead1")
    assert back.code == 0 and "hubconsole outbox show" in back.out
    assert bank("outbox", "show", "--store", str(new), "--json").json["open"] is False
    assert bank("outbox", "show", "--json").json["open"] is True


def test_a_move_says_how_much_stands_there(bank: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = str(tmp_path / "there.db")
    with monkeypatch.context() as broken:
        broken.setattr("hubconsole.hub.transfer.StoreSide.execute", _closes_only)
        assert bank("push", there, "--as", "lead1").code == 5
    done = bank("push", there, "--as", "lead1")
    seq = bank("audit", "verify", "--store", there, "--json").json["events"]
    assert f"with {seq} events, of which 0 had still to go over" in done.out
    back = bank("push", str(tmp_path / "third.db"), "--store", there, "--as", "lead1")
    assert f"with {seq + 2} events; both verify" in back.out


def _closes_only(self: object, command: object, actor: str) -> object:
    from hubconsole.domain.commands import ArriveHub
    from hubconsole.errors import StoreProblem
    from hubconsole.hub.local import LocalHub

    if isinstance(command, ArriveHub):
        raise StoreProblem("disk_error", "The line broke.")
    hub = LocalHub.open(self._place)  # type: ignore[attr-defined]
    try:
        return hub.execute(command, actor=actor)  # type: ignore[arg-type]
    finally:
        hub.close()


def test_a_hub_that_left_goes_to_no_third_place(bank: Run, tmp_path: Path) -> None:
    assert bank("push", str(tmp_path / "there.db"), "--as", "lead1").code == 0
    refused = bank("push", str(tmp_path / "third.db"), "--as", "lead1")
    assert refused.code == 4 and "there.db" in refused.err and "hubconsole restore" in refused.err
    assert not (tmp_path / "third.db").exists()
    again = bank("push", str(tmp_path / "there.db"), "--as", "lead1")
    assert again.code == 0 and "nothing was left to do" in again.out


@pytest.mark.parametrize("store", ["mysql://root:pw@db/hub", "https://hub.example.org/x"])
def test_no_hub_and_no_folder_is_made_of_an_address(run: Run, monkeypatch: pytest.MonkeyPatch, store: str) -> None:
    named = run("start", "--yes", "--store", store), run("list", "--store", store)
    monkeypatch.setenv("HUBCONSOLE_STORE", store)
    for asked in (*named, run("list"), run("start", "--yes")):
        assert asked.code == 2 and "pw" not in asked.err and "neither" in asked.err
        assert ("--hub" in asked.err) == store.startswith("https")
    assert list(Path.cwd().iterdir()) == []


def test_the_demonstration_goes_into_no_database(run: Run, tmp_path: Path) -> None:
    picture = str(tmp_path / "out.svg")
    made = run("demo", "--store", "postgresql://u:pw@db/hub", "--screenshot", picture)
    assert made.code == 2 and "name a file" in made.err and "pw@" not in made.err
    assert list(Path.cwd().iterdir()) == []


def test_files_that_are_no_certificate_are_refused_before_anything_is_begun(bank: Run, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path / "one")
    other = certificate(tmp_path / "two")[1]
    (tmp_path / "words.pem").write_text("no certificate")
    for given, said in [
        ((cert, tmp_path / "none.key"), "none.key cannot be read"),
        ((tmp_path / "none.pem", key), "none.pem cannot be read"),
        ((cert, other), "belongs to another certificate"),
        ((tmp_path / "words.pem", key), "no PEM of its kind"),
        ((cert, _locked(key, tmp_path)), "locked with a password"),
    ]:
        refused = bank("serve", "--tls-cert", str(given[0]), "--tls-key", str(given[1]))
        assert refused.code == 2 and said in refused.err and "Traceback" not in refused.err, refused.err


def _locked(key: Path, folder: Path) -> Path:
    from cryptography.hazmat.primitives import serialization

    found = serialization.load_pem_private_key(key.read_bytes(), None)
    how = serialization.BestAvailableEncryption(b"word")
    made = folder / "locked.key"
    made.write_bytes(found.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    return made
