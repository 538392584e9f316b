"""What a request asks for. What cannot be meant is refused, so that a slip never goes unseen."""

import re
from dataclasses import dataclass

from flask import abort, request

from blueprints.locale import known_language
from domain import countries
from domain.languages import LANGUAGES, SOURCE

COUNTRY_CODE = re.compile(r"[A-Za-z]{2}", re.ASCII)
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class QueryParams:
    """`is_complete` says that the address alone decides the answer."""

    country: str | None
    language: str
    is_complete: bool


def read_params(*names: str) -> QueryParams:
    """The parameters of this request, of which there may be these, each once."""
    for name, values in request.args.lists():
        if name not in names:
            abort(400, f"There is no such parameter. Use {' and '.join(names)}.")
        if len(values) > 1:
            abort(400, f"The parameter {name} is there more than once. Send it once.")
    return QueryParams(_country(), _language(), all(name in request.args for name in names))


def _country() -> str | None:
    code = request.args.get("country")
    if code is None:
        return None
    if not COUNTRY_CODE.fullmatch(code):
        abort(400, "The country is no code of two letters. Send one like country=TR.")
    found = countries.find(code)
    if found is None:
        abort(404, f"No country has the code {code}. Take a code from /api/v1/countries.")
    return found


def _language() -> str:
    """The one asked for, else the reader's; English where we do not speak it."""
    tag = request.args.get("lang")
    if tag is None:
        return request.accept_languages.best_match(LANGUAGES) or SOURCE
    if not LANGUAGE_TAG.fullmatch(tag):
        abort(400, "The language is no language tag. Send one like lang=tr.")
    return known_language(tag.partition("-")[0]) or SOURCE
