"""The readable text of an HTML mail."""

import re
from html import unescape
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "head", "title", "template", "noscript"}
_BREAKS = {
    "p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "section", "article",
    "header", "footer",
}  # fmt: skip
_MAX_HTML = 512 * 1024
_SPACES = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Text with line breaks where blocks end, list items dashed, and a link's target behind its words.

    Only the first 512 KiB are looked at. Broken markup is read as far as it goes.
    """
    reader = _Reader()
    html = _without_declarations(html[:_MAX_HTML])
    tail = html.rfind(">") + 1
    # behind the last tag there is only text: the parser would search it anew for the end of every "<"
    reader.feed(html[:tail])
    reader.close()
    reader.handle_data(unescape(html[tail:]))
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.parts).split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _without_declarations(html: str) -> str:
    """Without comments, doctype and marked sections, over which the standard parser stumbles or takes quadratic time."""
    kept = []
    at = 0
    while (start := html.find("<!", at)) >= 0:
        kept.append(html[at:start])
        comment = html.startswith("<!--", start)
        end = html.find("-->", start + 4) if comment else html.find(">", start)
        if end < 0:
            return "".join(kept)
        at = end + (3 if comment else 1)
    return "".join(kept) + html[at:]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._target = ""
        self._words = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag == "a":
            target = dict(attrs).get("href") or ""
            self._target = target if target.startswith(("http://", "https://")) else ""
            self._words = len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS and tag != "br":
            self.parts.append("\n")
        elif tag == "a" and self._target:
            words = "".join(self.parts[self._words :]).strip()
            # where a link leads is shown: its words are the sender's to choose
            if words != self._target:
                self.parts.append(f" ({self._target})")
            self._target = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))
