"""The text of a mail, from its HTML: so that both always say the same. Pure."""

from html.parser import HTMLParser

BLOCKS = frozenset({"h1", "h2", "p", "li", "tr", "table", "ul", "div"})
UNSEEN = frozenset({"style", "title"})


def read_html(html: str) -> tuple[str, str]:
    """Subject, the title, and text: a paragraph for each block, links with their address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return " ".join(reader.title.split()), "\n\n".join(reader.blocks) + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.blocks: list[str] = []
        self._open = ""
        self._unseen = ""
        self._link = ""
        self._link_begins = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen = tag
        elif tag in BLOCKS:
            self.end_block()
        elif tag == "td" and self._open.strip():
            self._open += ": "
        elif tag == "br":
            self._open += "\n"
        elif tag == "a":
            self._link, self._link_begins = dict(attrs).get("href") or "", len(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag in BLOCKS:
            self.end_block()
        elif tag == "a":
            text = self._open[self._link_begins :].strip()
            self._open += f": {self._link}" if self._link not in ("", text) else ""

    def handle_data(self, data: str) -> None:
        if self._unseen == "title":
            self.title += data
        elif not self._unseen:
            self._open += data.replace("\n", " ")

    def end_block(self) -> None:
        lines = (" ".join(line.split()) for line in self._open.split("\n"))
        text = "\n".join(lines).strip()
        self.blocks += [text] if text else []
        self._open = ""
