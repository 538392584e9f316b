"""Sentences of the domain: English by themselves, and said in the language of a page."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale
from flask import Flask

from blueprints.i18n import listed, translated
from domain.catalogue.errors import NothingPending, PackageRemoved
from domain.messages import Day, message, plural_message
from domain.money import PriceError, parse
from tests.conftest import only_sqlite

ROOT = Path(__file__).parent.parent
PLACES = ("domain", "blueprints")
TURKISH = Locale("tr")
# Errors of code that is wrong, and of the command line.
FOR_OPERATORS = (
    *("ValueError", "UnfitMailServer", "BackupError", "UnknownElement"),
    *("UnknownAdmin", "BadSignature", "Unreachable", "NoAnswer", "OperationalError"),
)


def test_a_sentence_is_its_english_text() -> None:
    text = message("%(name)s goes up by %(percent)s %%.", name="Pro", percent="30")
    assert text == "Pro goes up by 30 %."
    assert repr(text) == "'Pro goes up by 30 %.'"
    assert (
        str(PackageRemoved("Pro"))
        == "Pro will be removed when you apply. Press Keep first, then try again."
    )


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 day"), (0, "0 days"), (2, "2 days"), (1000, "1,000 days")]
)
def test_a_sentence_that_counts(count: int, text: str) -> None:
    assert plural_message("%(count)s day", "%(count)s days", count=count) == text


@only_sqlite
def test_a_sentence_is_said_in_the_language_of_the_page(app: Flask) -> None:
    """Caught: a part that is a sentence itself, left in English; 1,000 in a Turkish text."""
    with pytest.raises(PriceError) as refused:
        parse("1,9999", "TRY", TURKISH)
    many = plural_message(
        "Too many tries. Try again in %(count)s minute.",
        "Too many tries. Try again in %(count)s minutes.",
        count=1000,
    )
    with app.test_request_context("/packages?lang=tr"):
        assert translated(refused.value) == (
            "TRY para biriminde 2 ondalık basamak var. Ücreti şöyle yazın: 1234,50 veya 1.234,50."
        )
        assert translated(many).startswith("Çok fazla deneme yapıldı. 1.000 dakika")
        assert translated(NothingPending()).startswith("Bekleyen değişiklik yok")
        assert listed(["ana", "bob", "cem"]) == "ana, bob ve cem"
    with app.test_request_context("/packages?lang=en"):
        assert translated(refused.value) == str(refused.value)


@only_sqlite
def test_a_day_is_that_of_the_platforms_calendar(app: Flask) -> None:
    """Caught: a day with its clock time, by the reader's clock, and in German without its dot."""
    day = message("To %(day)s", day=Day(datetime(2030, 12, 13, 22, tzinfo=UTC)))
    assert day == "To 13 Dec 2030"
    zone = {"Cookie": "zone=Europe/Istanbul"}
    with app.test_request_context("/packages?lang=tr", headers=zone):
        assert translated(day) == "To 13 Ara 2030"
    with app.test_request_context("/?lang=de", headers=zone):
        assert translated(day) == "To 13. Dez. 2030"


@only_sqlite
def test_what_people_typed_is_never_looked_up(app: Flask) -> None:
    """Caught: the name Settings of a package as "Ayarlar", and a "%" in it as a placeholder."""
    with app.test_request_context("/packages?lang=tr"):
        assert translated("Settings") == "Settings"
        assert translated("100 %(off)s") == "100 %(off)s"
        assert translated(message("Edit %(name)s", name="100 %")) == "Düzenle: 100 %"
        assert translated(ValueError("Settings")) == "Settings"


def plain_texts(path: Path) -> Iterator[str]:
    """What a file raises, flashes or refuses with as it stands in the code."""
    for node in ast.walk(ast.parse(path.read_text())):
        call = node.exc if isinstance(node, ast.Raise) else node
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        is_said = node is not call or name in ("super().__init__", "abort", "flash")
        if is_said and name not in FOR_OPERATORS:
            yield from (
                f"{path.name}: {ast.unparse(text)}"
                for text in call.args
                if isinstance(text, ast.JoinedStr)
                or (isinstance(text, ast.Constant) and isinstance(text.value, str))
            )


@pytest.mark.parametrize("place", PLACES)
def test_whatever_people_are_told_can_be_translated(place: str) -> None:
    """Caught: an error raised with a text that is no sentence. Programs read English."""
    files = (ROOT / place).rglob("*.py")
    told = [text for path in files if path.parent.name != "api" for text in plain_texts(path)]
    assert told == []


@pytest.mark.parametrize("place", PLACES)
def test_no_text_is_looked_up_within_another(place: str) -> None:
    """Caught: f"{_('Saved.')} …", which make translations does not find."""
    for path in (ROOT / place).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
                names = {ast.unparse(call.func) for call in calls}
                assert not names & {"_", "gettext", "ngettext", "message"}, ast.unparse(node)
