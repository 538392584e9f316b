"""The buyer: signed in already, or signing in on the checkout page with a code by mail."""

from typing import NamedTuple

from flask import Response, after_this_request, request

from blueprints import customer_choices
from blueprints.code_door import browser_token, forget_token, is_closed, send_code, try_code
from blueprints.code_forms import CodeForm, EmailForm
from blueprints.customer_choices import Choice, read_choices
from blueprints.customer_doors import give_key
from blueprints.customer_sign_in import current_customer, sign_in_at_once
from blueprints.i18n import translated
from domain.customers.codes import Asked, Wrong, find_code
from domain.customers.customers import Person, get_customer
from domain.customers.errors import CodeEnded, CodeUsed, NoCode
from domain.customers.sign_in import Opened, Several
from domain.ledger.queries import find_owed
from extensions import db

OTHER = "other"


class Buyer(NamedTuple):
    """Who it is, or what is known on the way there: a code that was sent, then whom to choose.
    `former` is who is signed in, when another one is to buy. What they owe is paid first with the
    credits that they buy. Of who is not signed in, and came by a payment link, nothing is shown but
    `link_name`."""

    person: Person | None = None
    asked: Asked | None = None
    choices: list[Choice] | None = None
    former: Person | None = None
    owes: int = 0
    is_by_link: bool = False
    link_name: str = ""


class SignIn:
    """The part of the page where a buyer signs in, with its forms as they were sent."""

    def __init__(self) -> None:
        self.email, self.code = EmailForm(), CodeForm()
        self.is_other = request.form.get("who") == OTHER
        self.problem = ""
        self.has_just_sent = False

    def read_buyer(self) -> Buyer:
        me = current_customer()
        person = get_customer(db.session, me.customer_id) if me else None
        if person and not self.is_other:
            return Buyer(person, owes=find_owed(db.session, person.id))
        asked = _find_asked()
        if asked is None:
            return Buyer(former=person)
        if not asked.is_proven:
            return Buyer(asked=asked, former=person)
        try:
            return Buyer(asked=asked, choices=read_choices(), former=person)
        except (NoCode, CodeUsed):
            return Buyer(former=person)

    @property
    def has_errors(self) -> bool:
        return bool(self.email.errors or self.code.errors or self.problem)

    def ask_who(self) -> None:
        """Takes the next step towards knowing who buys, with what was typed. Raises CodeError."""
        buyer = self.read_buyer()
        if buyer.person or buyer.choices:
            return
        if buyer.asked:
            self.prove()
        else:
            self.send()

    def ask_for_code(self) -> None:
        """Says that the code is missing, once it was sent."""
        if self.has_just_sent:
            self.code.validate()

    def send(self) -> None:
        """Raises TooManyCodes."""
        if not is_closed() and self.email.validate_on_submit():
            send_code(self.email.email.data)
            self.has_just_sent = True

    def prove(self) -> None:
        """Raises TooManyGuesses."""
        if not self.code.validate_on_submit():
            return
        try:
            self._go_on(try_code(self.code.digits))
        except (NoCode, CodeEnded, CodeUsed) as problem:
            self.problem = translated(problem)

    def choose(self) -> None:
        """Raises CustomerNotFound."""
        try:
            self._open(customer_choices.open_chosen(request.form["customer"]))
        except (NoCode, CodeUsed) as problem:
            self.problem = translated(problem)

    def _go_on(self, outcome: Opened | Several | Wrong) -> None:
        if isinstance(outcome, Wrong):
            self.code.refuse(outcome)
        elif isinstance(outcome, Opened):
            self._open(outcome)

    def _open(self, opened: Opened) -> None:
        """From here on, and in this very request, the customer is signed in."""
        email = find_code(db.session, browser_token()).email
        forget_token()
        sign_in_at_once(opened.token)
        self.is_other = False

        @after_this_request
        def give(answer: Response) -> Response:
            give_key(answer, opened, email)
            return answer


def _find_asked() -> Asked | None:
    """The code that this browser asked for and may still type, or has proven."""
    try:
        asked = find_code(db.session, browser_token())
    except NoCode:
        return None
    return asked if asked.is_proven or not asked.is_over else None
