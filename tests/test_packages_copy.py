"""Copy packages into other countries: a selection, or all of a country."""

from fractions import Fraction
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.packages.bulk.copy_form import read_rate
from domain.catalogue.bulk.copying import Target, likeness, plan_copies
from domain.catalogue.bulk.lines import Add
from domain.catalogue.bulk.price_changes import Ending, Rounding
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.rules import InvalidText
from tests.conftest import ADMIN
from tests.html import inputs, texts, values
from tests.page_helpers import (
    LIST,
    add,
    apply_all,
    edit,
    everything,
    move,
    order,
    package_values,
    pending,
    post,
    remove,
)

COPY = f"{LIST}copy"
Fields = dict[str, object]


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Start, Plus and Profi are live in Germany, in this order."""
    ids = [
        *add(session, "Start", country="DE", currency="EUR", price_minor=1990),
        *add(session, "Profi", country="DE", currency="EUR", price_minor=16900, credits=1000),
        *add(session, "Plus", country="DE", currency="EUR", price_minor=5490, credits=300),
    ]
    move(session, ids[2], 2, author=ADMIN)
    apply_all(session)
    return ids


def fields_of(page: str) -> Fields:
    """What a browser sends of the page: all that is ticked, chosen and typed."""
    sent: Fields = {}
    for name in ("package", "line", "include", "to"):
        ticked = f"[name={name}]" + (":checked" if name in ("include", "to") else "")
        sent[name] = values(page, f"input{ticked}".replace(":checked", "[checked]"), "value")
    for name, value in inputs(page, "#bulk-form input[name], #copying input[name]").items():
        sent.setdefault(name, value)
    return sent


def opened(client: FlaskClient, **chosen: object) -> Fields:
    """The page of all of Germany with these countries and what is typed for them."""
    page = post(client, COPY, {"scope": "DE"} | chosen)
    assert page.status_code == 200
    typed = {n: v for n, v in chosen.items() if n != "to"}
    return fields_of(page.text) | {"existing": "skip"} | typed


def prices(session: Session, country: str) -> list[tuple[str, int, str]]:
    session.rollback()
    package = CreditPackage
    rows = select(package.name, package.price_minor, package.currency)
    staying = rows.where(package.country == country, package.removed_at.is_(None))
    return [tuple(row) for row in session.execute(staying.order_by(package.rank))]


@pytest.mark.on_both
@pytest.mark.usefixtures("ids")
def test_a_market_is_copied_to_several_as_one_batch_with_undo(
    signed_in: FlaskClient, session: Session
) -> None:
    rule: Fields = {"rate-CH": "0.95", "ending": ".90", "direction": "nearest"}
    sent = opened(signed_in, to=["AT", "CH"], **rule)
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 303
    assert prices(session, "AT") == [
        ("Start", 1990, "EUR"),
        ("Plus", 5490, "EUR"),
        ("Profi", 16890, "EUR"),
    ]
    assert prices(session, "CH") == [
        ("Start", 1890, "CHF"),
        ("Plus", 5190, "CHF"),
        ("Profi", 16090, "CHF"),
    ]
    page = signed_in.get(answer.location).text
    assert "6 packages copied to Austria and Switzerland." in page
    post(signed_in, values(page, "form#undo", "action")[0], {})
    assert pending(session) == []


@pytest.mark.usefixtures("ids")
def test_the_preview_writes_nothing_and_asks_for_the_rate(
    signed_in: FlaskClient, session: Session
) -> None:
    before = everything(session)
    page = signed_in.get(COPY, query_string={"scope": "DE"}).text
    sent = fields_of(page) | {"to": "CH"}
    answer = post(signed_in, f"{COPY}/preview", sent, htmx=True)
    assert "Type the rate first." in answer.text
    rated = fields_of(answer.text) | {"rate-CH": "0,95", "package": sent["package"]}
    answer = post(signed_in, f"{COPY}/preview", rated, htmx=True)
    assert values(answer.text, ".cell", "value") == ["18.91", "52.16", "160.55"]
    assert everything(session) == before


@pytest.mark.usefixtures("ids")
def test_what_is_there_already_is_skipped_or_updated(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a package whose name is written in other letters added once more."""
    add(session, "START", country="AT", currency="EUR", price_minor=1)
    sent = opened(signed_in, to="AT")
    assert len(sent["include"]) == 2  # type: ignore[arg-type]
    assert post(signed_in, f"{COPY}/save", sent).status_code == 303
    assert [name for name, *_ in prices(session, "AT")] == ["START", "Plus", "Profi"]
    sent = opened(signed_in, to="AT", existing="update")
    assert post(signed_in, f"{COPY}/save", sent).status_code == 303
    assert prices(session, "AT")[0] == ("START", 1990, "EUR")


def test_a_source_that_changed_since_is_not_copied_and_the_rest_is(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: the price of now copied, not the one that was shown."""
    sent = opened(signed_in, to="AT")
    edit(session, ids[0], price_minor=2990)
    add(session, "Plus", country="AT", currency="EUR", price_minor=1, credits=300)
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 409
    assert "1 package copied to Austria." in answer.text
    assert texts(answer.text, ".line-note .bad") == [
        "It was changed since. Look at it again, then save.",
        "It was added there since. Save again to update it.",
    ]
    assert values(answer.text, ".cell", "value") == ["29.90", "54.90"]
    assert order(session, "AT") == ["Plus", "Profi"]


@pytest.mark.on_both
@pytest.mark.usefixtures("ids")
def test_what_was_to_be_updated_and_is_gone_is_not_added_instead(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a new package added for one that a colleague removed or renamed since; the update
    written to another package that has its name now."""
    there: Fields = {"country": "AT", "currency": "EUR", "price_minor": 1}
    start, plus, profi = (
        *add(session, "Start", **there),
        *add(session, "Plus", credits=300, **there),
        *add(session, "Profi", credits=1000, **there),
    )
    sent = opened(signed_in, to="AT", existing="update")
    remove(session, start)
    edit(session, plus, name="Plus 2")
    edit(session, profi, name="Profi 2")
    add(session, "Profi", credits=1000, **there)
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 409
    assert texts(answer.text, ".line-note .bad") == [
        "It is not there any more. Save again to add it.",
        "It is not there any more. Save again to add it.",
        "Another package is there now. Look at it again, then save.",
    ]
    assert [minor for _name, minor, _euro in prices(session, "AT")] == [1, 1, 1]
    again = fields_of(answer.text) | {"existing": "update"}
    assert post(signed_in, f"{COPY}/save", again).status_code == 303
    assert prices(session, "AT") == [
        *(("Plus 2", 1, "EUR"), ("Profi 2", 1, "EUR"), ("Profi", 16900, "EUR")),
        *(("Start", 1990, "EUR"), ("Plus", 5490, "EUR")),
    ]


@pytest.mark.usefixtures("ids")
def test_the_rest_is_saved_where_one_is_gone(signed_in: FlaskClient, session: Session) -> None:
    start = add(session, "Start", country="AT", currency="EUR", price_minor=1)[0]
    sent = opened(signed_in, to="AT", existing="update")
    remove(session, start)
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 409
    assert "2 packages copied to Austria. 1 line was not saved." in answer.text
    assert order(session, "AT") == ["Plus", "Profi"]


@pytest.mark.usefixtures("ids")
def test_only_what_the_page_showed_is_copied(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a package copied whose line was not on the page."""
    austria, italy = (opened(signed_in, to=country) for country in ("AT", "IT"))
    added = add(session, "Unseen", country="DE", currency="EUR")
    assert post(signed_in, f"{COPY}/save", austria | {"scope": "DE"}).status_code == 303
    assert order(session, "AT") == ["Start", "Plus", "Profi"]
    packages = [*italy["package"], *added]  # type: ignore[misc]
    assert post(signed_in, f"{COPY}/save", italy | {"package": packages}).status_code == 303
    assert order(session, "IT") == ["Start", "Plus", "Profi"]


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1e5", str(2**63), "1,234", "x", "\0"])
@pytest.mark.usefixtures("ids")
def test_a_rate_that_is_none_is_refused_in_place(
    signed_in: FlaskClient, session: Session, rate: str
) -> None:
    sent = opened(signed_in, to="CH", **{"rate-CH": rate})
    before = everything(session)
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 422
    assert values(answer.text, "#rate-CH", "aria-invalid") == ["true"]
    assert everything(session) == before


@pytest.mark.parametrize(
    "asked", [{"scope": "XX"}, {"package": ["0", "x", str(2**63)]}, {}, {"scope": "DE", "to": "XX"}]
)
@pytest.mark.usefixtures("ids")
def test_unknown_packages_and_countries_copy_nothing(
    signed_in: FlaskClient, session: Session, asked: Fields
) -> None:
    before = everything(session)
    assert post(signed_in, COPY, asked).status_code in (200, 303, 422)
    assert post(signed_in, f"{COPY}/save", asked).status_code == 422
    assert everything(session) == before


def test_prices_are_converted_exactly_in_the_decimals_of_both() -> None:
    """Caught: the rate as a float; the decimals of one currency taken for both."""
    values = package_values(price_minor=1990, currency="EUR")
    rate = Fraction("0.95")
    assert Target("CH", "CHF", rate).receive(values).price_minor == 1891
    assert Target("JP", "JPY", Fraction("160.5")).receive(values).price_minor == 3194
    kuwait = Target("KW", "KWD", Fraction("0.3333"), Rounding(Ending.NINETY)).receive(values)
    assert kuwait.price_minor == 6900
    with pytest.raises(InvalidText):
        Target("CH", "CHF").receive(values)
    assert likeness(values._replace(name="ÉCOLE")) == likeness(values._replace(name="école"))


def test_rates_are_read_in_any_habit() -> None:
    assert [read_rate(text)[0] for text in ("0.95", "0,95", "1", "34,5678")] == [
        *(Fraction("0.95"), Fraction("0.95"), Fraction(1)),
        Fraction("34.5678"),
    ]


@pytest.mark.usefixtures("ids")
def test_a_rate_whose_prices_were_not_seen_is_not_saved(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the amount in euros saved as francs, as Save was faster than the new prices."""
    sent = opened(signed_in, to="CH") | {"rate-CH": "0.95"}
    answer = post(signed_in, f"{COPY}/save", sent)
    assert answer.status_code == 422
    assert values(answer.text, ".cell", "value") == ["18.91", "52.16", "160.55"]
    assert order(session, "CH") == []


@pytest.mark.usefixtures("ids")
def test_what_another_press_copied_meanwhile_is_not_copied_twice(session: Session) -> None:
    """Caught: what is there looked up before the lock alone."""
    lines = [Add("1", package_values("Start", country="AT", currency="EUR"))]
    plan = partial(plan_copies, lines=lines, author=ADMIN)
    assert write_planned(session, plan).written == 1
    done = write_planned(session, plan)
    assert (done.written, [each.line.key for each in done.refused]) == (0, ["1"])
    assert order(session, "AT") == ["Start"]
