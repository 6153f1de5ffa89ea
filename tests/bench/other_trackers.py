"""Roundup and django-helpdesk as the benchmark has them: an environment each, filled by their own interfaces, asked over HTTP."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.parse
import venv
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from tests.bench.measure import CannotMeasure
from tests.bench.serving import REPOSITORY, free_port, serving
from tests.bench.trackers.roundup_tracker import PASSWORD

PROGRAMS = Path(__file__).parent / "trackers"
FIELDS = "title,status,priority,assignedto,creator,creation,activity"
WORDS = "My card payment was declined at the till this morning, and the cash machine has kept my card. Please help me, I travel tomorrow."

Ask = Callable[[], float]
"""Makes one request and gives the milliseconds until its answer was whole. Raises CannotMeasure for an answer that is none."""


class Tracker:
    """One logged-in session over a connection that is kept where the other side keeps it."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.line = HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Accept": "application/json", "Content-Type": "application/json"}

    def ask(self, method: str, target: str, status: int, body: str = "") -> tuple[float, HTTPResponse, bytes]:
        """Milliseconds, the answer and its body."""
        begun = time.perf_counter()
        try:
            self.line.request(method, target, body or None, self.headers)
            answer = self.line.getresponse()
            found = answer.read()
        except (OSError, HTTPException) as error:
            raise CannotMeasure(f"{self.name} did not answer {method} {target}: {error}") from error
        took = (time.perf_counter() - begun) * 1000
        if answer.status != status:
            raise CannotMeasure(f"{self.name} answered {method} {target} with {answer.status}: {found[:300]!r}")
        return took, answer, found

    def timing(self, method: str, target: str, status: int, body: str = "") -> Ask:
        """The same request, again and again."""
        return lambda: self.ask(method, target, status, body)[0]


@contextlib.contextmanager
def roundup(folder: Path, size: int) -> Iterator[dict[str, Ask]]:
    """Roundup with so many issues: its REST interface in a session, and the list as its own pages show it."""
    python = _environment(folder, "roundup")
    port = free_port()

    def make(home: Path) -> None:
        _run("filling Roundup", [str(python), str(PROGRAMS / "roundup_tracker.py"), str(home), "make", str(size)])

    home = _kept(folder / f"roundup-{size}", make)
    settings = home / "config.ini"
    settings.write_text(re.sub(r"(?m)^web = .*$", f"web = http://127.0.0.1:{port}/bench/", settings.read_text("utf-8")), "utf-8")
    command = [str(python), str(PROGRAMS / "roundup_tracker.py"), str(home), "serve", str(port)]
    with serving("roundup-server", command, port, folder / "roundup.log"):
        tracker = Tracker("Roundup", port)
        _, _, page = tracker.ask("GET", "/bench/", 200)
        found = re.search(rb'name="@csrf"[^>]*value="([^"]+)"', page)
        base = f"http://127.0.0.1:{port}"
        unforged = found.group(1).decode() if found else ""
        form = {"__login_name": "admin", "__login_password": PASSWORD, "@action": "login", "@csrf": unforged}
        tracker.headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{base}/bench/", "Origin": base}
        _, answer, _ = tracker.ask("POST", "/bench/", 302, urllib.parse.urlencode({**form, "__came_from": f"{base}/bench/"}))
        cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        tracker.headers |= {"Content-Type": "application/json", "Cookie": cookie, "X-Requested-With": "rest"}
        said, bare = json.dumps({"content": WORDS, "author": "1"}), {"title": WORDS, "priority": "3", "status": "1"}

        def create() -> float:
            took, _, message = tracker.ask("POST", "/bench/rest/data/msg", 201, said)
            with_text = json.dumps({**bare, "messages": json.loads(message)["data"]["id"]})
            return took + tracker.ask("POST", "/bench/rest/data/issue", 201, with_text)[0]

        listed = "@columns=id,activity,title,creator,status&@sort=priority&@pagesize=50&@startwith=0&@filter=status&status=-1,1,2,3,4,5,6,7"
        yield {
            "create": create,
            "title": tracker.timing("POST", "/bench/rest/data/issue", 201, json.dumps(bare)),
            "page": tracker.timing("GET", f"/bench/rest/data/issue?@page_size=50&@page_index=1&@fields={FIELDS}&@sort=priority", 200),
            "shown": tracker.timing("GET", f"/bench/issue?{listed}", 200),
        }
        tracker.line.close()


@contextlib.contextmanager
def helpdesk(folder: Path, size: int) -> Iterator[dict[str, Ask]]:
    """django-helpdesk with so many tickets: its REST interface in a session, and the list as its own page fetches it."""
    python = _environment(folder, "django-helpdesk")
    port = free_port()

    def make(home: Path) -> None:
        home.mkdir()
        said = _run("filling django-helpdesk", [str(python), str(PROGRAMS / "helpdesk_site.py"), str(home), "make", str(size)])
        (home / "session").write_text(said.splitlines()[-1])

    home = _kept(folder / f"helpdesk-{size}", make)
    session, queue = (home / "session").read_text().split()
    command = [str(python), str(PROGRAMS / "helpdesk_site.py"), str(home), "serve", str(port)]
    with serving("django-helpdesk", command, port, folder / "helpdesk.log"):
        tracker = Tracker("django-helpdesk", port)
        # A token of one's own, sent twice, is what its protection against forged requests asks of any client.
        tracker.headers |= {"Cookie": f"sessionid={session}; csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32}
        new = {"queue": int(queue), "title": WORDS[:60], "description": WORDS, "submitter_email": "ola@bench.invalid", "priority": 3}
        yield {
            "create": tracker.timing("POST", "/api/tickets/", 201, json.dumps(new)),
            "page": tracker.timing("GET", "/api/tickets/?page_size=50&status=1", 200),
            "shown": tracker.timing("GET", f"/datatables_ticket_list/{_EVERYTHING}?{_TABLE}", 200),
        }
        tracker.line.close()


_EVERYTHING = "eyJmaWx0ZXJpbmciOiB7InN0YXR1c19faW4iOiBbMV19LCAiZmlsdGVyaW5nX251bGwiOiB7fSwgInNlYXJjaF9zdHJpbmciOiAiIn0="
"""Its page's filter for open tickets: base64 of {"filtering": {"status__in": [1]}, "filtering_null": {}, "search_string": ""}."""
_TABLE = urllib.parse.urlencode({"draw": 1, "start": 0, "length": 50, "order[0][column]": 0, "order[0][dir]": "asc", "search[value]": ""})


def _environment(folder: Path, distribution: str) -> Path:
    """The Python of an environment that has it, in the version that the extra ``bench`` asks for; made on the first call."""
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = next(one for one in extras["bench"] if re.match(rf"{distribution}\b", one))
    place = folder / f"env-{distribution}"
    python, done = place / "bin" / "python", place / "installed"
    if not done.exists() or done.read_text() != wanted:
        print(f"peers: installing {wanted} ...", file=sys.stderr, flush=True)
        venv.create(place, with_pip=True, clear=True)
        _run(f"installing {wanted}", [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted])
        done.write_text(wanted)
    return python


def _kept(home: Path, make: Callable[[Path], None]) -> Path:
    """What ``make`` made, on the first call; what is left half made is begun anew."""
    if not home.exists():
        print(f"peers: filling {home.name} ...", file=sys.stderr, flush=True)
        making = home.with_name(f"{home.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        make(making)
        making.rename(home)
    return home


def _run(what: str, command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"{what} failed:\n{done.stderr[-2000:].strip()}")
    return done.stdout
