"""Mail: how it is set up, and every mail that was sent, waits, or was given up."""

from datetime import timedelta
from functools import partial
from secrets import token_hex
from typing import NamedTuple

from flask import Response, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import EmailField, Field, HiddenField, StringField, ValidationError

from blueprints import htmx
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.mails import TEMPLATES, Said, render
from blueprints.settings import bp
from blueprints.settings.mail_labels import describe_reason, describe_setup, describe_state
from config import Config
from domain.accounts.admins import normal_email
from domain.accounts.errors import UnfitEmail
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.settings.rules import check_language
from domain.database import MOST_ID, write
from domain.languages import LANGUAGES
from domain.numbers import whole_number
from domain.outbox import acts, queries
from domain.outbox.errors import MessageNotFound, OutboxError
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import MAIL, State
from extensions import db

FILTERS = (State.WAITING, State.GIVEN_UP, State.SENT)
# A worker that is there tries a mail within seconds.
OVERDUE = timedelta(minutes=2)


class Listed(NamedTuple):
    """A line of the list; `title` is the subject, or what it is about while it has none."""

    mail: OutboxMessage
    title: str
    state: str
    reason: str


class Mails(NamedTuple):
    """What the list shows: those in the state `chosen`, older than `before`. It `is_fresh` while
    something in it has not been tried yet."""

    lines: list[Listed]
    counts: dict[State, int]
    chosen: State | None
    before: int | None
    older: int | None
    is_overdue: bool
    is_fresh: bool


class TestMailForm(Form):
    """`key` names the press of the button: a second one by mistake sends nothing."""

    key = HiddenField()
    email = EmailField(lazy_gettext("Email"))
    language = StringField(lazy_gettext("Language"), [obeys(check_language)])

    def validate_email(self, field: Field) -> None:
        try:
            normal_email(field.data or "")
        except UnfitEmail as problem:
            raise ValidationError(translated(problem)) from problem

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return list(LANGUAGES.items())


@bp.get("/mail")
def mail() -> Response:
    return show(TestMailForm(data={"email": current_user.email, "language": language()}))


@bp.get("/mail/list")
def mail_list() -> str:
    """The list alone, for a page that waits for news."""
    return render_template("settings/_mails.html", mails=list_mails())


@bp.get("/mail/<id:message_id>")
def open_mail(message_id: int) -> str:
    message = get_mail(message_id)
    return render_template(
        "settings/mail.html",
        mail=message,
        said=read(message),
        state=describe_state(message),
        reason=describe_reason(message),
        pending=pending_changes(db.session),
    )


@bp.post("/mail")
def send_test() -> ResponseReturnValue:
    form = TestMailForm()
    if not form.validate_on_submit():
        return show(form, 422)
    recipient = normal_email(form.email.data)
    put = partial(
        acts.put,
        kind=MAIL,
        key=f"test:{whole_key(form.key.data)}",
        topic="test",
        recipient=recipient,
        data={"language": form.language.data},
    )
    write(db.session, put)
    message = _("A test mail to %(address)s is on the list.", address=recipient)
    return htmx.go_to(url_for("settings.mail"), message)


@bp.post("/mail/<id:message_id>/again")
def send_again(message_id: int) -> ResponseReturnValue:
    try:
        write(db.session, partial(acts.send_again, message_id=message_id))
    except OutboxError as error:
        abort(404 if isinstance(error, MessageNotFound) else 409, translated(error))
    return htmx.go_to(url_for("settings.mail"), _("The mail waits to be sent again."))


def show(form: TestMailForm, status: int = 200) -> Response:
    config: Config = current_app.extensions["scrip"]
    form.key.data = whole_key(form.key.data)
    page = render_template(
        "settings/mails.html",
        form=form,
        setup=describe_setup(config),
        pending=pending_changes(db.session),
        mails=list_mails(),
    )
    return make_response(page, status)


def list_mails() -> Mails:
    """As the address asks for them."""
    config: Config = current_app.extensions["scrip"]
    typed = request.args.get("state", "")
    chosen = State(typed) if typed in FILTERS else None
    before = whole_number(request.args.get("before", ""), MOST_ID)
    page = queries.list_messages(db.session, MAIL, state=chosen, before=before)
    counts = queries.count_by_state(db.session, MAIL, (State.WAITING, State.GIVEN_UP))
    is_sending = bool(config.mail or config.keeps_mail)
    is_overdue = is_sending and queries.is_overdue(db.session, MAIL, OVERDUE)
    untried = (mail.state == State.WAITING and not mail.reason for mail in page.messages)
    is_fresh = is_sending and not is_overdue and any(untried)
    lines = [describe(mail) for mail in page.messages]
    return Mails(lines, counts, chosen, before, page.older, is_overdue, is_fresh)


def get_mail(message_id: int) -> OutboxMessage:
    try:
        return queries.get_message(db.session, message_id)
    except MessageNotFound as error:
        abort(404, translated(error))


def describe(mail: OutboxMessage) -> Listed:
    _template, topic = TEMPLATES.get(mail.topic, ("", mail.topic))
    return Listed(mail, mail.subject or str(topic), describe_state(mail), describe_reason(mail))


def read(mail: OutboxMessage) -> Said | None:
    """What it says or said. Secrets are shown where mails are only kept, while they last."""
    config: Config = current_app.extensions["scrip"]
    secrets = mail.secrets if config.keeps_mail else None
    if mail.body and not secrets:
        return Said(mail.subject, mail.body, "")
    if mail.topic not in TEMPLATES:
        return None
    return render(mail.topic, mail.recipient, mail.data, secrets)


def whole_key(typed: str | None) -> str:
    """The name of this press, or a new one for what cannot be one."""
    is_name = typed is not None and len(typed) == 32 and typed.isascii() and typed.isalnum()
    return str(typed) if is_name else token_hex(16)
