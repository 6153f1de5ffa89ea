"""What every test stands on: its own home folder, a clock that stands still, one time zone, no animations."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from hubconsole.clock import FrozenClock
from tests.corpora import needed

REPOSITORY = Path(__file__).resolve().parent.parent

# Read once, when textual is first imported.
os.environ["TEXTUAL_ANIMATIONS"] = "none"

settings.register_profile(
    "project",
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")


@pytest.fixture(scope="session", autouse=True)
def _utc() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder for this test alone, so that no test reads or writes the person's own files."""
    place = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(place))
    for variable, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ):
        monkeypatch.setenv(variable, str(place / folder))
    for variable in (
        "HUBCONSOLE_STORE", "HUBCONSOLE_AS", "HUBCONSOLE_CONFIG", "HUBCONSOLE_HUB", "HUBCONSOLE_TOKEN", "HUBCONSOLE_CREDENTIALS",
        "NO_COLOR",
    ):  # fmt: skip
        monkeypatch.delenv(variable, raising=False)
    return place


@pytest.fixture
def clock() -> FrozenClock:
    """A clock at a fixed instant that moves only when told to."""
    return FrozenClock()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of large public text collections; tests that need it are skipped where it is absent."""
    return needed()
