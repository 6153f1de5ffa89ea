"""Named detectors for what a pattern alone cannot tell: check digits, invisible characters, look-alike hosts.

Each takes a text and yields the spans (start, end) of what it found, in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from hubconsole.text import in_emoji, is_hidden

Span = tuple[int, int]
"""Start and end (exclusive) in characters."""
Detector = Callable[[str], Iterator[Span]]

_DIGIT_RUN = re.compile(r"(?<!\d)\d(?:[ .\-/]{0,2}\d){12,60}")
_DIGIT_GROUP = re.compile(r"\d+")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \-]?[A-Za-z0-9])")
_IBAN_LENGTHS = {
    code: int(length)
    for length, codes in {
        "15": "NO", "16": "BE", "18": "DK FI FK FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH CR HR LI LV", "22": "BG BH DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU YE", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
"""Length of an IBAN by country, after the registry of ISO 13616."""
_HOST = re.compile(r"(?:(?<=://)|(?<![\w.\-]))(?:[^\W_](?:[\w\-]{0,61}[^\W_])?[.\u3002\uff0e\uff61]){1,8}[^\W\d_][\w\-]{1,62}")
_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "GEORGIAN", "CHEROKEE", "THAI", "DEVANAGARI", "COPTIC"}
_EAST_ASIAN = {"CJK": "EAST ASIAN", "HIRAGANA": "EAST ASIAN", "KATAKANA": "EAST ASIAN", "HANGUL": "EAST ASIAN", "BOPOMOFO": "EAST ASIAN"}


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit that ISO/IEC 7812-1 asks for."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(digits: str) -> bool:
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1 and passes_luhn(digits)


def card_number(text: str) -> Iterator[Span]:
    """Payment card numbers: 13 to 19 digits, written together or in groups, whose check digit is right."""
    for run in _DIGIT_RUN.finditer(text):
        groups = [group.span() for group in _DIGIT_GROUP.finditer(text, *run.span())]
        first = 0
        while first < len(groups):
            for last in range(len(groups) - 1, first - 1, -1):
                digits = "".join(text[start:end] for start, end in groups[first : last + 1])
                if _is_card(digits):
                    yield groups[first][0], groups[last][1]
                    first = last
                    break
            first += 1


def iban(text: str) -> Iterator[Span]:
    """International bank account numbers: the right length for the country, and 1 modulo 97 (ISO 7064)."""
    for start in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(start[0][:2].upper())
        if length is None:
            continue
        taken, at = start[0], start.end()
        while len(taken) < length and at < len(text):
            if text[at] in " -" and text[at - 1] not in " -":
                at += 1
            elif text[at].isascii() and text[at].isalnum():
                taken += text[at]
                at += 1
            else:
                break
        if len(taken) != length or (at < len(text) and text[at].isalnum()):
            continue
        number = "".join(str(int(char, 36)) for char in taken[4:] + taken[:4])
        if int(number) % 97 == 1:
            yield start.start(), at


def hidden_characters(text: str) -> Iterator[Span]:
    """Runs of characters that are drawn as nothing or steer what is drawn; line breaks, tabs and proper emoji apart."""
    if text.isascii() and text.isprintable():
        return
    start = None
    for index, char in enumerate(text):
        if is_hidden(char) and char not in "\n\r\t" and not in_emoji(text, index):
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(text)


@lru_cache(4096)
def _script(char: str) -> str:
    """The script of a letter; empty for digits, hyphens and dots."""
    if not char.isalpha():
        return ""
    word = unicodedata.name(char, "UNKNOWN").split()[0].removesuffix("-")
    return word if word in _SCRIPTS else _EAST_ASIAN.get(word, word)


def hosts(text: str) -> Iterator[Span]:
    """Where the text names hosts, with or without a scheme in front."""
    if "." in text or "\u3002" in text or "\uff0e" in text or "\uff61" in text:
        for found in _HOST.finditer(text):
            yield found.span()


def mixed_script_host(text: str) -> Iterator[Span]:
    """Hosts written in more than one script, or with letters that only look like plain ones."""
    if text.isascii():
        return
    for start, end in hosts(text):
        host = text[start:end]
        if host.isascii():
            continue
        scripts = {_script(char) for char in host} - {""}
        if len(scripts) > 1 or unicodedata.normalize("NFKC", host) != unicodedata.normalize("NFC", host):
            yield start, end


DETECTORS: dict[str, Detector] = {
    "card_number": card_number,
    "iban": iban,
    "hidden_characters": hidden_characters,
    "mixed_script_host": mixed_script_host,
}
"""Detectors by the name a rule uses."""
