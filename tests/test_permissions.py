"""Every route of admins and every role: who may do what, and that nobody else can."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints import permissions
from blueprints.permissions import OWN_ACCOUNT, PUBLIC, PUBLIC_AREAS
from domain.accounts.roles import Role
from domain.catalogue.drafts.presence import note_open
from domain.catalogue.preview.preview_links import make_link
from domain.database import writing
from domain.embedding.sites import add_site
from tests.conftest import ADMIN, Once
from tests.html import texts
from tests.page_helpers import HTMX, add, partials, post
from tests.purchase_rows import add_buyer, add_purchase
from tests.receipts import add_credit_note, add_receipt
from tests.roles import Team, sign_in_team
from tests.test_write_paths import (
    FORM,
    WRITES,
    all_rows,
    discard_change,
    make_scene,
    with_a_platform,
)

pytestmark = pytest.mark.on_both

VIEWER, EDITOR, PUBLISHER, SUPPORT, OWNER = Role
EVERYBODY = frozenset(Role)
DRAFTING = frozenset({EDITOR, PUBLISHER, OWNER})
PUBLISHING = frozenset({PUBLISHER, OWNER})
SERVING = frozenset({SUPPORT, OWNER})
# Who may use which part of the admins' pages, in words; written down apart from the table of
# blueprints/permissions.py, so that a slip in it shows. What is not in here is for owners.
IN_WORDS: Mapping[str, frozenset[Role]] = {
    # Whoever is signed in, about themselves; all notices tell of customers.
    **{"auth": EVERYBODY, "auth.save_notices": SERVING, "settings.choose_theme": EVERYBODY},
    # The catalogue.
    **dict.fromkeys(("packages.index", "packages.row", "packages.unseen"), EVERYBODY),
    **dict.fromkeys(("packages.pending", "settings.index", "markets.index"), EVERYBODY),
    "imports.export": EVERYBODY,
    # Its history, what is pending and its preview.
    **dict.fromkeys(("publishing.history", "publishing.release", "publishing.cards"), EVERYBODY),
    **dict.fromkeys(("publishing.release_at", "publishing.compare"), EVERYBODY),
    **dict.fromkeys(("publishing.preview", "publishing.review"), EVERYBODY),
    **dict.fromkeys(("publishing.review_again", "publishing.look_again"), EVERYBODY),
    "publishing.review_after_discard": EVERYBODY,
    # Drafts.
    **dict.fromkeys(("packages", "imports", "markets", "settings.save"), DRAFTING),
    **dict.fromkeys(("publishing.discard", "publishing.discard_changes"), DRAFTING),
    **dict.fromkeys(("publishing.discard_in_review", "publishing.undo"), DRAFTING),
    **dict.fromkeys(("publishing.plan_restore", "publishing.restore"), DRAFTING),
    "publishing.draft_changes": DRAFTING,
    # What buyers and others come to see.
    **dict.fromkeys(("packages.apply", "publishing.apply_review"), PUBLISHING),
    **dict.fromkeys(("publishing.go_back", "publishing.share"), PUBLISHING),
    "publishing.revoke": PUBLISHING,
    # Names, addresses, money and credits of customers.
    **dict.fromkeys(("customers", "purchases"), SERVING),
}
SENTENCES = {
    DRAFTING: "Only editors, publishers and owners may change drafts.",
    PUBLISHING: "Only publishers and owners may apply changes, go back to a release or share a "
    "preview.",
    SERVING: "Only support and owners may see and serve customers.",
    frozenset({OWNER}): "Only owners may do this.",
}
# Of what is in the scene.
ARGUMENTS = {"country": "US", "number": "1", "form": FORM, "key_id": "its-key"}


class Request(NamedTuple):
    endpoint: str
    method: str
    path: str


def who_may(endpoint: str) -> frozenset[Role]:
    """As the words have it: of the route itself, else of its area."""
    area = endpoint.partition(".")[0]
    return IN_WORDS.get(endpoint) or IN_WORDS.get(area, frozenset({OWNER}))


def is_public(endpoint: str) -> bool:
    return endpoint in PUBLIC or endpoint.partition(".")[0] in PUBLIC_AREAS


def requests(app: Flask) -> Iterator[Request]:
    """One for each method of each route of admins."""
    addresses = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if is_public(rule.endpoint):
            continue
        values = {name: ARGUMENTS.get(name, 1) for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = addresses.build(rule.endpoint, values, method=method)
            yield Request(rule.endpoint, method, path)


def send(client: FlaskClient, request: Request, *, htmx: bool = False) -> TestResponse:
    """Without a token against forged requests, so that what is allowed is not done either: who
    may not ask at all is told so first."""
    headers = {"Accept-Language": "en", **(HTMX if htmx else {})}
    return client.open(request.path, method=request.method, headers=headers)


def make_full_scene(session: Session) -> None:
    """Something of each kind, with the number 1."""
    make_scene(session)
    add_receipt(session, add_purchase(session, add_buyer(session)))
    add_credit_note(session, 1)
    with_a_platform(session)
    with writing(session):
        make_link(session, 7, author=ADMIN)
        add_site(session, "https://one.example", author=ADMIN)


@pytest.fixture
def team(once: Once, app: Flask, engine: Engine, cheap_hashing: None) -> Team:  # noqa: ARG001
    """Where there is what the forms of WRITES are about."""
    once(make_scene)
    return sign_in_team(app, engine)


@pytest.fixture
def full_team(once: Once, app: Flask, engine: Engine, cheap_hashing: None) -> Team:  # noqa: ARG001
    once(make_full_scene)
    return sign_in_team(app, engine)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_words_say(
    full_team: Team, app: Flask, session: Session, role: Role
) -> None:
    """Caught: purchases.index among READ; the guard for GET alone; support that may draft."""
    client, before = full_team[role], all_rows(session)
    wrong = []
    for request in requests(app):
        if role in who_may(request.endpoint):
            continue
        answer = send(client, request)
        if answer.status_code != 403:
            wrong.append((request, answer.status_code))
        elif request.method != "HEAD":
            sentence = SENTENCES[who_may(request.endpoint)]
            assert f"{sentence} Your role is {role.capitalize()}." in answer.text, request
    assert wrong == []
    assert all_rows(session) == before
    for request in requests(app):
        if role in who_may(request.endpoint):
            assert is_let_in(request, send(client, request)), request


def is_let_in(request: Request, answer: TestResponse) -> bool:
    """Its view, or what looks at the token of forms, has answered."""
    if request.method == "POST":
        return answer.status_code == 400
    return answer.status_code < 500 and answer.status_code not in (400, 401, 403, 405)


def test_nobody_is_let_in_without_a_sign_in(app: Flask, client: FlaskClient) -> None:
    """Caught: the guard that asks for the role of whoever is signed in, and for no sign-in."""
    for request in requests(app):
        if request.method == "POST":
            assert send(client, request).status_code == 401, request
        else:
            assert send(client, request).location.startswith("/login"), request
        assert send(client, request, htmx=True).status_code == 401, request


def test_the_table_lists_every_route_once(app: Flask) -> None:
    """Caught: a new route that nobody may use; a route of the table that is no more; one that is
    listed twice, with two permissions."""
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    listed = [one for some in permissions.BY_PERMISSION.values() for one in some]
    listed += [*OWN_ACCOUNT, *PUBLIC]
    assert len(listed) == len(set(listed))
    assert {endpoint for endpoint in rules if endpoint.partition(".")[0] not in PUBLIC_AREAS} == (
        set(listed)
    )
    assert {endpoint.partition(".")[0] for endpoint in rules} >= PUBLIC_AREAS


@pytest.mark.own_app
@pytest.mark.usefixtures("cheap_hashing")
def test_a_route_that_is_not_listed_is_refused_to_owners_too(app: Flask, engine: Engine) -> None:
    """Caught: `may` that answers True for what the table does not list."""
    app.add_url_rule("/settings/new", "settings.new", lambda: "new", methods=["GET", "POST"])
    owner = sign_in_team(app, engine)[OWNER]
    assert owner.get("/settings/new").status_code == 403
    assert post(owner, "/settings/new").status_code == 403


REFUSED = [endpoint for endpoint in WRITES if not is_public(endpoint)]
REFUSED = [endpoint for endpoint in REFUSED if who_may(endpoint) < EVERYBODY]


@pytest.mark.parametrize("endpoint", REFUSED)
def test_what_an_owner_may_send_others_may_not(team: Team, session: Session, endpoint: str) -> None:
    """With all that the act needs, and the right token.

    Caught: the guard for GET alone; publishing.go_back among DRAFT.
    """
    path, fields = WRITES[endpoint]
    with writing(session):
        make_link(session, 7, author=ADMIN)
        add_site(session, "https://one.example", author=ADMIN)
        note_open(session, FORM, 1, author=ADMIN)
    discard_change(session, f"package-{add(session, 'Gone')[0]}-added")
    sent, before = fields(session), all_rows(session)
    for role in EVERYBODY - who_may(endpoint):
        answer = post(team[role], path, sent)
        assert answer.status_code == 403, role
        answer = post(team[role], path, sent, htmx=True)
        assert answer.status_code == 403, role
        assert texts(partials(answer)["#alert"], "p")[0].endswith("Nothing was changed.")
    assert all_rows(session) == before
