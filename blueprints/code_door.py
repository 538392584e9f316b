"""The door of codes by mail, as all pages have it that let customers in or prove an email.

The browser's token for its code is in the session cookie. So a code that was asked for elsewhere is
of no use here, and nobody is led through a door that somebody else began to open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import BoundedSemaphore

from flask import Response, current_app, request, session

from blueprints.customer_doors import note_new, this_visit
from blueprints.devices import CUSTOMERS, known_device
from blueprints.locale import language
from config import Config
from domain.customers import codes
from domain.customers.codes import Attempt, CodeRequest, Wrong
from domain.customers.errors import TooManyCodes, TooManyGuesses
from domain.customers.sign_in import Opened, Several, Visit, sign_in_with_code
from domain.database import AnySession, write
from domain.emails import normal_address
from extensions import db

KEPT_AS = "code_browser"
# One at a time is written. More in a process would keep all others from the database.
SLOTS = 4
SLOT_WAIT_SECONDS = 60
_slots_of_strangers = BoundedSemaphore(SLOTS)


def browser_token() -> str:
    """ "" for a browser that asked for no code."""
    return str(session.get(KEPT_AS, ""))


def forget_token() -> None:
    session.pop(KEPT_AS, None)


def send_code(email: str) -> None:
    """A code with which to sign in, by mail to this address. Raises TooManyCodes."""
    token = codes.new_browser()
    order_code(code_request(email, browser=token, before=browser_token()))
    session[KEPT_AS] = token


def order_code(asked: CodeRequest) -> None:
    """Raises TooManyCodes."""
    codes.refuse(db.session, asked)
    with _slot_for(asked):
        write(db.session, partial(codes.send_code, request=asked))


@contextmanager
def _slot_for(asked: CodeRequest) -> Iterator[None]:
    """So that a crowd is refused at once. Known browsers need none. Raises TooManyCodes."""
    if asked.device:
        yield
        return
    if not _slots_of_strangers.acquire(blocking=False):
        raise TooManyCodes(SLOT_WAIT_SECONDS)
    try:
        yield
    finally:
        _slots_of_strangers.release()


def code_request(email: str, *, browser: str, before: str, topic: str = "code") -> CodeRequest:
    """What this request asks for, with the browser's new token and the one it had before."""
    email = normal_address(email)
    return CodeRequest(
        email,
        language(),
        request.remote_addr,
        browser=browser,
        before=before,
        secret_key=config().secret_key,
        topic=topic,
        device=known_device(email, CUSTOMERS),
    )


def try_code(digits: str) -> Opened | Several | Wrong:
    """Raises CodeError."""
    attempt = Attempt(browser_token(), digits, config().secret_key)
    return write(db.session, partial(open_door, attempt=attempt, visit=this_visit()))


def open_door(session: AnySession, attempt: Attempt, visit: Visit) -> Opened | Several | Wrong:
    outcome = sign_in_with_code(session, attempt, visit)
    if isinstance(outcome, Opened):
        note_new(session, outcome)
    return outcome


def is_closed() -> bool:
    """Whether no mail leaves, nor is kept where an admin can read it."""
    return config().mail is None and not config().keeps_mail


def config() -> Config:
    found: Config = current_app.extensions["scrip"]
    return found


def refused(answer: Response, problem: TooManyCodes | TooManyGuesses) -> Response:
    """The page of a limit that is used up. The log tells operators of an attack, or of a proxy
    that PROXIES does not count: then all addresses are the same."""
    current_app.logger.warning("Code refused to %s: %s", request.remote_addr, problem)
    answer.status_code = 429
    answer.headers["Retry-After"] = str(problem.wait_seconds)
    return answer
