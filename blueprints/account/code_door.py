"""What the steps of signing in with a code share.

The browser's token for its code is in the session cookie. So a code that was asked for elsewhere is
of no use here, and nobody is led through a door that somebody else began to open.
"""

from flask import current_app, redirect, session, url_for
from werkzeug import Response

from blueprints.account import bp
from blueprints.safe_redirect import next_path
from config import Config
from domain.customers.errors import CodeUsed, NoCode, TooManyCodes, TooManyGuesses

KEPT_AS = "code_browser"
# Why somebody is led back to the first step.
BECAUSE: dict[str, type[NoCode | CodeUsed]] = {"elsewhere": NoCode, "used": CodeUsed}


@bp.errorhandler(NoCode)
@bp.errorhandler(CodeUsed)
def begin_again(error: NoCode | CodeUsed) -> Response:
    """The second of two presses ends here as well: when the first one signed in, it goes on."""
    why = next(why for why, kind in BECAUSE.items() if isinstance(error, kind))
    return step("sign_in", why=why)


def step(name: str, why: str | None = None) -> Response:
    """Leads to another step, with where the customer was going."""
    return redirect(url_for(f"account.{name}", why=why, next=next_path() or None), 303)


def browser_token() -> str:
    """ "" for a browser that asked for no code."""
    return str(session.get(KEPT_AS, ""))


def keep_token(token: str) -> None:
    session[KEPT_AS] = token


def forget_token() -> None:
    session.pop(KEPT_AS, None)


def is_closed() -> bool:
    """Whether no mail leaves, nor is kept where an admin can read it."""
    return config().mail is None and not config().keeps_mail


def config() -> Config:
    found: Config = current_app.extensions["scrip"]
    return found


def refused(answer: Response, problem: TooManyCodes | TooManyGuesses) -> Response:
    """The page of a limit that is used up."""
    answer.status_code = 429
    answer.headers["Retry-After"] = str(problem.wait_seconds)
    return answer
