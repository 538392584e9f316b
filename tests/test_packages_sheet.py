"""Edit prices: a country's prices and credits as a sheet, saved together or not at all."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.html import texts, values
from tests.page_helpers import (
    LIST,
    add,
    apply_all,
    draft,
    edit,
    everything,
    pending,
    post,
    remove,
    sent_fields,
)

SHEET = f"{LIST}prices?country=DE"
Fields = dict[str, object]


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B, C are live in Germany, at €19.99 for 100 credits."""
    ids = add(session, "A", "B", "C", country="DE", currency="EUR")
    apply_all(session)
    return ids


def sheet(client: FlaskClient, **typed: str) -> Fields:
    """What a browser sends of the page, with what is typed there."""
    page = client.get(SHEET).text
    names, typed_there = (values(page, "#sheet input", each) for each in ("name", "value"))
    sent: Fields = {"line": values(page, "#sheet [name=line]", "value")}
    fields = zip(names, typed_there, strict=True)
    sent |= {n: v for n, v in fields if n not in ("line", "csrf_token")}
    return sent | {name.replace("_", "-"): value for name, value in typed.items()}


@pytest.mark.on_both
def test_all_that_is_typed_is_one_batch_with_undo(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    a, b, _c = ids
    typed = {f"price_{a}": "20,90", f"credits_{b}": "120"}
    answer = post(signed_in, SHEET, sheet(signed_in, **typed))
    assert (answer.status_code, answer.location) == (303, f"{LIST}?country=DE")
    assert pending(session) == ["edited A", "edited B"]
    page = signed_in.get(answer.location).text
    assert "2 prices changed." in page
    post(signed_in, values(page, "form#undo", "action")[0], {})
    assert pending(session) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type a price"),
        ("NaN", "Type only the number"),
        ("1.564.50", "Type the price like 1234.50"),
        (str(2**63), "That price is too high"),
        ("\0", "Type only the number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_marked_and_nothing_is_saved(
    signed_in: FlaskClient, session: Session, ids: list[int], typed: str, sentence: str
) -> None:
    """Caught: the other rows saved."""
    a, b, c = ids
    before = everything(session)
    sent = sheet(signed_in, **{f"price_{a}": "20.90", f"price_{b}": typed, f"credits_{c}": "0"})
    answer = post(signed_in, SHEET, sent)
    assert answer.status_code == 422
    assert "2 cells need a look" in texts(answer.text, "#problem")[0]
    assert sentence in texts(answer.text, f"#price-{b}-error")[0]
    assert values(answer.text, f"#price-{a}", "value") == ["20.90"]
    assert values(answer.text, ".problems a", "href") == [f"#price-{b}", f"#credits-{c}"]
    assert everything(session) == before


@pytest.mark.on_both
def test_what_colleagues_did_since_is_said_at_its_row(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Nothing is saved then; saved again, what is typed replaces theirs, and a removed package is
    left out. Fields that they alone changed stay theirs."""
    a, b, c = ids
    typed = {f"price_{id}": "20.90" for id in ids}
    sent = sheet(signed_in, **typed)
    edit(session, a, price_minor=2190)
    edit(session, b, short_info="Theirs")
    before = everything(session)
    answer = post(signed_in, SHEET, sent)
    assert answer.status_code == 409
    assert "changed this to €21.90" in texts(answer.text, f"#price-{a}-error")[0]
    assert everything(session) == before
    remove(session, c)
    sent[f"version-{a}"] = values(answer.text, f"[name=version-{a}]", "value")[0]
    answer = post(signed_in, SHEET, sent)
    assert answer.status_code == 409
    assert "It is to be removed." in texts(answer.text, f"#price-{c}-error")[0]
    sent["gone"] = values(answer.text, "[name=gone]", "value")
    assert post(signed_in, SHEET, sent).status_code == 303
    assert [draft(session, id).price_minor for id in ids] == [2090, 2090, 1999]
    assert draft(session, b).short_info == "Theirs"


@pytest.mark.on_both
def test_theirs_can_be_used_in_one_cell_and_all_else_stays(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: the whole row taken from the colleague; the other conflicts forgotten, so that Save
    all overwrote them; the version of before kept, so that the same was refused again."""
    a, b, c = ids
    typed = {f"price_{a}": "20,90", f"credits_{a}": "150", f"price_{b}": "30", f"credits_{c}": "x"}
    sent = sheet(signed_in, **typed)
    edit(session, a, price_minor=2190, credits=120)
    edit(session, b, price_minor=2290)
    page = post(signed_in, SHEET, sent | {f"credits-{c}": "300"}).text
    assert texts(page, "[name=use_theirs]") == ["Use 120 credits", "Use €21.90", "Use €22.90"]
    assert values(page, "[name=use_theirs]", "aria-label")[1] == "Use €21.90 of A"
    assert "changed this to 120 credits." in texts(page, f"#credits-{a}-error")[0]
    assert "changed this to €21.90." in texts(page, f"#price-{a}-error")[0]
    before = everything(session)
    taken = {f"credits-{c}": ["x"], "use_theirs": [f"price-{a}"]}
    answer = post(signed_in, SHEET, sent_fields(page, "#sheet") | taken)
    assert answer.status_code == 200
    assert values(answer.text, ".cell", "value") == ["150", "21.90", "100", "30", "x", "19.99"]
    wrong = [f"#credits-{a}", f"#price-{b}", f"#credits-{c}"]
    assert values(answer.text, ".problems a", "href") == wrong
    assert texts(answer.text, "[name=use_theirs]") == ["Use 120 credits", "Use €22.90"]
    assert everything(session) == before
    mended = sent_fields(answer.text, "#sheet") | {f"credits-{c}": ["300"]}
    assert post(signed_in, SHEET, mended).status_code == 303
    saved = [(draft(session, id).credits, draft(session, id).price_minor) for id in ids]
    assert saved == [(150, 2190), (100, 3000), (300, 1999)]


def test_a_sheet_with_theirs_alone_saves_nothing(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    sent = sheet(signed_in, **{f"price_{ids[0]}": "20.90"})
    edit(session, ids[0], price_minor=2190)
    page, cell = post(signed_in, SHEET, sent).text, f"price-{ids[0]}"
    page = post(signed_in, SHEET, sent_fields(page, "#sheet") | {"use_theirs": [cell]}).text
    assert values(page, f"#{cell}", "autofocus") == [""]
    assert texts(page, ".problems") == []
    before = everything(session)
    for forged in ("price-999", "name-1", "", "\0"):
        answer = post(signed_in, SHEET, sent_fields(page, "#sheet") | {"use_theirs": [forged]})
        assert answer.status_code == 200
    assert post(signed_in, SHEET, sent_fields(page, "#sheet")).status_code == 303
    assert everything(session) == before


def test_what_is_typed_is_told_beside_its_fields(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    before = everything(session)
    sent = sheet(signed_in, **{f"price_{ids[0]}": "20.99"}) | {"line": str(ids[0])}
    answer = post(signed_in, f"{LIST}prices/echo?country=DE", sent, htmx=True)
    assert texts(answer.text, ".percent") == ["+5.0%"]
    assert "€0.21" in answer.text
    sent[f"price-{ids[0]}"] = "x"
    answer = post(signed_in, f"{LIST}prices/echo?country=DE", sent, htmx=True)
    assert texts(answer.text, ".percent") == ["–"]
    assert everything(session) == before


def test_the_strip_counts_what_is_to_correct_and_averages_the_change(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: a price that cannot be read taken as 0; one that stays averaged as well; the change
    of all prices together."""
    a, b, c = ids
    edit(session, b, price_minor=1000)
    apply_all(session)
    totals = f"{LIST}prices/totals?country=DE"
    sent = sheet(signed_in, **{f"price_{a}": "39.98", f"price_{b}": "15", f"price_{c}": "19.99"})
    answer = post(signed_in, totals, sent, htmx=True)
    assert texts(answer.text, "span") == ["Average +75.0%"]
    sent |= {f"price-{c}": "x"}
    answer = post(signed_in, totals, sent, htmx=True, language="tr")
    assert "+%75,0" in answer.text
    page = post(signed_in, SHEET, sent).text
    assert texts(page, "#sheet-totals span") == ["1 to correct", "Average +75.0%"]
    edit(session, c, price_minor=2500)
    page = post(signed_in, SHEET, sent | {f"price-{c}": "30"}).text
    assert texts(page, ".to-correct") == ["1 to correct"]
    answer = post(signed_in, totals, sent_fields(page, "#sheet") | {f"price-{b}": ["much"]})
    assert texts(answer.text, ".to-correct") == ["2 to correct"]
    for nothing in ({}, {"line": ["x", "0", str(2**63)]}):
        assert post(signed_in, totals, nothing).text.strip() == ""
    assert texts(signed_in.get(SHEET).text, "#sheet-totals span") == []


def test_the_sheet_has_what_stays_and_names_the_rest(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    remove(session, ids[1])
    page = signed_in.get(SHEET).text
    assert texts(page, ".sheet .what span") == ["A", "C"]
    assert "B is set to be removed and is not in the sheet." in page
    assert signed_in.get(f"{LIST}prices?country=FR").status_code == 200
    for country in ("XX", "", "\0"):
        answer = signed_in.get(f"{LIST}prices", query_string={"country": country})
        assert answer.status_code == 404


def test_forged_rows_change_nothing(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    us = add(session, "Other")[0]
    before = everything(session)
    for line in ("0", "x", str(2**63), "999"):
        assert post(signed_in, SHEET, {"line": line}).status_code in (303, 422)
    forged = {"line": str(ids[0]), f"price-{ids[0]}": "1.00", f"shown-{ids[0]}": "19.99"}
    for version in ("", "0", "9", str(2**63)):
        answer = post(signed_in, SHEET, forged | {f"version-{ids[0]}": version})
        assert answer.status_code in (409, 422)
    assert post(signed_in, f"{LIST}prices/echo?country=DE", {"line": str(us)}).status_code == 200
    assert everything(session) == before
