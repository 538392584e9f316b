"""Characters that show as nothing: which they are, and that no text that others read takes them."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
import regex
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField

from blueprints.checkout.by_link import LinkOrderForm
from blueprints.checkout.forms import OrderForm
from blueprints.customers.payment_links import PaymentLinkForm
from blueprints.forms import Form
from blueprints.purchases.refund_form import RefundForm
from blueprints.settings.sites import RemovalForm
from commands.admins import create_admin
from domain.customers.claims import read_claims
from domain.customers.customers import Person
from domain.invisibles import ALSO_INVISIBLE, has_invisible, has_unseen, without_invisibles
from domain.ledger.errors import UnfitTerms
from domain.ledger.terms import check_source
from domain.mail.server import UnfitMailServer, read_mail_server
from domain.platforms.errors import HandOverRefused
from domain.platforms.tokens import check_subject
from domain.purchases.models import Purchase
from tests.clock import NOON
from tests.conftest import only_sqlite

HIDDEN = [
    *("\u3164", "\u00ad", "\u115f", "\u200b\u200b", "\U000e0041", "\u0301", "A\u00adB", "\u00adA"),
    *("A\U000e0001\U000e0042", "A\ufe0f", "A\U000e0100", "\U0001f3f4\U000e0078\U000e007f"),
    "\U0001f3f4\U000e0067\U000e0062\U000e0061\U000e0062\U000e0063\U000e007f",
]
NEEDED = (
    *("می‌خواهم", "क्‍ष", "ශ්‍රී", "👨‍👩‍👧‍👦", "👩🏽‍⚕️", "🏳️‍🌈", "❤️", "☎︎", "1️⃣", "#️⃣", "🇹🇷"),
    *("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "葛󠄀", "e\u0301", "नमस्ते", "한국어"),
)


def test_the_table_is_unicodes_own_and_none_of_it_makes_a_text() -> None:
    """Alone, in a word, before and after one. Caught: a table without U+FFF0 to U+FFF8."""
    every = "".join(chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000)
    ours = set(every) - set(without_invisibles(every))
    ignorable = set(regex.findall(r"\p{Default_Ignorable_Code_Point}", every))
    assert len(ignorable) > 4000
    assert ignorable | set(ALSO_INVISIBLE) == ours
    assert not ignorable & set(ALSO_INVISIBLE)
    for char in ours:
        for text in (char, f"A{char}B", f"{char}A", f"A{char}"):
            assert has_invisible(text), ascii(text)


@pytest.mark.parametrize("text", NEEDED)
def test_joiners_between_what_shows_are_kept(text: str) -> None:
    """Caught: a flag in a name refused, as its letters do not print."""
    assert not has_unseen(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", HIDDEN)
def test_what_hides_something_is_found(text: str) -> None:
    """Caught: any letters of tags in a flag; a name of an accent alone."""
    assert has_invisible(text)
    assert has_unseen(text)


def forms(kind: type[Form] = Form) -> Iterator[type[Form]]:
    for form in kind.__subclasses__():
        yield form
        yield from forms(form)


def typed(form: Form) -> Iterator[str]:
    """The fields that people type into and others may read: what is secret is only compared."""
    for field in form:
        is_secret = isinstance(field, PasswordField) or field.name == "code"
        if isinstance(field, StringField) and not isinstance(field, HiddenField) and not is_secret:
            yield field.name


# What some forms are made with.
GIVEN: dict[type[Form], dict[str, Any]] = {
    OrderForm: {"country": "DE"},
    LinkOrderForm: {"country": "DE"},
    PaymentLinkForm: {
        "person": Person(
            *(1, None, "s", "Ayşe", None, None, "DE", "de"),
            reminders=False,
            created_at=NOON,
            last_sign_in_at=None,
            version=1,
        )
    },
    RemovalForm: {"site_id": 1},
    RefundForm: {"purchase": Purchase(currency="EUR")},
}
# Read only once other fields are right. Tests of their own: test_packages_add, test_settings_page.
READ_LATER = {("PackageForm", "price"), ("SettingsForm", "buying_link")}


@only_sqlite
def test_every_field_of_every_form_refuses_them(signed_in: FlaskClient) -> None:
    """Caught: a form with a field that has no rule."""
    refused: set[tuple[str, str]] = set()
    with signed_in:
        signed_in.get("/settings/")
        for kind in forms():
            given = GIVEN.get(kind, {})
            for name in typed(kind(**given)):
                for text in HIDDEN:
                    form = kind(**given)
                    form.process(MultiDict({"country": "DE"} | {name: text}))
                    form.validate()
                    is_refused = bool(form[name].errors)
                    assert is_refused or (kind.__name__, name) in READ_LATER, (kind, name, text)
                refused.add((kind.__name__, name))
    assert len(refused) > 50


@pytest.mark.parametrize("text", [text for text in HIDDEN if text != "\u0301"])
def test_other_ways_in_refuse_them(app: Flask, text: str) -> None:
    """From a platform: a name or an email is as good as not said. Caught: a sender's name of
    U+3164; a source of credits."""
    said = {"sub": "u", "name": text, "email": f"a{text}b@example.com"}
    claims = read_claims(said, trusts_emails=True)
    assert claims.name is None
    assert not has_invisible(claims.email or "")
    with pytest.raises(HandOverRefused):
        check_subject(text)
    with pytest.raises(UnfitTerms):
        check_source(text)
    with pytest.raises(UnfitMailServer, match="MAIL_FROM holds an invisible character"):
        read_mail_server("smtps://mail.example", f"{text} <a@mail.example>")
    run = app.test_cli_runner().invoke
    for arguments in ([f"{text}@example.com"], ["a@example.com", "--name", text]):
        result = run(create_admin, arguments)
        assert (result.exit_code, "Traceback" in result.output) == (1, False)
