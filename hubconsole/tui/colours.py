"""The colours that hubconsole's screens know by meaning, and the styles that line-drawing widgets use.

Levels and lines first, then words from quiet to loud, then signals. Signals never stand alone: a sign and
a word always go with them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

COLOURS = {
    "ground": "the screen itself",
    "bar": "header and footer, one step up",
    "selected": "the row under the cursor, one more step up",
    "line": "borders of panes without the focus",
    "line-focus": "border of the pane with the focus",
    "text-dim": "what may be overlooked: hints, ended things",
    "label": "names of values, titles, ages that are in time",
    "value": "values, and people's own words",
    "strong": "keys of enquiries and numbers that matter",
    "accent": "the one accent: focus, links, gates",
    "key": "keys to press",
    "amber": "an alarm that is near, always with a sign and a word",
    "red": "an alarm that is due, always with a sign and a word",
    "green": "done or in order, on the signs alone",
    "added": "words that a version adds, underlined too",
    "removed": "words that a version removes, struck through too",
}
"""Every colour variable, with its meaning."""

BACKGROUNDS = ("ground", "bar", "selected")
"""The colours that are grounds for text."""

EMPHASIS = {
    "text-dim": "none",
    "label": "none",
    "value": "none",
    "strong": "bold",
    "accent": "none",
    "key": "bold",
    "amber": "none",
    "red": "bold",
    "green": "none",
    "added": "underline",
    "removed": "strike",
}
"""The usual weight of each text colour; a theme may give others."""

WORDS = frozenset({"none", "bold", "italic", "underline", "strike", "reverse"})
"""What a weight may be made of."""

_ANSI_DARK = ("ansi_default", "ansi_default", "ansi_bright_black", "ansi_bright_black")
_ANSI_LIGHT = ("ansi_default", "ansi_default", "ansi_white", "ansi_white")
_SIGNALS = ("primary", "accent", "warning", "error", "success")
_COMFORTABLE = 4.5
_LEAST = 3.0


@dataclass(frozen=True, slots=True)
class Palette:
    """Ready-made styles for widgets that draw their own lines.

    A text style carries colour and weight and no ground; add a ground to it: ``palette.label + palette.selected``.
    """

    ground: Style
    bar: Style
    selected: Style
    line: Style
    line_focus: Style
    text_dim: Style
    label: Style
    value: Style
    strong: Style
    accent: Style
    key: Style
    amber: Style
    red: Style
    green: Style
    added: Style
    removed: Style


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Values for every variable of ours under ``theme``; what ``App.get_theme_variable_defaults`` returns.

    Our own themes define them all; for Textual's built-in ones they are worked out from their colours.
    """
    weights = {f"{name}-style": weight for name, weight in EMPHASIS.items()}
    if all(name in theme.variables for name in COLOURS):
        colours = {name: theme.variables[name] for name in COLOURS}
    else:
        colours = derived(theme)
    return {**colours, **weights, **{name: theme.variables[name] for name in weights if name in theme.variables}}


def styles(theme: Theme) -> Palette:
    """Ready-made styles for widgets that draw their own lines, under any theme, ours or one of Textual's."""
    values = variable_defaults(theme)

    def made(name: str) -> Style:
        colour = Color.parse(values[name]).rich_color
        return Style(bgcolor=colour) if name in BACKGROUNDS else Style(color=colour) + Style.parse(values.get(f"{name}-style", "none"))

    return Palette(**{name.replace("-", "_"): made(name) for name in COLOURS})


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(Color.parse(one)), _luminance(Color.parse(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def derived(theme: Theme) -> dict[str, str]:
    """Our colours for a theme that does not know them, from those it has; its alarms and marks made readable."""
    if theme.ansi:
        return _from_terminal(theme)
    generated = theme.to_color_system().generate()
    named = {name: Color(*Color.parse(generated[name]).rgb) for name in ("background", "foreground", *_SIGNALS)}
    ground, text = named["background"], named["foreground"]
    selected = ground.blend(text, 0.1)
    pole = Color(255, 255, 255) if theme.dark else Color(0, 0, 0)

    def readable(colour: Color, least: float = _COMFORTABLE) -> str:
        mixed = colour
        for step in range(11):
            mixed = colour.blend(pole, step / 10)
            if min(contrast(mixed.hex, ground.hex), contrast(mixed.hex, selected.hex)) >= least:
                break
        return mixed.hex

    return {
        "ground": ground.hex,
        "bar": ground.blend(text, 0.05).hex,
        "selected": selected.hex,
        "line": ground.blend(text, 0.2).hex,
        "line-focus": readable(named["primary"]),
        "text-dim": readable(ground.blend(text, 0.6), _LEAST),
        "label": readable(ground.blend(text, 0.8)),
        "value": readable(text),
        "strong": readable(text),
        # Textual's own value wins over a default of the same name, so a readable one would never be seen.
        "accent": generated["accent"],
        "key": readable(named["accent"]),
        "amber": readable(named["warning"]),
        "red": readable(named["error"]),
        "green": readable(named["success"]),
        "added": readable(named["success"]),
        "removed": readable(named["error"]),
    }


def _from_terminal(theme: Theme) -> dict[str, str]:
    levels = dict(zip(("ground", "bar", "selected", "line"), _ANSI_DARK if theme.dark else _ANSI_LIGHT, strict=True))
    words = dict.fromkeys(("text-dim", "label", "value", "strong"), "ansi_default")
    good, bad = theme.success or "ansi_green", theme.error or "ansi_red"
    return {
        **levels,
        "line-focus": theme.primary,
        **words,
        "accent": theme.accent or theme.primary,
        "key": theme.accent or theme.primary,
        "amber": theme.warning or "ansi_yellow",
        "red": bad,
        "green": good,
        "added": good,
        "removed": bad,
    }


def _luminance(colour: Color) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
