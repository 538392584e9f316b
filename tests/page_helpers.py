"""What the tests of the pages share: forms as people fill them in, and the catalogue behind."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.errors import NeedsReview
from domain.catalogue.item_types import ITEM_TYPES, SETTINGS
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.models import DraftBatch, Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.review.review import Applied, apply_reviewed
from domain.catalogue.undo import rollback
from domain.catalogue.undo.batches import UNDO_DAYS
from domain.catalogue.undo.undo import Undone, plan_undo
from domain.database import writing
from tests.conftest import ADMIN
from tests.html import find, find_all, text_of, texts, values

LIST = "/settings/credit-packages/"
BOB = "bob@example.com"
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{LIST}"}
# Not by a parser, which would drop the rows of a table by themselves.
PARTIAL = r'<hx-partial hx-target="([^"]*)"[^>]*>(.*?)</hx-partial>'
TYPED = {
    "name": "Starter",
    "credits": "100",
    "price": "19.99",
    "position": "",
    "country": "US",
    "currency": "USD",
    "short_info": "",
    "opened_position": "",
    "version": "",
}
TYPED_SETTINGS = {
    "platform_name": "Shop",
    "default_country": "DE",
    "main_language": "en",
    "time_zone": "Europe/Berlin",
    "intro_en": "Welcome.",
    "intro_tr": "",
    "intro_de": "",
    "intro_ar": "",
    "buying": "here",
    "buying_link": "",
    "version": "1",
}
TYPED_MARKET = {
    "tax": "included",
    "rate": "19",
    "note_en": "Invoices by email.",
    "note_tr": "",
    "note_de": "Rechnung per E-Mail.",
    "note_ar": "",
    "version": "1",
}


def post(
    client: FlaskClient,
    path: str,
    fields: Mapping[str, object] | None = None,
    *,
    htmx: bool = False,
    page: str = LIST,
    language: str = "en",
) -> TestResponse:
    """Sends a form from `page`, as htmx does or as a browser does without scripts."""
    headers = {"Accept-Language": language}
    if htmx:
        headers |= HTMX | {"HX-Current-URL": f"http://localhost{page}"}
    data = {"csrf_token": form_token(client), **(fields or {})}
    return client.post(path, data=data, headers=headers)


def form_token(client: FlaskClient) -> str:
    """The token in this browser's forms, without the cost of a page that holds one."""
    with client.session_transaction() as cookie:
        cookie.setdefault("csrf_token", "0" * 40)
        raw = cookie["csrf_token"]
    key = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


def partials(answer: TestResponse) -> dict[str, str]:
    """What an htmx answer brings for other regions, by target."""
    found = re.findall(PARTIAL, answer.text, re.DOTALL)
    return {target: inner.strip() for target, inner in found}


def main_part(answer: TestResponse) -> str:
    """What an htmx answer brings for the element that asked."""
    return re.sub(PARTIAL, "", answer.text, flags=re.DOTALL).strip()


def listed(html: str) -> list[str]:
    """The names of the rows of the list of packages, in order."""
    return texts(html, "tr.package [data-name]")


def states(html: str) -> list[str]:
    """The word that each row of that list has for its state."""
    return texts(html, "tr.package > .states > .state[data-state]")


def menu(client: FlaskClient, package_id: int) -> str:
    """The More menu of a package's row, as htmx gets it."""
    return client.get(f"{LIST}{package_id}/actions/menu", headers=HTMX).text


def labels(html: str) -> list[str]:
    """Accessible names given by aria-label, in reading order."""
    return values(html, "[aria-label]", "aria-label")


def field(html: str, name: str) -> str:
    """The value that a text or hidden field of the answer holds."""
    found = find_all(html, f'textarea[name="{name}"], input[name="{name}"]')
    assert found, f"no field {name}"
    if found[0].tag == "textarea":
        return found[0].text()
    return found[0].attributes.get("value") or ""


def chosen(html: str, name: str) -> str:
    """The value of the chosen option of a select."""
    options = find(html, f'select[name="{name}"]').css("option[selected]")
    return (options[0].attributes["value"] or "") if options else ""


def sent_fields(html: str, form: str) -> dict[str, list[str]]:
    """What a browser sends of a form as it stands, by name; but for its token."""
    sent: dict[str, list[str]] = {}
    for node in find_all(html, f"{form} input[name], {form} select[name]"):
        name = node.attributes["name"] or ""
        is_off = node.attributes.get("type") == "checkbox" and "checked" not in node.attributes
        if name == "csrf_token" or is_off:
            continue
        chosen = node.css_first("option[selected]") or node.css_first("option") or node
        sent.setdefault(name, []).append(chosen.attributes.get("value") or "")
    return sent


def hidden_fields(html: str) -> list[tuple[str, str]]:
    """(name, value) of every field that the answer sends along unseen."""
    hidden = 'input[type="hidden"]'
    return list(zip(values(html, hidden, "name"), values(html, hidden, "value"), strict=True))


def boxes(html: str, name: str) -> list[str]:
    """The values of all boxes of that name, ticked or not, in reading order."""
    return values(html, f'input[name="{name}"]', "value")


def ticked(html: str, name: str = "change") -> list[str]:
    """The values of the boxes of that name that are ticked."""
    return values(html, f'input[name="{name}"][checked]', "value")


def acknowledgements(html: str) -> list[str]:
    """The keys of all that can be agreed to, ticked or not; one tick on top is for several."""
    shared = values(html, 'input[name="warnings"]', "value")
    return [*boxes(html, "acknowledge"), *" ".join(shared).split()]


def differences(html: str) -> list[tuple[str, str]]:
    """(what it is about, old and new) of every line of a difference, in a list or a table."""
    listed = zip(texts(html, "dt"), texts(html, "dt + dd"), strict=True)
    lines = zip(texts(html, ".what"), texts(html, ".old"), texts(html, ".new"), strict=True)
    return [*listed, *((what, f"{old} → {new}") for what, old, new in lines)]


def moments(html: str) -> list[str]:
    """The moments that are named, as people read them; each is there for machines too."""
    found = find_all(html, "time")
    for node in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(node.attributes["datetime"]))
        assert re.search(r"\((UTC\+0|UTC)\)$", node.attributes.get("title") or text_of(node))
    return [text_of(node) for node in found]


def review_token(client: FlaskClient, path: str = LIST) -> str:
    """The token that Apply Changes on that page hands over."""
    return field(client.get(path).text, "token")


def package_values(name: str = "Starter", **changes: object) -> PackageValues:
    values = {"credits": 100, "price_minor": 1999, "currency": "USD", "country": "US"}
    return PackageValues(name=name, **{**values, **changes})  # type: ignore[arg-type]


def add(session: Session, *names: str, **changes: object) -> list[int]:
    """Drafts with these names, last in their country; their ids."""
    with writing(session):
        return [
            drafts.add_package(session, package_values(name, **changes), author=ADMIN).id
            for name in names
        ]


def apply_acknowledged(
    session: Session,
    token: str | None = None,
    *,
    author: str = ADMIN,
    note: str = "",
    chosen: Collection[str] | None = None,
) -> Applied:
    """Applies what is pending, or what is chosen of it, with all acknowledged that there is."""
    token = pending_changes(session).token if token is None else token
    press = partial(apply_reviewed, session, token, author=author, note=note, chosen=chosen)
    try:
        return press()
    except NeedsReview as refusal:
        return press(acknowledged={each.key for each in refusal.missing})


def apply_all(session: Session, author: str = ADMIN, note: str = "") -> None:
    with writing(session):
        apply_acknowledged(session, author=author, note=note)


def edit(session: Session, package_id: int, *, author: str = BOB, **changes: object) -> None:
    """An edit, by a colleague unless said otherwise."""
    with writing(session):
        package = drafts.get_package(session, package_id)
        old = {name: getattr(package.values, name) for name in PackageValues._fields}
        values = PackageValues(**{**old, **changes})
        drafts.edit_package(session, package_id, values, version=package.version, author=author)


def remove(session: Session, package_id: int, *, author: str = BOB) -> None:
    with writing(session):
        version = drafts.get_package(session, package_id).version
        drafts.remove_package(session, package_id, version=version, author=author)


def move(session: Session, package_id: int, position: int, *, author: str = BOB) -> None:
    with writing(session):
        country = drafts.get_package(session, package_id).country
        to = Place(position)
        drafts.move_package(session, package_id, to, country=country, author=author)


def edit_settings(session: Session, *, author: str = BOB, **changes: str) -> None:
    with writing(session):
        settings = drafts.get_settings(session)
        values = settings.values._replace(**changes)
        drafts.edit_settings(session, values, version=settings.version, author=author)


def market(session: Session, country: str) -> MarketValues:
    """What is drafted about the country now."""
    session.rollback()
    found = drafts.find_market(session, country)
    return found.values if found else INITIAL_MARKET


def edit_market(session: Session, country: str, *, author: str = BOB, **changes: object) -> None:
    with writing(session):
        found = drafts.find_market(session, country)
        values, version = (found.values, found.version) if found else (INITIAL_MARKET, 1)
        values = values._replace(**changes)  # type: ignore[arg-type]
        drafts.edit_market(session, country, values, version=version, author=author)


def discard_all(session: Session) -> int:
    """Throws all drafts away; the batch's id."""
    with writing(session):
        token = pending_changes(session).token
        return discard(session, token, author=ADMIN)


def discard(session: Session, token: str, **how: Any) -> int:  # noqa: ANN401
    """See plan_discard; within a transaction. The batch's id."""
    return rollback.plan_discard(session, token, **how)(session)


def discard_field(session: Session, token: str, item: ItemKey, field: str, *, author: str) -> int:
    """See plan_discard_field; within a transaction. The batch's id."""
    return rollback.plan_discard_field(session, token, item, field, author=author)(session)


def restore(session: Session, number: int, token: str, *, author: str = ADMIN) -> int:
    """See plan_restore; within a transaction. The batch's id."""
    return rollback.plan_restore(session, number, token, author=author)(session)


def undo(session: Session, batch_id: int, *, author: str = ADMIN) -> Undone:
    """See plan_undo; within a transaction."""
    return plan_undo(session, batch_id, author=author)(session)


def long_ago(session: Session, batch: DraftBatch) -> int:
    """The same as if it had been done before the time in which it can be undone."""
    old = DraftBatch(
        action=batch.action,
        first_id=batch.first_id,
        last_id=batch.last_id,
        author=batch.author,
        created_at=datetime.now(UTC) - timedelta(days=UNDO_DAYS + 1),
    )
    with writing(session):
        session.add(old)
        session.flush()
        return old.id


def draft(session: Session, package_id: int) -> CreditPackage:
    """The draft as it is in the database now."""
    session.rollback()
    return drafts.get_package(session, package_id)


def everything(session: Session) -> list[tuple[object, ...]]:
    """All drafts of every type, field by field, to compare before and after; the settings from
    the first edit on."""
    session.rollback()
    rows = [
        row
        for item_type in ITEM_TYPES.values()
        for row in session.execute(select(*item_type.draft.__table__.columns))
        if item_type is not SETTINGS or row.version > 1
    ]
    return [tuple(row) for row in rows]


def order(session: Session, country: str = "US") -> list[str]:
    """The names of a country's drafts that stay, in listing order."""
    session.rollback()
    staying = select(CreditPackage.name).where(
        CreditPackage.country == country, CreditPackage.removed_at.is_(None)
    )
    return list(session.scalars(staying.order_by(CreditPackage.rank, CreditPackage.id)))


def pending(session: Session) -> list[str]:
    """What is pending, in the words "kind name"; what has no name is called by its type."""
    session.rollback()
    found = []
    for change in pending_changes(session).changes:
        draft = drafts.get_item(session, change.item)
        found.append(f"{change.kind} {getattr(draft, 'name', change.item.type)}")
    return found


def releases(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Release.number))) or 0


def typed_for(session: Session, package_id: int, **changes: str) -> dict[str, str]:
    """The edit form of a draft as it opens now, with `changes` typed over it."""
    package = draft(session, package_id)
    position = str(drafts.position_of(session, package))
    opened = {
        "name": package.name,
        "credits": str(package.credits),
        "price": f"{package.price_minor / 100:.2f}",
        "position": position,
        "country": package.country,
        "currency": package.currency,
        "short_info": package.short_info,
        "opened_position": position,
        "version": str(package.version),
    }
    return opened | changes


def buyers_pages(client: FlaskClient) -> dict[str, bytes]:
    """What buyers see, byte for byte, in every country these tests use, and by default."""
    return {
        country: client.get(f"/packages?country={country}").data
        for country in ("US", "DE", "TR", "JP", "")
    }
