"""Admins as others read of them: by their names, where drafts and releases keep their emails."""

from collections.abc import Iterable, Mapping

from flask import Flask, g
from flask_babel import gettext as _
from flask_login import current_user

from domain.accounts.admins import list_names
from domain.messages import Message
from extensions import db


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        display_name=display_name, who=who, whom=whom, initials=initials, initials_of=initials_of
    )


def display_name(email: str) -> str:
    """What the admin is called; who is no admin, or none any more, as written."""
    if isinstance(email, Message):
        return str(_(email))
    if is_reader(email):
        return str(current_user.display_name)
    return _names().get(email, email)


def who(email: str) -> str:
    """The name where a sentence begins; "You" for the reader."""
    return str(_("You")) if is_reader(email) else display_name(email)


def whom(email: str) -> str:
    """The name where a sentence goes on: "Drafted by you"."""
    return str(_("you")) if is_reader(email) else display_name(email)


def sentence_about(author: str, to_author: str, to_others: str, **parts: str) -> str:
    """What the author did, said to that very admin or to others, with the %(author)s' name."""
    if is_reader(author):
        return str(to_author % parts)
    return str(to_others % {"author": display_name(author), **parts})


def display_names(emails: Iterable[str]) -> list[str]:
    return [display_name(email) for email in emails]


def initials(email: str) -> str:
    return initials_of(display_name(email).partition(" (")[0])


def initials_of(name: str) -> str:
    """Of the first and the last word: "DK" for Deniz Kaya; "" for none."""
    first, *rest = name.split() or [""]
    return "".join(word[:1] for word in (first, *rest[-1:])).upper()


def is_reader(email: str) -> bool:
    return bool(current_user.is_authenticated and email == current_user.email)


def _names() -> Mapping[str, str]:
    """All of them, read once for a page, and only for one that names anybody."""
    if "names_of_admins" not in g:
        g.names_of_admins = list_names(db.session)
    names: Mapping[str, str] = g.names_of_admins
    return names
