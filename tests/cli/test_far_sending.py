"""Sending by hand on a hub behind an address: the words come to the machine of whoever asked, and a path says whose it is."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.channels.base import Channel
from hubconsole.channels.manual import ManualChannel
from hubconsole.channels.outbox import OutboxChannel
from hubconsole.cli.session import Session
from hubconsole.clock import system_clock
from hubconsole.config import load
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Disposition, Function, Scope, Verdict
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher
from hubconsole.worker.run import Background
from tests.cli.conftest import Run
from tests.contract.remotes import quiet, served

MEMBERS = (("ada", (Function.SERVICE,)), ("lex", (Function.LEGAL,)), ("sue", (Function.SUPERVISOR,)))
WORDS = "Your card is on its way,\nMaria: it leaves tomorrow. \N{SLIGHTLY SMILING FACE}"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder of the worker's machine."""
    return tmp_path / "there"


@pytest.fixture
def url(store: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A hub with a reply that is ready to go, its worker at another machine, and ada logged in here."""
    hub = LocalHub.create(store, name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    eid = new_id()
    hub.execute(c.Receive(enquiry_id=eid, channel="x", text="Where is my card?", customer="@maria"), actor="ada")
    hub.execute(c.Triage(enquiry_id=eid, disposition=Disposition.ENGAGE), actor="ada")
    hub.execute(c.SaveDraft(enquiry_id=eid, text=WORDS, base=0), actor="ada")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    digest = hub.enquiry(eid).drafts[-1].digest
    hub.execute(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
    monkeypatch.setenv("HUBCONSOLE_CREDENTIALS", "file")
    for variable in ("HUBCONSOLE_HUB", "HUBCONSOLE_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    channels: dict[str, Channel] = {"manual": ManualChannel(there), "outbox": OutboxChannel(there)}
    worker = Background(Dispatcher(hub, channels, system_clock, "there"), Clockwork(hub, system_clock), interval=0.02)
    with served(hub) as url:
        issued = access.issue(hub, "ada", Scope.MEMBER, label="test")
        credentials.keep(url, "ada", issued.secret, issued.token.id)
        worker.start()
        yield url
        worker.stop()
    quiet()
    hub.close()


def test_the_words_come_to_this_machine_and_onto_its_clipboard(run: Run, url: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", property(lambda self: True))
    monkeypatch.delenv("TMUX", raising=False)
    sent = run("send", "E-1", "--hub", url, "--now")
    assert sent.code == 0, sent.err
    (here,), (far,) = load().out.iterdir(), there.iterdir()
    assert here.read_bytes() == far.read_bytes() == WORDS.encode()
    assert f"The exact text is in {here} on this machine, and on your clipboard" in sent.out
    assert str(far) not in sent.out
    assert f"in {far} on the machine of the worker that had it" in run("show", "E-1", "--hub", url).out
    assert f"\x1b]52;c;{base64.b64encode(WORDS.encode()).decode()}\x07" in sent.out


def test_programs_get_the_file_of_this_machine(run: Run, url: str, there: Path) -> None:
    sent = run("send", "E-1", "--hub", url, "--now", "--json")
    (here,) = load().out.iterdir()
    assert (sent.json["file"], sent.json["send"]["link"]) == (str(here), str(next(there.iterdir())))


def test_a_folder_that_cannot_be_written_says_so_and_whose_machine_the_other_file_is_on(run: Run, url: str, there: Path) -> None:
    load().out.parent.mkdir(parents=True, exist_ok=True)
    load().out.write_text("no folder")
    sent = run("send", "E-1", "--hub", url, "--now")
    assert (sent.code, "could not be written" in sent.err) == (0, True)
    assert f"The worker put it into {next(there.iterdir())} on the machine of the hub's worker" in sent.out


def test_a_mail_file_is_said_to_be_on_the_workers_machine(run: Run, url: str, there: Path) -> None:
    sent = run("send", "E-1", "--hub", url, "--now", "--via", "outbox")
    assert f"{next(there.glob('*.eml'))} on the machine of the hub's worker" in sent.out
    assert not load().out.exists()
