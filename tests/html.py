"""The HTML that Scrip answers, read by a parser as browsers read it."""

from selectolax.lexbor import LexborHTMLParser, LexborNode


def _parsed(html: str) -> LexborHTMLParser:
    """A row by itself is one of a table, as htmx takes it too."""
    is_row = html.lstrip().startswith(("<tr", "<tbody"))
    return LexborHTMLParser(f"<table>{html}</table>" if is_row else html)


def find_all(html: str, selector: str) -> list[LexborNode]:
    """The elements that match the CSS selector, in reading order."""
    return _parsed(html).css(selector)


def find(html: str, selector: str) -> LexborNode:
    """The one element that matches; fails when there is none, or another."""
    found = find_all(html, selector)
    assert len(found) == 1, f"{len(found)} elements are {selector}"
    return found[0]


def text_of(node: LexborNode) -> str:
    """What the element says, without the white space around and between its words."""
    return " ".join(node.text().split())


def text_without(html: str, selector: str) -> str:
    """What the page says, title included, but for the elements that match; in separate words."""
    page = LexborHTMLParser(html)
    # One after the other, as those within one that is taken out go with it.
    while found := page.css_first(selector):
        found.decompose()
    root = page.root
    return root.text(separator=" ") if root else ""


def texts(html: str, selector: str) -> list[str]:
    """What the elements that match say."""
    return [text_of(node) for node in find_all(html, selector)]


def values(html: str, selector: str, attribute: str) -> list[str]:
    """The attribute of the elements that match; "" where one has no value, or does not have it."""
    return [node.attributes.get(attribute) or "" for node in find_all(html, selector)]


def without(html: str, selector: str) -> str:
    """The page or the part of one that is left when the elements that match are taken out."""
    page = LexborHTMLParser(html, is_fragment=not html.startswith("<!doctype"))
    for node in page.css(selector):
        node.decompose()
    return page.html or ""


def inputs(html: str, selector: str) -> dict[str, str]:
    """The values of the inputs that match, by name."""
    return dict(zip(values(html, selector, "name"), values(html, selector, "value"), strict=True))


def without_tokens(html: str) -> str:
    """The page without its tokens against forged requests, which are new each time."""
    for token in (
        *values(html, "input[name=csrf_token]", "value"),
        *values(html, "meta[name=csrf-token]", "content"),
    ):
        html = html.replace(token, "")
    return html
