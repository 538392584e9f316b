"""Mail: how it is set up, and every mail that was sent, waits, or was given up."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from babel import Locale
from flask import Response, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import EmailField, HiddenField, StringField

from blueprints import htmx
from blueprints.forms import Form, known_key, new_key, obeys
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.mails import TEMPLATES, Said, render
from blueprints.recording import record
from blueprints.settings import bp
from blueprints.settings.mail_labels import (
    describe_reason,
    describe_setup,
    describe_state,
    may_be_sent_again,
)
from config import Config
from domain.accounts.admins import normal_email
from domain.accounts.errors import UnfitEmail
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import check_language
from domain.database import MOST_ID, AnySession, write
from domain.languages import LANGUAGES, SOURCE
from domain.numbers import whole_number
from domain.outbox import acts, queries
from domain.outbox.errors import MessageNotFound, OutboxError
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import MAIL, State
from extensions import db

FILTERS = (State.WAITING, State.GIVEN_UP, State.KEPT, State.SENT)
# Their numbers are small, or soon are.
COUNTED = (State.WAITING, State.GIVEN_UP, State.KEPT)
# A worker that is there tries a mail within seconds.
OVERDUE = timedelta(minutes=2)
# Seconds until an open list looks for news: of what is tried now, and of what waits for its time.
SOON, LATER = 2, 15


class Listed(NamedTuple):
    """A line of the list; `title` is the subject, or what it is about while it has none."""

    mail: OutboxMessage
    title: str
    state: str
    reason: str
    may_be_sent_again: bool


class Mails(NamedTuple):
    """What the list shows: those in the state `chosen`, older than `before`. It looks for news
    after so many `seconds`, 0 for never."""

    lines: list[Listed]
    counts: dict[State, int]
    chosen: State | None
    before: int | None
    older: int | None
    is_overdue: bool
    seconds: int


class TestMailForm(Form):
    """`key` names the press of the button: a second one by mistake sends nothing."""

    key = HiddenField()
    email = EmailField(lazy_gettext("Email"), [obeys(normal_email, UnfitEmail)])
    language = StringField(lazy_gettext("Language"), [obeys(check_language)])

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return list(LANGUAGES.items())


@bp.get("/mail")
def mail() -> Response:
    return show(new_form())


@bp.get("/mail/list")
def mail_list() -> str:
    """The list alone, for a page that waits for news."""
    return render_template("settings/_mails.html", mails=list_mails())


@bp.get("/mail/<id:message_id>")
def open_mail(message_id: int) -> str:
    message, config = get_mail(message_id), current_app.extensions["scrip"]
    return render_template(
        "settings/mail.html",
        mail=message,
        said=read(message),
        text_direction=Locale(message.data.get("language", SOURCE)).text_direction,
        state=describe_state(message),
        reason=describe_reason(message, datetime.now(UTC)),
        may_be_sent_again=may_be_sent_again(message, config),
        pending=pending_changes(db.session),
    )


@bp.post("/mail")
def send_test() -> ResponseReturnValue:
    form = TestMailForm()
    if not form.validate_on_submit():
        return show(form, 422)
    recipient = normal_email(form.email.data)
    key, language = known_key(form.key.data) or new_key(), form.language.data or ""
    put = partial(put_test, key=f"test:{key}", recipient=recipient, language=language)
    write(db.session, put)
    message = _("A test mail to %(address)s is on the list.", address=recipient)
    return htmx.go_to(url_for("settings.mail"), message)


def put_test(session: AnySession, key: str, recipient: str, language: str) -> None:
    data = {"language": language}
    if acts.put(session, MAIL, key, topic="test", recipient=recipient, data=data):
        record("test_mail_sent")


@bp.post("/mail/<id:message_id>/again")
def send_again(message_id: int) -> ResponseReturnValue:
    """Back to the list as it was; under another filter the mail is not in it any more."""
    try:
        write(db.session, partial(do_send_again, message_id=message_id))
    except MessageNotFound as error:
        abort(404, translated(error))
    except OutboxError as error:
        return show(new_form(), 409, problem=translated(error))
    chosen, before = asked_for()
    anchor = "mails-title" if chosen else f"mail-{message_id}"
    address = url_for("settings.mail", state=chosen, before=before, _anchor=anchor)
    return htmx.go_to(address, _("The mail waits to be sent again."))


def do_send_again(session: AnySession, message_id: int) -> None:
    acts.send_again(session, message_id)
    record("mail_sent_again", "mail", message_id)


def new_form() -> TestMailForm:
    """As it opens, whatever this request sent."""
    return TestMailForm(formdata=None, data={"email": current_user.email, "language": language()})


def show(form: TestMailForm, status: int = 200, problem: str = "") -> Response:
    config: Config = current_app.extensions["scrip"]
    form.key.data = known_key(form.key.data) or new_key()
    page = render_template(
        "settings/mails.html",
        form=form,
        setup=describe_setup(config),
        pending=pending_changes(db.session),
        mails=list_mails(),
        problem=problem,
    )
    return make_response(page, status)


def list_mails() -> Mails:
    """As the address asks for them."""
    config: Config = current_app.extensions["scrip"]
    chosen, before = asked_for()
    page = queries.list_messages(db.session, MAIL, state=chosen, before=before)
    counts = queries.count_by_state(db.session, MAIL, COUNTED)
    is_sending = bool(config.mail or config.keeps_mail)
    is_overdue = is_sending and queries.is_overdue(db.session, MAIL, OVERDUE)
    untried = (mail.state == State.WAITING and not mail.reason for mail in page.messages)
    is_fresh = is_sending and not is_overdue and any(untried)
    seconds = (SOON if is_fresh else LATER) if counts[State.WAITING] else 0
    lines = [describe(mail, config) for mail in page.messages]
    return Mails(lines, counts, chosen, before, page.older, is_overdue, seconds)


def asked_for() -> tuple[State | None, int | None]:
    """The filter in the address, and the mail that the list goes on after."""
    typed = request.args.get("state", "")
    chosen = State(typed) if typed in FILTERS else None
    return chosen, whole_number(request.args.get("before", ""), MOST_ID)


def get_mail(message_id: int) -> OutboxMessage:
    try:
        return queries.get_message(db.session, message_id)
    except MessageNotFound as error:
        abort(404, translated(error))


def describe(mail: OutboxMessage, config: Config) -> Listed:
    _template, topic = TEMPLATES.get(mail.topic, ("", mail.topic))
    reason = describe_reason(mail, datetime.now(UTC))
    again = may_be_sent_again(mail, config)
    return Listed(mail, mail.subject or str(topic), describe_state(mail), reason, again)


def read(mail: OutboxMessage) -> Said | None:
    """What it says or said. Secrets are shown where mails are only kept, while they last."""
    config: Config = current_app.extensions["scrip"]
    secrets = mail.secrets if config.keeps_mail else None
    if mail.body and not secrets:
        return Said(mail.subject, mail.body, "")
    if mail.topic not in TEMPLATES:
        return None
    return render(mail.topic, mail.recipient, mail.data, secrets)
