"""What signing in with a code and changing an email with one share.

The browser's token for its code is in the session cookie. So a code that was asked for elsewhere is
of no use here, and nobody is led through a door that somebody else began to open.
"""

from flask import (
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.account import bp
from blueprints.account.sign_in_forms import CodeForm
from blueprints.devices import CUSTOMERS, known_device
from blueprints.locale import language
from blueprints.safe_redirect import next_path
from config import Config
from domain.customers.codes import Asked, CodeRequest
from domain.customers.errors import CodeUsed, NoCode, TooManyCodes, TooManyGuesses
from domain.emails import normal_address

KEPT_AS = "code_browser"
# Why somebody is led back to the first step.
BECAUSE: dict[str, type[NoCode | CodeUsed]] = {"elsewhere": NoCode, "used": CodeUsed}


@bp.errorhandler(NoCode)
@bp.errorhandler(CodeUsed)
def begin_again(error: NoCode | CodeUsed) -> ResponseReturnValue:
    """The second of two presses ends here as well: when the first one signed in, it goes on."""
    why = next(why for why, kind in BECAUSE.items() if isinstance(error, kind))
    return step("sign_in", why=why)


def step(name: str, why: str | None = None) -> ResponseReturnValue:
    """Leads to another step, with where the customer was going."""
    return redirect(url_for(f"account.{name}", why=why, next=next_path() or None), 303)


def browser_token() -> str:
    """ "" for a browser that asked for no code."""
    return str(session.get(KEPT_AS, ""))


def keep_token(token: str) -> None:
    session[KEPT_AS] = token


def forget_token() -> None:
    session.pop(KEPT_AS, None)


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
        is_known=known_device(email, CUSTOMERS) is not None,
    )


def show_code(
    form: CodeForm,
    asked: Asked,
    status: int = 200,
    problem: str = "",
    *,
    first_step: str = "account.sign_in",
    act: str = "",
) -> Response:
    """The page on which a code is typed. `act` is what it is for: signing in, if nothing else."""
    page = render_template(
        "account/code.html",
        form=form,
        asked=asked,
        problem=problem,
        is_kept=config().keeps_mail,
        first_step=first_step,
        act=act or _("Sign in"),
    )
    return make_response(page, status)


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
