"""A Roundup tracker of the classic template. Run by the Python of its own environment, which has no hubconsole.

``roundup_tracker.py HOME make N`` installs and fills it; ``roundup_tracker.py HOME serve PORT`` is roundup-server.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

PASSWORD = "only-for-this-run"
WORDS = "my card payment was declined at the till this morning and nobody answers the telephone"
BATCH = 500


def make(home: str, size: int) -> None:
    """A tracker on SQLite with ``size`` issues of one message each."""
    settings = "tracker_web=http://127.0.0.1/bench/,mail_domain=bench.invalid,admin_email=agent1@bench.invalid"
    admin = [str(Path(sys.executable).parent / "roundup-admin"), "-i", home]
    subprocess.run([*admin, "install", "classic", "sqlite", settings], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*admin, "initialise", PASSWORD], check=True)
    import roundup.instance  # type: ignore[import-not-found,unused-ignore]

    db = roundup.instance.open(home).open("admin")
    dice = random.Random(size)
    statuses, priorities = db.status.list(), db.priority.list()
    for n in range(size):
        said = db.msg.create(content=f"{WORDS} {n}", author="1", summary=WORDS[:40])
        db.issue.create(title=f"{WORDS[:40]} {n}", messages=[said], status=dice.choice(statuses), priority=dice.choice(priorities))
        if n % BATCH == BATCH - 1:
            db.commit()
    db.commit()
    db.close()


def serve(home: str, port: int) -> None:
    """The server as it ships, in its own default mode."""
    from roundup.scripts import roundup_server  # type: ignore[import-not-found,unused-ignore]

    if os.getuid() == 0:  # it does not start as root, which is all that there is in many a container
        os.getuid = lambda: 65534
    sys.argv = ["roundup-server", "-n", "127.0.0.1", "-p", str(port), f"bench={home}"]
    roundup_server.run()


if __name__ == "__main__":
    where, what, number = sys.argv[1:]
    if what == "make":
        make(where, int(number))
    else:
        serve(where, int(number))
