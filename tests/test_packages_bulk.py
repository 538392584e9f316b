"""Many packages at once: change prices, credits or short infos, remove, keep."""

from typing import Any

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
    order,
    pending,
    post,
    remove,
    sent_fields,
)

BULK = f"{LIST}bulk"


@pytest.fixture
def ids(session: Session) -> list[int]:
    """A, B, C are live in the US, at $19.99 for 100 credits."""
    ids = add(session, "A", "B", "C")
    apply_all(session)
    return ids


def lines(ids: list[int], price: str = "", **changes: object) -> dict[str, object]:
    """The fields of a page that shows these packages."""
    fields: dict[str, object] = {"action": "prices", "line": ids, "include": ids}
    for id in ids:
        shown = {f"version-{id}": "1", f"new-{id}": price or "19.99", f"shown-{id}": "19.99"}
        fields |= shown
    return fields | changes


def infos(ids: list[int], **changes: object) -> dict[str, object]:
    return lines(ids, action="info") | changes


def test_a_rule_shows_what_prices_become_and_writes_nothing(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    page = post(signed_in, BULK, {"action": "prices", "package": ids[:2]})
    assert values(page.text, "[name=line]", "value") == [str(id) for id in ids[:2]]
    before = everything(session)
    rule = {"how": "percent", "amount": "+5 %", "ending": ".90", "direction": "nearest"}
    answer = post(signed_in, f"{BULK}/preview", lines(ids[:2]) | rule, htmx=True)
    assert answer.status_code == 200
    assert values(answer.text, ".cell", "value") == ["20.90", "20.90"]
    assert "+4.6%" in answer.text
    assert everything(session) == before


def test_what_is_shown_is_saved_as_one_batch_with_undo(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    sent = lines(ids, "20.90", include=ids[:2])
    answer = post(signed_in, f"{BULK}/save", sent)
    assert answer.status_code == 303
    assert answer.location == f"{LIST}?country=US"
    assert pending(session) == ["edited A", "edited B"]
    page = signed_in.get(answer.location).text
    assert "2 prices changed." in page
    undo = values(page, "form#undo", "action")[0]
    undone = post(signed_in, undo, {})
    assert (undone.status_code, undone.location) == (303, answer.location)
    assert "That was undone." in signed_in.get(undone.location).text
    assert pending(session) == []


@pytest.mark.parametrize(
    ("forged", "leads_to"), [("", f"{LIST}?country=US"), ("//evil.example/", f"{LIST}review")]
)
def test_undo_of_a_part_leads_to_the_list_and_to_no_other_site(
    signed_in: FlaskClient, session: Session, ids: list[int], forged: str, leads_to: str
) -> None:
    """Caught: redirect(request.args["next"])."""
    edit(session, ids[1], price_minor=2190)
    page = post(signed_in, f"{BULK}/save", lines(ids[:2], "20.90")).text
    undo = values(page, ".problems form", "action")[0]
    address = f"{undo.partition('?')[0]}?next={forged}" if forged else undo
    assert post(signed_in, address).location == leads_to
    assert pending(session) == ["edited B"]


def test_what_a_colleague_saved_is_shown_and_the_rest_is_saved(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], price_minor=2190)
    remove(session, ids[1])
    answer = post(signed_in, f"{BULK}/save", lines(ids, "20.90"))
    assert answer.status_code == 409
    assert "changed this to $21.90" in answer.text
    assert "B will be removed when you apply." in answer.text
    assert "1 price changed. 2 lines were not saved." in answer.text
    assert values(answer.text, "[name=line]", "value") == [str(ids[0]), str(ids[1])]
    assert values(answer.text, ".cell", "value") == ["20.90", "20.90"]
    again = lines(ids[:1], "20.90") | {f"version-{ids[0]}": "2"}
    assert post(signed_in, f"{BULK}/save", again).status_code == 303
    assert draft(session, ids[0]).price_minor == 2090


def test_theirs_can_be_used_instead_and_then_no_rule_changes_it(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: the rule applied to theirs; the conflict of the other line forgotten."""
    a, b, _c = ids
    edit(session, a, price_minor=2190)
    edit(session, b, price_minor=2290)
    page = post(signed_in, f"{BULK}/save", lines(ids[:2], "20.90")).text
    assert texts(page, "[name=use_theirs]") == ["Use $21.90", "Use $22.90"]
    assert values(page, "[name=use_theirs]", "aria-label") == ["Use $21.90 of A", "Use $22.90 of B"]
    before = everything(session)
    typed = sent_fields(page, "#bulk-form") | {f"new-{b}": ["30"], "amount": ["5"]}
    page = post(signed_in, f"{BULK}/preview", typed | {"use_theirs": str(a)}).text
    assert values(page, ".cell", "value") == ["21.90", "30"]
    assert values(page, f"#new-{a}", "autofocus") == [""]
    assert len(texts(page, ".line-note .bad")) == 1
    assert texts(page, "[name=use_theirs]") == ["Use $22.90"]
    assert everything(session) == before
    again = sent_fields(page, "#bulk-form") | {"amount": ["10"]}
    page = post(signed_in, f"{BULK}/preview", again, htmx=True).text
    assert values(page, ".cell", "value") == ["21.90", "30"]
    sent = again | {"rule": values(page, "[name=rule]", "value")}
    assert post(signed_in, f"{BULK}/save", sent).status_code == 303
    assert [draft(session, id).price_minor for id in (a, b)] == [2190, 3000]


@pytest.mark.parametrize(
    ("action", "theirs", "mine", "labels"),
    [
        ("credits", {"credits": 120}, {"new": "150", "shown": "100"}, "Use 120 credits"),
        ("info", {"short_info": "Theirs"}, {"amount": "Mine"}, "Use the saved text"),
    ],
)
def test_theirs_can_be_used_of_credits_and_short_infos(
    signed_in: FlaskClient,
    session: Session,
    ids: list[int],
    action: str,
    theirs: dict[str, Any],
    mine: dict[str, str],
    labels: str,
) -> None:
    a = ids[0]
    edit(session, a, **theirs)
    typed = {name if name == "amount" else f"{name}-{a}": text for name, text in mine.items()}
    page = post(signed_in, f"{BULK}/save", lines([a], action=action) | typed).text
    button = "[name=use_theirs]"
    assert [*texts(page, button), *values(page, button, "aria-label")] == [labels, f"{labels} of A"]
    sent = sent_fields(page, "#bulk-form")
    page = post(signed_in, f"{BULK}/preview", sent | {"use_theirs": str(a)}).text
    assert texts(page, ".line-note .bad") == []
    before = everything(session)
    answer = post(signed_in, f"{BULK}/save", sent_fields(page, "#bulk-form"))
    assert answer.status_code == 303
    assert everything(session) == before


def test_an_empty_short_info_of_a_colleague_is_named(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], short_info="Old words")
    sent = infos(ids[:1], amount="Mine") | {f"version-{ids[0]}": "2"}
    edit(session, ids[0], short_info="")
    answer = post(signed_in, f"{BULK}/save", sent)
    assert "bob@example.com changed this to (empty)." in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type a price"),
        ("NaN", "Type only the number"),
        ("1e5", "Type only the number"),
        (str(2**63), "too high"),
        ("\0", "Type only the number"),
    ],
)
def test_a_price_that_cannot_be_read_is_marked(
    signed_in: FlaskClient, session: Session, ids: list[int], typed: str, sentence: str
) -> None:
    answer = post(signed_in, f"{BULK}/save", lines(ids[:1], typed or " "))
    assert answer.status_code == 422
    assert sentence in texts(answer.text, ".line-note .bad")[0]
    assert pending(session) == []


@pytest.mark.parametrize("action", ["remove", "keep"])
def test_packages_are_removed_and_kept(
    signed_in: FlaskClient, session: Session, ids: list[int], action: str
) -> None:
    remove(session, ids[2])
    sent = lines(ids[:2], action="remove") if action == "remove" else lines(ids[2:], action="keep")
    if action == "keep":
        sent[f"version-{ids[2]}"] = "2"
    assert post(signed_in, f"{BULK}/save", sent).status_code == 303
    assert order(session) == ([] if action == "remove" else ["A", "B", "C"])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"action": "sell"}, 422),
        ({}, 422),
        ({"action": "prices", "scope": "XX"}, 422),
        ({"action": "prices", "package": ["0", "x", str(2**63), "-1"]}, 303),
    ],
)
@pytest.mark.usefixtures("ids")
def test_nothing_is_done_about_what_is_not_there(
    signed_in: FlaskClient, session: Session, sent: dict[str, object], status: int
) -> None:
    before = everything(session)
    assert post(signed_in, BULK, sent).status_code == status
    assert everything(session) == before


@pytest.mark.on_both
@pytest.mark.usefixtures("ids")
def test_all_of_a_country_or_of_a_search_are_taken(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the number of the last row beyond what PostgreSQL's integers hold."""
    add(session, "Mini", country="DE", currency="EUR")
    asked = {"action": "prices", "scope": "US"}
    for answer in (post(signed_in, BULK, asked), signed_in.get(BULK, query_string=asked)):
        assert texts(answer.text, ".line .what span") == ["A", "B", "C"]
    found = post(signed_in, BULK, {"action": "prices", "scope": "all", "q": "mi"})
    assert texts(found.text, ".line .what span") == ["Mini"]


def test_what_was_not_seen_is_shown_before_it_is_saved(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: Save pressed before the new prices came, which saved the old ones."""
    rule = {"how": "percent", "amount": "5", "ending": "", "direction": "nearest"}
    answer = post(signed_in, f"{BULK}/save", lines(ids[:1]) | rule)
    assert answer.status_code == 422
    assert values(answer.text, ".cell", "value") == ["20.99"]
    assert pending(session) == []
    seen = {"rule": values(answer.text, "[name=rule]", "value")[0]}
    assert post(signed_in, f"{BULK}/save", lines(ids[:1], "20.99") | rule | seen).status_code == 303
    assert draft(session, ids[0]).price_minor == 2099


def test_a_short_info_is_shown_old_and_new_before_it_is_saved(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: prices in the table of short infos, and no short info."""
    edit(session, ids[0], short_info="Old <b>words</b>")
    opened = post(signed_in, BULK, {"action": "info", "package": ids[:2]})
    assert texts(opened.text, "td.info") == ["Old <b>words</b>", "(empty)"]
    sent = infos(ids[:2], amount="  For regulars ")
    answer = post(signed_in, f"{BULK}/preview", sent, htmx=True)
    assert texts(answer.text, ".info del") == ["was Old <b>words</b>", "was (empty)"]
    assert texts(answer.text, ".info ins") == ["now For regulars"] * 2
    saved = post(signed_in, f"{BULK}/save", sent | {f"version-{ids[0]}": "2"})
    assert saved.status_code == 303
    assert [draft(session, id).short_info for id in ids] == ["For regulars", "For regulars", ""]


@pytest.mark.parametrize("typed", ["", " ", "\u00a0"])
def test_an_empty_field_clears_no_short_info(
    signed_in: FlaskClient, session: Session, ids: list[int], typed: str
) -> None:
    """Caught: every short info cleared by Save on the page as it opens."""
    edit(session, ids[0], short_info="Old words")
    before = everything(session)
    for path in ("preview", "save"):
        answer = post(signed_in, f"{BULK}/{path}", infos(ids, amount=typed))
        assert answer.status_code == 422
        said = "Type a short info, or tick Clear the short info."
        assert texts(answer.text, "#amount-error") == [said]
        assert texts(answer.text, "td.info") == ["Old words", "(empty)", "(empty)"]
    assert everything(session) == before


def test_a_tick_clears_the_short_infos(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    edit(session, ids[0], short_info="Old words")
    sent = infos(ids[:1], clear="y", amount="") | {f"version-{ids[0]}": "2"}
    both = post(signed_in, f"{BULK}/save", sent | {"amount": "New words"})
    assert both.status_code == 422
    assert texts(both.text, "#amount-error") == [
        "Empty this field, or untick Clear the short info."
    ]
    assert values(both.text, "#amount", "value") == ["New words"]
    assert values(both.text, "#clear", "checked") == [""]
    shown = post(signed_in, f"{BULK}/preview", sent, htmx=True)
    assert texts(shown.text, ".info ins") == ["now (empty)"]
    assert post(signed_in, f"{BULK}/save", sent).status_code == 303
    assert draft(session, ids[0]).short_info == ""


def test_lines_of_several_countries_are_named_with_them(
    signed_in: FlaskClient, session: Session, ids: list[int]
) -> None:
    """Caught: two fields both called "New price of A, USD"."""
    mexican = add(session, "A", country="MX", currency="USD")
    both, fields = [ids[0], *mexican], ".line [aria-label]"
    page = post(signed_in, BULK, {"action": "prices", "package": both}).text
    assert sorted(values(page, fields, "aria-label")) == [
        *("Include A (Mexico)", "Include A (United States)"),
        *("New price of A (Mexico), USD", "New price of A (United States), USD"),
    ]
    page = post(signed_in, BULK, {"action": "credits", "package": both}).text
    assert "New credits of A (Mexico)" in values(page, fields, "aria-label")
    page = post(signed_in, BULK, {"action": "prices", "package": ids[:1]}).text
    assert values(page, fields, "aria-label") == ["Include A", "New price of A, USD"]
    edit(session, ids[0], price_minor=2190)
    edit(session, mexican[0], price_minor=2190)
    page = post(signed_in, f"{BULK}/save", lines(both, "20.90")).text
    used = values(page, "[name=use_theirs]", "aria-label")
    assert sorted(used) == ["Use $21.90 of A (Mexico)", "Use $21.90 of A (United States)"]
