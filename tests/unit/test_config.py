"""Settings: what wins, what happens to nonsense, and that saving one leaves the rest alone."""

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole import config, config_edit
from hubconsole.errors import Unreachable, UsageProblem

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def _settings(home: Path, text: str) -> Path:
    path = home / ".config" / "hubconsole" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_every_setting_has_a_default(home: Path) -> None:
    found = config.load()
    assert found.problems == ()
    assert (found.theme, found.glyphs, found.mouse, found.member) == ("dark", "unicode", True, "")
    for path in (found.path, Path(found.store), found.keys, found.outbox, found.out, found.recovery, found.themes):
        assert path.is_absolute()
        assert path.is_relative_to(home)
        assert not path.exists()


def test_the_file_is_read_and_relative_paths_start_beside_it(home: Path) -> None:
    path = _settings(home, 'theme = "light"\nglyphs = "ascii"\nmouse = false\nmember = "ana"\nkeys = "mine.toml"\noutbox = "~/post"\n')
    found = config.load()
    assert found.problems == ()
    assert (found.theme, found.glyphs, found.mouse, found.member) == ("light", "ascii", False, "ana")
    assert found.keys == path.parent / "mine.toml"
    assert found.outbox == home / "post"


def test_the_environment_wins_over_the_file_and_an_empty_variable_says_nothing(home: Path) -> None:
    _settings(home, 'member = "ana"\nstore = "a.db"\n')
    found = config.load({"HUBCONSOLE_STORE": "/srv/b.db", "HUBCONSOLE_AS": "ben"})
    assert (found.store, found.member) == ("/srv/b.db", "ben")
    assert config.load({"HUBCONSOLE_STORE": "", "HUBCONSOLE_AS": ""}).member == "ana"


def test_a_store_is_a_file_or_a_database(home: Path) -> None:
    path = _settings(home, 'store = "a.db"\n')
    assert config.load().store == str(path.parent / "a.db")
    assert config.load({"HUBCONSOLE_STORE": "postgresql://hub@db.bank.example/hub"}).store == "postgresql://hub@db.bank.example/hub"
    _settings(home, 'store = "postgresql://hub@db.bank.example/hub?hub=cards"\n')
    found = config.load()
    assert (found.store, found.problems) == ("postgresql://hub@db.bank.example/hub?hub=cards", ())


def test_another_file_can_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('theme = "wall"\n')
    found = config.load({"HUBCONSOLE_CONFIG": str(other)})
    assert (found.path, found.theme, found.themes) == (other, "wall", tmp_path / "themes")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("theem = 'light'", "did you mean theme?"),
        ("theme = 3", "theme is 3"),
        ("theme = ''", "theme is ''"),
        ("mouse = 'yes'", "must be true or false"),
        ("glyphs = 'emoji'", "'unicode' or 'ascii'"),
        ("store = ['a']", "line of text"),
        ('member = "a\\u001b[2J"', "\\x1b"),
        ("[theme]\nname = 'x'", "theme is {"),
    ],
)
def test_nonsense_is_left_out_with_a_message_and_the_rest_counts(home: Path, line: str, word: str) -> None:
    path = _settings(home, f"outbox = '/post'\n{line}\n")
    found = config.load()
    assert len(found.problems) == 1
    assert word in found.problems[0]
    assert str(path) in found.problems[0]
    assert found.problems[0].isprintable()
    assert found.outbox == Path("/post")
    assert (found.theme, found.mouse, found.glyphs, found.member) == ("dark", True, "unicode", "")


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe", b"theme = 'a'\ntheme = 'b'\n", b"\x00"])
def test_a_broken_file_costs_a_message_and_not_the_program(home: Path, content: bytes) -> None:
    _settings(home, "").write_bytes(content)
    found = config.load()
    assert len(found.problems) == 1
    assert "not valid TOML" in found.problems[0]
    assert found.theme == "dark"


def test_a_folder_in_place_of_the_file_costs_a_message(home: Path) -> None:
    (home / ".config" / "hubconsole" / "config.toml").mkdir(parents=True)
    assert "cannot be read" in config.load().problems[0]


@given(st.binary(max_size=60))
def test_no_file_content_stops_the_program(content: bytes) -> None:
    path = Path(os.environ["HOME"]) / "any.toml"
    path.write_bytes(content)
    found = config.load({"HUBCONSOLE_CONFIG": str(path)})
    assert found.glyphs in ("unicode", "ascii")


def test_saving_a_setting_keeps_comments_order_and_other_tables(home: Path) -> None:
    path = _settings(home, '# mine\ntheme = "dark" # at night\nmouse = true\n\n[extra]\ntheme = "not this one"\n')
    config.save_setting("theme", 'so "called"')
    assert path.read_text() == '# mine\ntheme = "so \\"called\\"" # at night\nmouse = true\n\n[extra]\ntheme = "not this one"\n'
    config.save_setting("glyphs", "ascii")
    assert config.load().glyphs == "ascii"
    assert tomllib.loads(path.read_text())["extra"] == {"theme": "not this one"}


def test_saving_the_first_setting_makes_a_private_file_and_folder(home: Path) -> None:
    config.save_setting("mouse", False)
    path = config.config_path()
    assert config.load().mouse is False
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(("key", "value"), [("theem", "dark"), ("glyphs", "emoji"), ("mouse", "yes"), ("theme", ""), ("member", "a\nb")])
def test_a_setting_that_could_not_be_read_back_is_refused(home: Path, key: str, value: str) -> None:
    path = _settings(home, 'theme = "dark"\n')
    with pytest.raises(UsageProblem):
        config.save_setting(key, value)
    assert path.read_text() == 'theme = "dark"\n'


def test_a_broken_file_is_never_overwritten(home: Path) -> None:
    path = _settings(home, "theme = \n")
    with pytest.raises(UsageProblem, match="not valid TOML"):
        config.save_setting("theme", "light")
    assert path.read_text() == "theme = \n"


@pytest.mark.parametrize(
    "text",
    [
        'note = """\ntheme = "inside"\n"""\ntheme = "real"\n',
        "\"theme\" = 'quoted'\n",
        "theme='tight'#c",
        "mouse = true",
        "[table]\nx = 1\n",
        "theme = 'a'\r\nmouse = true\r\n",
        "# [not a table]\nlist = [\n[1],\n]\n",
    ],
)
def test_an_edit_changes_one_key_and_nothing_else(text: str) -> None:
    after = config_edit.changed(text, "theme", "light")
    assert tomllib.loads(after) == {**tomllib.loads(text), "theme": "light"}
    assert config_edit.changed(after, "theme", "light") == after


def test_a_value_over_several_lines_is_left_to_the_person() -> None:
    with pytest.raises(UsageProblem, match="several lines"):
        config_edit.changed('theme = """\nx"""\n', "theme", "light")


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1))
def test_any_printable_text_survives_the_round_trip(value: str) -> None:
    assert tomllib.loads(config_edit.changed("mouse = true\n", "member", value)) == {"mouse": True, "member": value}


def test_private_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    made = config.private_folder(tmp_path / "a" / "b")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (made, made.parent)] == [0o700, 0o700]
    assert config.private_folder(made) == made


def test_a_file_in_the_way_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(Unreachable, match="cannot be used"):
            config.private_folder(path)


def test_every_setting_and_variable_is_documented() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    for setting in config.SETTINGS:
        assert f"`{setting.key}`" in document
        assert setting.variable in document
    assert config.FILE_VARIABLE in document


def test_every_setting_is_a_field_of_the_configuration() -> None:
    assert {setting.key for setting in config.SETTINGS} <= set(config.Config.__dataclass_fields__)


def test_importing_the_settings_loads_nothing_heavy() -> None:
    code = "import sys, hubconsole.config; print(*sorted(sys.modules))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "hubconsole.config" in loaded
    assert not loaded & {
        "platformdirs",
        "tomllib",
        "tempfile",
        "pydantic",
        "sqlmodel",
        "sqlalchemy",
        "textual",
        "typer",
        "importlib.resources",
    }
