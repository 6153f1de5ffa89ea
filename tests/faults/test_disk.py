"""Disks that are full, read-only, far away, newer or damaged: a clear message, nothing half-written, and work goes on afterwards."""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import HubError, SchemaTooNew, StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.store import files, sqlite
from hubconsole.store.files import Mount
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.tables import dump

pytestmark = pytest.mark.faults

NOBODY = 65534


def create(path: Path, clock: FrozenClock) -> LocalHub:
    return LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)


def in_a_child(work: Callable[[], str]) -> str:
    """What ``work`` says in a process of its own; an error of the hub is said as ``code: text``."""
    said, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = work()
        except HubError as error:
            answer = f"{type(error).__name__} {error.code}: {error}"
        except BaseException as error:  # noqa: BLE001  whatever it is, the parent must see it
            answer = f"ESCAPED {type(error).__name__}: {error}"
        os.write(say, answer.encode())
        os._exit(0)
    os.close(say)
    with os.fdopen(said, "rb") as pipe:
        heard = pipe.read().decode()
    os.waitpid(pid, 0)
    return heard


def fill(hub: LocalHub, clock: FrozenClock) -> tuple[StoreProblem, int]:
    """Write until the disk is full: the problem, and how many commands had been acknowledged."""
    for n in range(3_000):
        try:
            acts.receive(hub, text=f"{n} " + "filling " * 400)
        except StoreProblem as problem:
            return problem, n
    raise AssertionError("the disk never got full")


def whole(hub: LocalHub, enquiries: int) -> None:
    """Nothing is half-written: chain, projections and the number of enquiries are what was acknowledged."""
    answer = hub.verify()
    assert answer.ok, answer.problems
    assert sum(count.n for count in hub.counts()) == enquiries
    before = dump(hub.path)
    hub.rebuild()
    assert dump(hub.path) == before


def test_a_database_that_may_not_grow_says_that_the_disk_is_full(tmp_path: Path, clock: FrozenClock) -> None:
    hub = create(tmp_path / "hub.db", clock)
    conn = hub._conn()
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count = {pages + 60}")
    problem, n = fill(hub, clock)
    assert problem.code == "disk_full" and "Nothing was written" in problem.hint and str(tmp_path) in problem.message
    assert hub.verify().ok and sum(count.n for count in hub.counts()) == n
    conn.execute("PRAGMA max_page_count = 1000000")
    acts.sent(hub)
    whole(hub, n + 1)
    hub.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_real_disk_that_fills_up_stops_writing_and_nothing_else(small_disk: Path, clock: FrozenClock) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 600_000)
    hub = create(small_disk / "hub.db", clock)
    problem, n = fill(hub, clock)
    assert problem.code in ("disk_full", "disk_error") and "Nothing was written" in problem.hint
    assert sum(count.n for count in hub.counts()) == n and hub.enquiry("E-1").row.key == "E-1", "reading goes on"
    hub.close()
    ballast.unlink()
    again = LocalHub.open(small_disk / "hub.db", clock=clock)
    acts.receive(again)
    whole(again, n + 1)
    again.close()


def test_a_hub_cannot_be_made_on_a_full_disk_and_leaves_nothing_there(small_disk: Path, clock: FrozenClock) -> None:
    with open(small_disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(b"x" * 4096):
                pass
        except OSError:
            pass
    with pytest.raises(StoreProblem) as problem:
        create(small_disk / "hub.db", clock)
    assert problem.value.code in ("disk_full", "disk_error", "cannot_create")
    assert os.listdir(small_disk) == ["ballast"]


def test_a_file_that_reached_its_largest_size_stops_writing_and_nothing_else(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "hub.db"
    create(path, clock).close()

    def work() -> str:
        limit = 1_500_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        hub = LocalHub.open(path, clock=clock)
        problem, n = fill(hub, clock)
        assert hub.verify().ok
        return f"{problem.code} {n}"

    code, n = in_a_child(work).split()
    assert code in ("disk_full", "disk_error")
    hub = LocalHub.open(path, clock=clock)
    whole(hub, int(n))
    acts.receive(hub)
    hub.close()


# --- read-only -------------------------------------------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach, unlike those that tests usually get."""
    place = Path(tempfile.mkdtemp(prefix="hub-faults-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def as_nobody(work: Callable[[], str]) -> str:
    """What ``work`` says when done by somebody without rights."""

    def dropped() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return work()

    return in_a_child(dropped)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o444, 0o777), (0o666, 0o555)])
def test_what_may_only_be_read_can_be_read_and_says_so_when_written(
    open_folder: Path, clock: FrozenClock, file_mode: int, folder_mode: int
) -> None:
    path = open_folder / "hub.db"
    hub = create(path, clock)
    acts.receive(hub)
    hub.close()
    before = path.read_bytes()
    path.chmod(file_mode)
    open_folder.chmod(folder_mode)

    def write() -> str:
        acts.receive(LocalHub.open(path, clock=clock))
        return "written"

    def read() -> str:
        hub = LocalHub.open(path, clock=clock, readonly=True)
        return f"{hub.enquiry('E-1').row.key} {hub.verify().ok}"

    assert as_nobody(write).startswith("StoreProblem store_read_only")
    assert as_nobody(read) == "E-1 True"
    assert path.read_bytes() == before


def test_a_hub_of_somebody_else_is_not_open_to_all(open_folder: Path, clock: FrozenClock) -> None:
    if os.geteuid() != 0:
        pytest.skip("only the superuser can become somebody else")
    create(open_folder / "hub.db", clock).close()
    answer = as_nobody(lambda: str(LocalHub.open(open_folder / "hub.db", clock=clock, readonly=True).info()))
    assert answer.startswith("StoreProblem no_permission")


def test_a_disk_mounted_read_only_is_read_and_says_so_when_written(small_disk: Path, clock: FrozenClock) -> None:
    hub = create(small_disk / "hub.db", clock)
    acts.receive(hub)
    hub.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(small_disk / "hub.db", clock=clock)
    assert problem.value.code == "store_read_only"
    reader = LocalHub.open(small_disk / "hub.db", clock=clock, readonly=True)
    assert reader.enquiry("E-1").row.key == "E-1"
    with pytest.raises(StoreProblem):
        acts.receive(reader)
    reader.close()


# --- other files -----------------------------------------------------------------------------------


def test_a_newer_store_is_left_alone(tmp_path: Path, clock: FrozenClock) -> None:
    hub = create(tmp_path / "hub.db", clock)
    hub._conn().execute(f"PRAGMA user_version = {sqlite.SCHEMA_VERSION + 1}")
    hub.close()
    before = (tmp_path / "hub.db").read_bytes()
    for readonly in (False, True):
        with pytest.raises(SchemaTooNew) as problem:
            LocalHub.open(tmp_path / "hub.db", clock=clock, readonly=readonly)
        assert "newer hubconsole" in problem.value.message and "Upgrade" in problem.value.hint
    assert (tmp_path / "hub.db").read_bytes() == before


def _garbage_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192 : len(data) - 4096] = b"\xa5" * (len(data) - 12288)
    path.write_bytes(data)


def _cut_short(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3 // 4096 * 4096 + 100])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _something_else(path: Path) -> None:
    path.write_text("Dear all, this is a letter and no database.\n" * 200)


def _other_head(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


@pytest.mark.parametrize("damage", [_garbage_in_the_middle, _cut_short, _emptied, _something_else, _other_head])
def test_a_damaged_file_gives_a_clear_message_and_is_not_made_worse(
    tmp_path: Path, clock: FrozenClock, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "hub.db"
    hub = create(path, clock)
    for _ in range(40):
        acts.submitted(hub)
    hub.close()
    damage(path)
    damaged = path.read_bytes()
    problems: list[HubError] = []
    try:
        hub = LocalHub.open(path, clock=clock)
    except HubError as error:
        problems.append(error)
    else:
        uses: tuple[Callable[[], object], ...] = (
            lambda: acts.receive(hub), hub.verify, lambda: hub.search("card"), hub.rebuild,
        )  # fmt: skip
        for use in uses:
            try:
                use()
            except HubError as error:
                problems.append(error)
        hub.close()
    assert problems, "the damage went unseen"
    assert {problem.code for problem in problems} <= {"store_damaged", "not_a_store", "no_store", "disk_error", "store_failed"}
    for problem in problems:
        assert isinstance(problem, StoreProblem) and str(path) in problem.message and problem.hint
    if len(problems) == 1:
        assert path.read_bytes() == damaged


def test_a_hub_on_a_network_disk_is_refused(tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hub.db"
    create(path, clock).close()
    monkeypatch.setattr(files, "local_mounts", lambda: (Mount("/", "ext4"), Mount(str(tmp_path), "nfs4")))
    uses: tuple[Callable[[], LocalHub], ...] = (lambda: LocalHub.open(path, clock=clock), lambda: create(tmp_path / "other.db", clock))
    for use in uses:
        with pytest.raises(StoreProblem) as problem:
            use()
        assert problem.value.code == "network_disk" and "nfs4" in problem.value.message and "local disk" in problem.value.hint
    assert sorted(os.listdir(tmp_path)) == ["hub.db"]


def test_a_store_whose_file_vanished_is_said_to_be_gone(tmp_path: Path, clock: FrozenClock) -> None:
    create(tmp_path / "hub.db", clock).close()
    (tmp_path / "hub.db").unlink()
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(tmp_path / "hub.db", clock=clock)
    assert problem.value.code == "no_store" and "start" in problem.value.hint


def test_a_store_that_another_program_keeps_locked_says_so_and_nothing_is_lost(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 20)
    monkeypatch.setattr(sqlite, "_PRAGMAS", tuple(p for p in sqlite._PRAGMAS if not p.startswith("busy_timeout")))
    hub = create(tmp_path / "hub.db", clock)
    eid = acts.receive(hub)
    blocker = sqlite.connect(tmp_path / "hub.db")
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreProblem) as problem:
        hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    assert problem.value.code == "store_locked" and "try again" in problem.value.hint
    blocker.execute("ROLLBACK")
    blocker.close()
    hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    whole(hub, 1)
    hub.close()
