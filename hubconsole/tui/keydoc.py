"""docs/keys.md, written from the key table: ``python -m hubconsole.tui.keydoc > docs/keys.md``."""

import sys

from hubconsole.tui.bindings import KEYS, Key, named, shown
from hubconsole.tui.keymap import PROFILES, UNSENDABLE
from hubconsole.tui.verbs import VERBS

_HEAD = """# Keys

This page is written from the key table by `python -m hubconsole.tui.keydoc`; a test keeps it true.
`?` shows the keys of the place one is in, searches them and runs them. `^x` means Ctrl and x.

## Your own keys

Put a file `keys.toml` beside your settings, or name another with the setting `keys`:

```toml
profile = "vi"

[keys]
claim = "a,f4"
help = "?"
```

Ids are in the first column below. Mistakes are told when the console starts, all of them in the settings (`F10`), and the usual key
stays in force: unknown ids, keys that do not exist, keys that terminals do not send. Where one key is to mean two things in one place,
your file wins over the table and the earlier entry over the later; the other act loses that key, and the palette and `:` still run it.
"""


_COMMANDS = """## Commands

`:` opens a line for them at the bottom. Tab completes; a beginning that fits one command is enough; a key alone (`:E-12` or `:12`) opens
that enquiry. Without `[KEY]` the marked enquiries are meant, or the one under the cursor; without the words a command is what its key does.
The palette lists the same acts by area and name. Pasted lines are never run: only Enter runs what stands in the line.
Escapes inside a paste become spaces, so that no copied words are ever taken for keys.

| command | takes | what it does |
|---|---|---|
"""


def document() -> str:
    """The whole page."""
    parts = [_HEAD, f"\nProfiles: {', '.join(f'`{name}`' for name in PROFILES)}. `plain` leaves out the letters that only move.\n"]
    refused = "; ".join(f"`{key}` ({why})" for key, why in UNSENDABLE.items())
    parts.append(f"\nKeys that cannot be used: {refused}.\n")
    for group in dict.fromkeys(key.group for key in KEYS):
        parts.append(f"\n## {group}\n\n| id | keys | what it does | where | who |\n|---|---|---|---|---|\n")
        parts += [_line(key) for key in KEYS if key.group == group]
    parts.append("\n" + _COMMANDS)
    parts += [f"| `:{verb.name}` | {_escaped(verb.takes)} | {_escaped(verb.text)}. |\n" for verb in VERBS]
    return "".join(parts)


def _line(key: Key) -> str:
    keys = " ".join(f"`{_escaped(shown(name))}`" for name in named(key.keys))
    text = f"{key.tooltip}. {key.long}".strip()
    return f"| {key.id} | {keys} | {_escaped(text)} | {', '.join(key.where)} | {', '.join(key.who) or 'everybody'} |\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document())
