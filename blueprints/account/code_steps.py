"""The pages of a code, which signing in and changing an email share."""

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.account import bp
from blueprints.code_door import config
from blueprints.code_forms import CodeForm
from blueprints.safe_redirect import next_path
from domain.customers.codes import Asked
from domain.customers.errors import CodeUsed, NoCode

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
