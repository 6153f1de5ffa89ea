"""Change one key of a small TOML file and nothing else. Imported only when a setting is saved."""

import re
import tomllib
from pathlib import Path

from hubconsole.errors import Unreachable, UsageProblem
from hubconsole.private_files import write_private

_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def write(path: Path, key: str, value: str | bool) -> None:
    """Set ``key`` at the top level of the file, which is replaced in one step, or made.

    Raises UsageProblem ``settings_file`` when no edit of a single line gives the wanted file, and
    Unreachable ``settings_file`` when it cannot be read or written.
    """
    try:
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        write_private(path, changed(before, key, value).encode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageProblem("settings_file", f"{path} is not valid TOML ({error}).", "Mend or remove it, then try again.") from error
    except OSError as error:
        raise Unreachable("settings_file", f"{path} cannot be written: {error.strerror}.", "Check its permissions and the disk.") from error


def changed(text: str, key: str, value: str | bool) -> str:
    """``text`` with ``key`` set to ``value``, every other line as it was.

    Every candidate is parsed again and must differ from the old file in this key alone, so a line that
    only looks like the key (inside a multi-line string, say) can never be taken for it.
    """
    wanted = {**tomllib.loads(text), key: value}
    newline = "\r\n" if "\r\n" in text else "\n"
    entry = f"{key} = {_literal(value)}"
    lines = text.splitlines(keepends=True)
    for candidate in _candidates(lines, key, entry, newline):
        try:
            if tomllib.loads(candidate) == wanted:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    raise UsageProblem("settings_file", f"The setting {key} spans several lines in the settings file.", "Change it there by hand.")


def _candidates(lines: list[str], key: str, entry: str, newline: str) -> list[str]:
    own = re.compile(rf"""[ \t]*(?:{key}|"{key}"|'{key}')[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#\s]+)?""")
    found = []
    for number, line in enumerate(lines):
        match = own.match(line)
        if match:
            found.append("".join([*lines[:number], entry + line[match.end() :], *lines[number + 1 :]]))
    first_table = next((number for number, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    for place in (first_table, 0):
        head = "".join(lines[:place])
        gap = newline if head and not head.endswith("\n") else ""
        found.append("".join([head, gap, entry, newline, *lines[place:]]))
    return found


def _literal(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'
