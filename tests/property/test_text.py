"""What is shown determines what was written: the marks can be read back."""

import re

from hypothesis import given
from hypothesis import strategies as st
from textual._cells import cell_len

from hubconsole.text import MAX_COMBINING, Newline, cell_width, is_hidden, one_line, visible, visible_text

CODE = r"⟦U\+([0-9A-F]{4,6})⟧"
MARK = re.compile(rf"{CODE}|⟦tone([1-5])⟧|⟦([A-Z]+)⟧|([␀-␠␡⁀ᴱᵀᴷ⍽])")
SIGNS = {"␡": "\x7f", "⁀": "\u200d", "ᴱ": "\ufe0f", "ᵀ": "\ufe0e", "ᴷ": "\u20e3", "⍽": "\u00a0"}

TRICKY = st.sampled_from(
    [
        *"\x00\t\n\r\x1b\x7f\x85\x9b ⟦⟧U+0123DEtone⁀ᴱᵀᴷ⍽␛␊ae1#❤☎👩👍漢אع",
        "\u00a0",
        "\u0301",
        "\u0323",
        "\u034f",
        "\u115f",
        "\u11a8",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2028",
        "\u20e3",
        "\u3164",
        "\ufe0e",
        "\ufe0f",
        "\ud83d",
        "\udc00",
        "🏽",
        "🇩",
        "🇪",
        "\U000e0041",
        "\U000e0101",
        "\U0010ffff",
    ]
)
ANY_CHARACTER = st.characters(exclude_categories=())
TEXTS = st.one_of(st.text(TRICKY, max_size=40), st.text(ANY_CHARACTER, max_size=40), st.text(st.one_of(TRICKY, ANY_CHARACTER)))
LOSSLESS: list[Newline] = ["keep", "mark"]


def read_back(shown: str) -> str:
    """The one text that is shown as ``shown``."""

    def original(match: re.Match[str]) -> str:
        code, tone, letters, sign = match.groups()
        if code:
            return chr(int(code, 16))
        if tone:
            return chr(0x1F3FA + int(tone))
        if letters:
            return "".join(chr(0x1F1E6 + ord(letter) - 65) for letter in letters)
        return SIGNS.get(sign) or chr(ord(sign) - 0x2400)

    return MARK.sub(original, shown)


@given(TEXTS, st.sampled_from(LOSSLESS))
def test_the_shown_text_determines_the_input(text: str, newline: Newline) -> None:
    assert read_back(visible_text(text, newline=newline)) == text


@given(TEXTS, st.sampled_from(["keep", "mark", "space"]))
def test_the_shown_text_is_inert(text: str, newline: Newline) -> None:
    shown = visible_text(text, newline=newline)
    assert not [char for char in shown if is_hidden(char) and not (char == "\n" and newline == "keep")]
    assert not re.search(f"[\u0300-\u036f]{{{MAX_COMBINING + 1}}}", shown)
    assert shown.encode().decode() == shown


@given(TEXTS)
def test_the_screen_agrees_about_the_width(text: str) -> None:
    shown = visible_text(text, newline="mark")
    assert cell_width(shown) == cell_len(shown)


@given(TEXTS, st.integers(0, 60))
def test_one_line_fits(text: str, width: int) -> None:
    line = one_line(text, width)
    assert cell_len(line) <= width
    assert "\n" not in line


@given(TEXTS)
def test_content_says_the_same_as_the_text_and_styles_marks_only(text: str) -> None:
    content = visible(text)
    assert content.plain == visible_text(text)
    for span in content.spans:
        assert MARK.match(content.plain, span.start)
