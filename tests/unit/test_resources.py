"""The shipped files are found from a checkout, an installed wheel, and a wheel used as an archive on the path."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from hubconsole import resources
from hubconsole.errors import UsageProblem

REPOSITORY = Path(__file__).resolve().parents[2]
LISTING = """
import hubconsole, json
from hubconsole import resources
print(json.dumps({
    "package": hubconsole.__file__,
    "themes": sorted(file.name for file in resources.themes().iterdir()),
    "fixtures": sorted(file.name for file in resources.fixtures().iterdir()),
    "dark": resources.read_text(resources.themes(), "dark.toml"),
}))
"""


def _names(folder: str) -> list[str]:
    return sorted(file.name for file in (REPOSITORY / folder).iterdir())


def _listing(path: Path, place: Path) -> dict[str, object]:
    import json

    environ = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, cwd=place, env=environ)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive of this tree."""
    pytest.importorskip("hatchling", reason="building needs hatchling; install the extra 'test'")
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(place)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel of this tree."""
    (file,) = built.glob("*.whl")
    return file


def test_a_checkout_has_its_files_beside_the_package() -> None:
    assert sorted(file.name for file in resources.themes().iterdir()) == _names("themes")
    assert sorted(file.name for file in resources.fixtures().iterdir()) == _names("fixtures")
    assert "[colours]" in resources.read_text(resources.themes(), "dark.toml")


def test_a_file_that_was_not_shipped_is_named() -> None:
    with pytest.raises(UsageProblem, match=r"fixtures|no/such\.toml"):
        resources.read_text(resources.fixtures(), "no", "such.toml")


def test_a_wheel_on_the_path_as_an_archive_has_its_files(wheel: Path, tmp_path: Path) -> None:
    found = _listing(wheel, tmp_path)
    assert str(found["package"]).startswith(str(wheel))
    assert found["themes"] == _names("themes")
    assert found["fixtures"] == _names("fixtures")
    assert found["dark"] == (REPOSITORY / "themes" / "dark.toml").read_text(encoding="utf-8")


def test_an_unpacked_wheel_has_its_files_inside_the_package(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    found = _listing(site, tmp_path)
    assert str(found["package"]).startswith(str(site))
    assert found["themes"] == _names("themes")
    assert found["fixtures"] == _names("fixtures")


def test_a_stray_folder_beside_an_installed_package_is_not_taken_for_ours(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "themes").mkdir()
    (site / "themes" / "other.toml").write_text("")
    assert _listing(site, tmp_path)["themes"] == _names("themes")


def test_the_wheel_holds_the_program_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"hubconsole"}
    assert "hubconsole/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert "Requires-Python: >=3.11" in metadata
    shipped = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "hubconsole").rglob("*")
        if path.suffix in (".py", ".tcss", ".toml", ".sql", ".mako")
    }
    assert shipped <= set(names)


def test_the_source_archive_can_build_and_test_itself(built: Path) -> None:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "LICENSE", "README.md", "themes/dark.toml", "tests/conftest.py", "docs/themes.md", ".ci/run"} <= names
    assert {f"fixtures/{name}" for name in _names("fixtures") if (REPOSITORY / "fixtures" / name).is_file()} <= names
