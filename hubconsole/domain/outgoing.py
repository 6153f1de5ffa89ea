"""What leaves must be plainer than what may come in, and fit its channel."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hubconsole.domain.detectors import hosts, mixed_script_host
from hubconsole.domain.lookalikes import mixed_words
from hubconsole.domain.terms import Visibility

_LINK = re.compile(r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s<>\"]{1,2000}", re.IGNORECASE)
_LINK_HOST = re.compile(r"[^/]*//(?:[^/?#]*@)?([^/?#:@]+)")
_KNOWN_END = re.compile(r"\.(?:com|org|net|info|biz|io|co|eu|us|uk|de|fr|it|es|nl|at|ch|be|pl|ie|in|jp|app|dev|shop|bank|example)$", re.I)
_URL = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_ONE_EMOJI = "[\u203c-\u3299\U0001f000-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f"
    f"|(?:[\U0001f000-\U0001faff]|[\u203c-\u3299](?=[\ufe0f\u200d\U0001f3fb-\U0001f3ff]))\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:\u200d{_ONE_EMOJI})*"
)
_X_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_X_LINK = 23
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")

_LIMITS: dict[tuple[str, Visibility], int] = {
    ("x", Visibility.PUBLIC): 280,
    ("x", Visibility.PRIVATE): 10_000,
    ("facebook", Visibility.PUBLIC): 8_000,
    ("facebook", Visibility.PRIVATE): 2_000,
    ("instagram", Visibility.PUBLIC): 2_200,
    ("instagram", Visibility.PRIVATE): 1_000,
    ("dm", Visibility.PRIVATE): 10_000,
    ("sms", Visibility.PRIVATE): 160,
    ("sms", Visibility.PUBLIC): 160,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that outgoing text may not hold unless a reviewer confirms it by name."""

    id: str
    """``not_normal``, ``control_character``, ``format_character``, ``mixed_script_word``, ``mixed_script_host`` or
    ``link_not_allowed``."""
    message: str
    start: int
    end: int


def problems(text: str, *, links: Collection[str] | None = None) -> tuple[Problem, ...]:
    """What is wrong with ``text`` as outgoing text, by place.

    ``links`` are the hosts that may be linked to, each with its subdomains; None allows every host.
    """
    found = [*_not_normal(text), *_steering(text)]
    disguised = list(mixed_script_host(text))
    found += [Problem("mixed_script_host", "The host mixes scripts.", *span) for span in disguised]
    for start, end in mixed_words(text):
        if not any(a <= start and end <= b for a, b in disguised):
            found.append(Problem("mixed_script_word", "The word mixes letters of scripts that look alike.", start, end))
    if links is not None:
        found += _links(text, frozenset(host.lower().strip(".") for host in links))
    return tuple(sorted(found, key=lambda problem: (problem.start, problem.end, problem.id)))


def _not_normal(text: str) -> Iterator[Problem]:
    if unicodedata.is_normalized("NFC", text):
        return
    normal = unicodedata.normalize("NFC", text)
    start = next((n for n, (a, b) in enumerate(zip(text, normal, strict=False)) if a != b), min(len(text), len(normal)))
    yield Problem("not_normal", "The text is not in normal form (NFC): another program could change its bytes.", start, len(text))


def _steering(text: str) -> Iterator[Problem]:
    if text.isprintable():
        return
    for index, char in enumerate(text):
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Zl", "Zp"} and char != "\n":
            yield Problem("control_character", f"The control character U+{ord(char):04X} may not leave.", index, index + 1)
        elif category == "Cf":
            yield Problem("format_character", f"The format character U+{ord(char):04X} may not leave.", index, index + 1)


def _links(text: str, allowed: frozenset[str]) -> Iterator[Problem]:
    spans: dict[tuple[int, int], str] = {}
    for link in _LINK.finditer(text):
        host = _LINK_HOST.match(link[0])
        spans[link.span()] = host[1] if host else ""
    for start, end in hosts(text):
        if not any(a <= start and end <= b for a, b in spans) and _links_itself(text, start, end):
            spans[start, end] = text[start:end]
    for (start, end), name in spans.items():
        host_name = name.lower().strip(".")
        if not any(host_name == known or host_name.endswith(f".{known}") for known in allowed):
            yield Problem("link_not_allowed", "The link leads to a host that is not on the list of allowed ones.", start, end)


def _links_itself(text: str, start: int, end: int) -> bool:
    """Whether channels would make a link of the bare host in this place; the domain of a mail address is none."""
    return text[start - 1 : start] != "@" and _KNOWN_END.search(text[start:end]) is not None


def limit(channel: str, visibility: Visibility | str) -> int | None:
    """How long a reply may be on ``channel``, in the units of ``length``; None where there is no limit."""
    return _LIMITS.get((channel, Visibility(visibility)))


def length(text: str, channel: str) -> int:
    """How long ``text`` is as ``channel`` counts, after normalisation (NFC).

    x: 1 for Latin and its neighbours, 2 for other characters and for a whole emoji, 23 for a link.
    sms: septets of the GSM 03.38 alphabet, 160 to a message; other text counts by UTF-16 units, of which 70 fill it.
    Elsewhere: characters.
    """
    normal = unicodedata.normalize("NFC", text)
    if channel == "x":
        return _weighted(normal)
    if channel == "sms":
        if all(char in _GSM or char in _GSM_EXTENDED for char in normal):
            return len(normal) + sum(char in _GSM_EXTENDED for char in normal)
        return -(-len(normal.encode("utf-16-le", "surrogatepass")) // 2 * 16 // 7)
    return len(normal)


def measure(text: str, channel: str, visibility: Visibility | str) -> tuple[int, int | None]:
    """Length of ``text`` as the channel counts it, and the channel's limit."""
    return length(text, channel), limit(channel, visibility)


def _weighted(normal: str) -> int:
    total = at = 0
    for start, end in _x_links(normal):
        total += _plain_weight(normal[at:start]) + _X_LINK
        if not normal[start:end].lower().startswith("http"):
            total += max(0, end - start - _X_LINK)
        at = end
    return total + _plain_weight(normal[at:])


def _x_links(normal: str) -> list[tuple[int, int]]:
    """Links with a scheme, and bare hosts that X turns into links; a bare one never counts less than it is long."""
    spans = [link.span() for link in _URL.finditer(normal)]
    bare = [span for span in hosts(normal) if not any(a <= span[0] < b for a, b in spans) and _links_itself(normal, *span)]
    return sorted(spans + bare)


def _plain_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    text, emoji = _EMOJI.subn("", text)
    light = len(_X_LIGHT.findall(text))
    return 2 * emoji + light + 2 * (len(text) - light)
