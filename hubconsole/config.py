"""One person's settings on this machine: a small TOML file, a few environment variables, and defaults.

The environment wins over the file, the file over the defaults. A setting that makes no sense never stops
the program: it is left out, the default takes its place, and :attr:`Config.problems` says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, cast

from hubconsole.errors import Unreachable, UsageProblem
from hubconsole.private_files import make_folder

Glyphs = Literal["unicode", "ascii"]
"""Which signs the screens draw: the usual ones, or plain ASCII for terminals and fonts without them."""


class Setting(NamedTuple):
    """One key that the file may hold."""

    key: str
    kind: Literal["text", "flag", "path", "place"]
    """A place is a path, or the URL of a database."""
    choices: tuple[str, ...] = ()
    """For a text with a closed vocabulary, the words allowed."""
    variable: str = ""
    """The environment variable that overrides it, if any."""


SETTINGS = (
    Setting("store", "place", variable="HUBCONSOLE_STORE"),
    Setting("member", "text", variable="HUBCONSOLE_AS"),
    Setting("theme", "text"),
    Setting("glyphs", "text", choices=("unicode", "ascii")),
    Setting("mouse", "flag"),
    Setting("keys", "path"),
    Setting("outbox", "path"),
    Setting("out", "path"),
    Setting("recovery", "path"),
    Setting("ca", "path", variable="HUBCONSOLE_CA"),
)
"""Every key of ``config.toml``, in the order that the documentation lists them."""

FILE_VARIABLE = "HUBCONSOLE_CONFIG"
"""The environment variable that names another settings file."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force. Folders are named here, and made (mode 0700) only by :func:`private_folder`."""

    path: Path
    """The settings file, whether or not it exists."""
    store: str
    """The store of the hub that commands use when none is named: the path of an SQLite file, or the URL of a database."""
    member: str
    """Who is at the keyboard; empty when that has to be asked."""
    theme: str
    """Name of the colour theme."""
    glyphs: Glyphs
    """Which signs the screens draw."""
    mouse: bool
    """Whether the screens ask the terminal for mouse events."""
    keys: Path
    """The file with the person's own key bindings, whether or not it exists."""
    outbox: Path
    """Folder in which the channel ``outbox`` leaves its ``.eml`` files."""
    out: Path
    """Folder for what the person takes out: replies to paste, exports, pictures."""
    recovery: Path
    """Folder for text that is being typed, so that a killed terminal loses next to nothing."""
    ca: Path | None = None
    """Certificates (PEM) to trust beside the machine's, for hubs behind an address; None for none."""
    problems: tuple[str, ...] = ()
    """What was wrong with the settings, one sentence each; empty when all is well."""

    @property
    def themes(self) -> Path:
        """Folder of the person's own themes, beside the settings file; it need not exist."""
        return self.path.parent / "themes"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings. Never raises for what the file or the environment holds; see :attr:`Config.problems`."""
    env = os.environ if environ is None else environ
    path = config_path(env)
    problems: list[str] = []
    given = _checked(_read(path, problems), path, problems)
    for setting in SETTINGS:
        value = env.get(setting.variable, "") if setting.variable else ""
        if value:
            given[setting.key] = _placed(setting, value, Path.cwd())
    data, state = _platform_folders()
    return Config(
        path=path,
        store=str(given.get("store", data / "hub.db")),
        member=cast(str, given.get("member", "")),
        theme=cast(str, given.get("theme", "dark")),
        glyphs=cast(Glyphs, given.get("glyphs", "unicode")),
        mouse=cast(bool, given.get("mouse", True)),
        keys=cast(Path, given.get("keys", path.parent / "keys.toml")),
        outbox=cast(Path, given.get("outbox", data / "outbox")),
        out=cast(Path, given.get("out", data / "out")),
        recovery=cast(Path, given.get("recovery", state / "recovery")),
        ca=cast("Path | None", given.get("ca")),
        problems=tuple(problems),
    )


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """Where the settings file is, or would be."""
    env = os.environ if environ is None else environ
    named = env.get(FILE_VARIABLE, "")
    if named:
        return _absolute(named, Path.cwd())
    from platformdirs import user_config_path

    return user_config_path("hubconsole", appauthor=False) / "config.toml"


def private_folder(path: Path) -> Path:
    """Make sure that a folder exists, readable by its owner alone where it had to be made; returns ``path``.

    Raises Unreachable ``folder`` when it cannot be made or is something else than a folder.
    """
    try:
        make_folder(path)
    except OSError as error:
        raise Unreachable(
            "folder",
            f"The folder {path} cannot be used: {error.strerror}.",
            f"Free the name, change its permissions, or name another folder in {config_path()}.",
        ) from error
    return path


def save_setting(key: str, value: str | bool, path: Path | None = None) -> None:
    """Write one setting into the file, leaving every other line, comments included, as it is.

    Raises UsageProblem for a key or value that :func:`load` would not accept, or a file that cannot be
    edited safely, and Unreachable when it cannot be written.
    """
    from hubconsole import config_edit

    target = (path or config_path()).resolve()
    problems: list[str] = []
    if key not in {setting.key for setting in SETTINGS}:
        raise UsageProblem("unknown_setting", f"There is no setting {key!r}.", f"Known are {', '.join(s.key for s in SETTINGS)}.")
    _checked({key: value}, target, problems)
    if problems:
        raise UsageProblem("bad_setting", problems[0], "The settings file was not changed.")
    private_folder(target.parent)
    config_edit.write(target, key, value)


def _read(path: Path, problems: list[str]) -> dict[str, object]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        problems.append(f"{path} cannot be read ({error.strerror}); the defaults are used.")
        return {}
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path} is not valid TOML ({error}); the defaults are used.")
        return {}


def _checked(raw: Mapping[str, object], path: Path, problems: list[str]) -> dict[str, Path | str | bool]:
    known = {setting.key: setting for setting in SETTINGS}
    good: dict[str, Path | str | bool] = {}
    for key, value in raw.items():
        setting = known.get(key)
        if setting is None:
            problems.append(f"{path}: there is no setting {key!r}{_suggestion(key, known)}; it is ignored.")
        elif setting.kind == "flag":
            if isinstance(value, bool):
                good[key] = value
            else:
                problems.append(f"{path}: {key} is {value!r}, but must be true or false; it is ignored.")
        elif not isinstance(value, str) or not value or not value.isprintable():
            problems.append(f"{path}: {key} is {value!r}, but must be a line of text in quotes; it is ignored.")
        elif setting.choices and value not in setting.choices:
            problems.append(f"{path}: {key} is {value!r}, but must be {' or '.join(map(repr, setting.choices))}; it is ignored.")
        else:
            good[key] = _placed(setting, value, path.parent)
    return good


def _suggestion(key: str, known: Mapping[str, Setting]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _placed(setting: Setting, value: str, base: Path) -> Path | str:
    if setting.kind == "text" or (setting.kind == "place" and "://" in value):
        return value
    return _absolute(value, base)


def _absolute(text: str, base: Path) -> Path:
    path = Path(text)
    if text.startswith("~"):
        # Where there is no such user, "~name" is an ordinary file name.
        with suppress(RuntimeError):
            path = path.expanduser()
    return base / path


def _platform_folders() -> tuple[Path, Path]:
    from platformdirs import user_data_path, user_state_path

    return user_data_path("hubconsole", appauthor=False), user_state_path("hubconsole", appauthor=False)
