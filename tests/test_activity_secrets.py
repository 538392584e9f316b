"""Nothing of what is typed about customers, and no secret, is ever in the activity. Recorded acts:
each text of each form that leaves a line is one of its own, and is looked for."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import HiddenField, StringField

from blueprints.forms import Form
from domain.activity.models import Activity
from domain.notices.rules import KINDS
from tests.activity_of_writes import EXPORTS, LINES, lines
from tests.conftest import ADMIN, Once
from tests.page_helpers import post
from tests.test_write_paths import WRITES, make_ready, make_scene, with_a_customer

SEED = "qzxv"
# In place of what the forms of tests/test_write_paths.py hold, wherever anything may be typed.
SEEDED = {
    "name": f"Name {SEED}",
    "display_name": f"Colleague {SEED}",
    "email": f"email.{SEED}@posta.example",
    "text": f"A note {SEED}",
    "note": f"What was done {SEED}",
    "reason": f"A reason {SEED}",
    "tag": f"Tag {SEED}",
    "new_password": f"pepper glacier {SEED} tunnel",
    "new_password_again": f"pepper glacier {SEED} tunnel",
    "legal_name": f"Company {SEED}",
    "address": f"Street {SEED}\nTown {SEED}",
    "terms_url": f"https://terms-{SEED}.example/",
    "privacy_url": f"https://privacy-{SEED}.example/",
    "return_url": f"https://back-{SEED}.example",
}
# Numbers and words of ours, and the sites, which the activity names.
OURS = {
    *("amount", "credits", "at_once", "a_day", "days", "package", "country", "language", "kind"),
    *("expires", "origin", "time_zone", "role", *KINDS),
}
# What has to be as it is to be taken; it is looked for as well, but for the admin's own email.
AS_IT_IS = {
    ("", "password"),
    ("", "tax_number"),
    ("", "phone"),
    ("auth.start_session", "email"),
    ("customers.remove_tag", "tag"),
}
# The activity names colleagues by the email that they sign in with.
NAMED = {("team.invite", "email")}
# A token, a key or a code: long, and of chance.
SECRET = re.compile(r"[A-Za-z0-9_-]{16,}")


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


@pytest.fixture
def forms(monkeypatch: pytest.MonkeyPatch) -> list[Form]:
    """Those that were sent."""
    found: list[Form] = []
    validate = Form.validate

    def noted(self: Form, **more: Any) -> bool:  # noqa: ANN401
        found.append(self)
        return bool(validate(self, **more))

    monkeypatch.setattr(Form, "validate", noted)
    return found


def kept(session: Session) -> str:
    """All that is known of the acts, but who did them, and by which request."""
    session.rollback()
    of_act = (Activity.kind, Activity.object_type, Activity.object_id, Activity.details)
    found = [[*row] for row in session.execute(select(*of_act))]
    return json.dumps(found, ensure_ascii=False).casefold()


def text_fields(form: Form) -> set[str]:
    """Those in which anything may be typed."""
    texts = (it for it in form if isinstance(it, StringField) and not isinstance(it, HiddenField))
    return {it.name for it in texts} - OURS


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in LINES if it in WRITES])
def test_nothing_that_is_typed_or_secret_is_in_an_act(
    signed_in: FlaskClient, session: Session, forms: list[Form], endpoint: str
) -> None:
    """Caught: `name` in `customer_added`; `note` in `task_done`; `token` in `preview_shared`; a
    field `reason` that no text is typed into here."""
    path, fields = WRITES[endpoint]
    make_ready(session)
    sent = fields(session)
    as_it_is = {name for of, name in AS_IT_IS | NAMED if of in (endpoint, "")}
    seeds = {name: text for name, text in SEEDED.items() if name not in as_it_is}
    answer = post(signed_in, path, sent | seeds)
    assert answer.status_code in (200, 303), answer.text
    assert len(lines(session)) == 1
    asked = set[str]().union(*map(text_fields, forms))
    assert asked <= seeds.keys() | as_it_is, "a text that is not looked for"
    typed = [text for name, text in sent.items() if name in as_it_is and text != ADMIN]
    typed = [] if (endpoint, "email") in NAMED else typed
    for text in (SEED, *seeds.values(), *filter(None, typed)):
        assert text.casefold() not in kept(session)
    for line in lines(session):
        assert not SECRET.search(json.dumps(line.details))


@pytest.mark.parametrize("endpoint", EXPORTS)
def test_what_was_searched_for_is_in_no_act(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    """Caught: the search in the details."""
    with_a_customer(session)
    answer = signed_in.get(EXPORTS[endpoint][0], query_string={"q": SEED, "tag": SEED})
    assert answer.status_code == 200
    assert len(lines(session)) == 1
    assert SEED not in kept(session)
