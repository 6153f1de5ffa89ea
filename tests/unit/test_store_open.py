"""Making, opening and writing a store file, and what is said when that cannot be done."""

import errno
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from hubconsole.errors import SchemaTooNew, StoreProblem, Unreachable
from hubconsole.store import files
from hubconsole.store.files import Mount, parse_mount_output, parse_mountinfo, refuse_network_disk
from hubconsole.store.sqlite import SCHEMA_VERSION, connect, create, problem, schema_version, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "hub.db"
    create(path)
    return path


def pragma(conn: sqlite3.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


def refused(path: Path, *, readonly: bool = False) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        connect(path, readonly=readonly)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_new_store_is_one_private_file_in_a_private_folder(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "hub ?#%41.db"
    assert create(path)
    assert os.listdir(path.parent) == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    connect(path).close()


def test_an_existing_store_is_left_as_it_is(store: Path) -> None:
    before = store.read_bytes()
    assert not create(store)
    assert store.read_bytes() == before


def test_of_many_who_create_at_once_one_succeeds_and_all_can_write(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    made: list[bool] = []
    start = threading.Barrier(4)

    def run(name: str) -> None:
        start.wait()
        made.append(create(path))
        conn = connect(path)
        with write(conn):
            conn.execute("INSERT INTO hub (hub_id) VALUES (?)", (name,))
        conn.close()

    threads = [threading.Thread(target=run, args=(f"h{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]
    conn = connect(path)
    assert conn.execute("SELECT count(*) FROM hub").fetchone() == (4,)
    conn.close()
    assert os.listdir(tmp_path) == ["hub.db"]


def test_a_failure_while_creating_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(conn: sqlite3.Connection) -> None:
        conn.execute("CREATE TABLE half (x)")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hubconsole.store.upgrade.create_schema", fail)
    with pytest.raises(StoreProblem, match="No space left"):
        create(tmp_path / "hub.db")
    assert os.listdir(tmp_path) == []


def test_without_hard_links_the_file_is_renamed_into_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert create(tmp_path / "hub.db")
    connect(tmp_path / "hub.db").close()
    assert os.listdir(tmp_path) == ["hub.db"]


def test_connections_are_durable_and_strict(store: Path) -> None:
    conn = connect(store)
    assert {name: pragma(conn, name) for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")} == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "busy_timeout": 5000,
    }  # fmt: skip
    assert conn.isolation_level is None
    assert schema_version(conn) == SCHEMA_VERSION
    conn.close()


@pytest.mark.parametrize(
    "sql",
    ["UPDATE event SET actor = 'x'", "DELETE FROM event", "INSERT OR REPLACE INTO event (hub_id, seq, actor) VALUES ('h', 1, 'x')"],
)
def test_the_journal_cannot_be_changed(store: Path, sql: str) -> None:
    conn = connect(store)
    with write(conn):
        conn.execute("INSERT INTO event (hub_id, seq, actor) VALUES ('h', 1, 'anna')")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), write(conn):
        conn.execute(sql)
    assert conn.execute("SELECT actor FROM event").fetchall() == [("anna",)]
    conn.close()


def test_a_write_that_fails_leaves_nothing_and_the_connection_usable(store: Path) -> None:
    conn = connect(store)
    with pytest.raises(KeyError), write(conn):
        conn.execute("INSERT INTO hub (hub_id) VALUES ('a')")
        raise KeyError("x")
    with write(conn):
        conn.execute("INSERT INTO hub (hub_id) VALUES ('b')")
    assert conn.execute("SELECT hub_id FROM hub").fetchall() == [("b",)]
    conn.close()


def test_a_store_that_stays_locked_is_reported_after_a_bounded_wait(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("hubconsole.store.sqlite.time.sleep", waits.append)
    holder, other = connect(store), connect(store)
    other.execute("PRAGMA busy_timeout = 0")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreProblem) as caught, write(other):
        pytest.fail("the lock was held")
    assert caught.value.code == "store_locked"
    assert len(waits) == 3
    assert sum(waits) < 1
    holder.close()
    with write(other):
        other.execute("INSERT INTO hub (hub_id) VALUES ('a')")
    other.close()


def test_a_full_disk_is_reported_and_nothing_is_half_written(store: Path) -> None:
    conn = connect(store)
    pages = pragma(conn, "page_count")
    conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreProblem) as caught, write(conn):
        for n in range(1000):
            conn.execute("INSERT INTO hub (hub_id, policy) VALUES (?, ?)", (str(n), "x" * 5000))
    assert caught.value.code == "disk_full"
    assert conn.execute("SELECT count(*) FROM hub").fetchone() == (0,)
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()


def test_reading_works_where_writing_does_not(store: Path) -> None:
    conn = connect(store, readonly=True)
    assert conn.execute("SELECT count(*) FROM hub").fetchone() == (0,)
    with pytest.raises(StoreProblem) as caught, write(conn):
        conn.execute("INSERT INTO hub (hub_id) VALUES ('a')")
    assert caught.value.code == "store_read_only"
    conn.close()


def test_a_store_nobody_may_write_says_so_and_opens_for_reading(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert refused(store).code == "store_read_only"
    conn = connect(store, readonly=True)
    assert conn.execute("SELECT count(*) FROM enquiry").fetchone() == (0,)
    conn.close()
    assert os.listdir(store.parent) == [store.name]


def test_a_store_nobody_may_read_says_so(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert refused(store, readonly=True).code == "no_permission"


def test_a_missing_store_names_the_commands_that_make_one(tmp_path: Path) -> None:
    error = refused(tmp_path / "nowhere" / "hub.db")
    assert error.code == "no_store"
    assert "hubconsole start" in error.hint
    assert "hubconsole demo" in error.hint
    assert os.listdir(tmp_path) == []


def test_an_empty_file_and_another_programs_database_are_no_hubs(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert refused(tmp_path / "empty.db").code == "no_store"
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    error = refused(tmp_path / "other.db")
    assert "another SQLite database" in error.message
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "store_is_folder"
    with pytest.raises(StoreProblem, match="is a folder"):
        create(tmp_path)


def test_a_file_that_is_no_database_is_refused_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Dear diary, " * 500)
    assert refused(path).code == "not_a_store"
    assert path.read_bytes() == b"Dear diary, " * 500


def test_a_damaged_store_is_reported(store: Path) -> None:
    size = store.stat().st_size
    with store.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))
    assert refused(store).code == "store_damaged"


def test_a_newer_schema_is_refused_unchanged(store: Path) -> None:
    conn = sqlite3.connect(store)
    conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    conn.close()
    error = refused(store)
    assert isinstance(error, SchemaTooNew)
    assert "Upgrade hubconsole" in error.hint


def test_a_parent_that_is_a_file_cannot_hold_a_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreProblem, match="Cannot make a store"):
        create(tmp_path / "file" / "hub.db")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_BUSY_SNAPSHOT", "store_locked"), ("SQLITE_FULL", "disk_full"), ("SQLITE_READONLY_DBMOVED", "store_read_only"),
        ("SQLITE_CORRUPT_VTAB", "store_damaged"), ("SQLITE_NOTADB", "not_a_store"), ("SQLITE_IOERR_WRITE", "disk_error"),
        ("SQLITE_CANTOPEN", "cannot_open"), ("SQLITE_PERM", "no_permission"), ("SQLITE_MISUSE", "store_failed"),
    ],
)  # fmt: skip
def test_every_failure_of_sqlite_has_a_meaning(name: str, code: str) -> None:
    error = sqlite3.OperationalError("technical words")
    error.sqlite_errorname = name
    found = problem(error, "/data/hub.db")
    assert isinstance(found, StoreProblem)
    assert found.code == code
    assert found.message.startswith("/data/hub.db ")
    assert found.hint


MOUNTINFO = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:26 / /srv/team\040share rw shared:9 - nfs4 server:/export rw,vers=4.2
31 30 0:27 / /srv/team\040share/local rw - ext4 /dev/vdb rw
32 22 0:28 / /mnt/ssh rw - fuse.sshfs me@host: rw
33 22 0:29 / /mnt/win rw - cifs //host/share rw
34 22 0:30 / /mnt/usb rw - fuseblk /dev/sdb1 rw
35 22 0:31 / /mnt/vm rw - 9p host rw
a line that means nothing
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/hub.db", ""), ("/srv/team share/hub.db", "nfs4"), ("/srv/team share/local/hub.db", ""), ("/srv/team shared/hub.db", ""),
        ("/mnt/ssh/a/b/hub.db", "fuse.sshfs"), ("/mnt/win/hub.db", "cifs"), ("/mnt/usb/hub.db", ""), ("/mnt/vm/hub.db", "9p"),
    ],
)  # fmt: skip
def test_network_disks_are_refused_by_the_kind_of_the_nearest_mount(path: str, kind: str) -> None:
    mounts = parse_mountinfo(MOUNTINFO)
    if not kind:
        refuse_network_disk(Path(path), mounts)
        return
    with pytest.raises(StoreProblem, match=kind) as caught:
        refuse_network_disk(Path(path), mounts)
    assert caught.value.code == "network_disk"
    assert "local disk" in caught.value.hint


def test_a_link_to_a_network_disk_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    with pytest.raises(StoreProblem, match="nfs"):
        refuse_network_disk(tmp_path / "near" / "hub.db", (Mount("/", "ext4"), Mount(str(tmp_path / "far"), "nfs")))


def test_a_network_disk_is_refused_before_anything_is_made_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "local_mounts", lambda: (Mount("/", "ext4"), Mount(str(tmp_path), "smbfs")))
    with pytest.raises(StoreProblem, match="smbfs"):
        create(tmp_path / "folder" / "hub.db")
    assert os.listdir(tmp_path) == []


def test_mounts_of_macos_are_understood() -> None:
    text = "/dev/disk3s1 on / (apfs, local, read-only)\n//me@host/a (b) on /Volumes/a (b) (smbfs, nodev)\nhost:/x on /Volumes/x (nfs)\n"
    assert parse_mount_output(text) == (Mount("/", "apfs"), Mount("/Volumes/a (b)", "smbfs"), Mount("/Volumes/x", "nfs"))


def test_mounts_are_read_from_the_machine() -> None:
    assert any(mount.point == "/" for mount in files.local_mounts())
