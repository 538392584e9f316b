"""Lists of objects as Stripe pages them, newest first; and objects within objects."""

import json
from collections.abc import Iterable
from typing import Any

from simulator.errors import ApiError, missing
from simulator.forms import numbered, refuse_unknown, whole
from simulator.store import Json, Transaction

PAGING = ("limit", "starting_after", "ending_before", "created")
CREATED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
MOST, USUAL = 100, 10


def list_things(
    kept: Transaction, object: str, form: Json, url: str, filters: Iterable[str] = ()
) -> Json:
    """A page of them; `filters` are fields that may be asked for."""
    refuse_unknown(form, (*PAGING, *filters))
    limit = whole(form.get("limit", USUAL), "limit")
    if not 1 <= limit <= MOST:
        raise ApiError(400, "Invalid limit: must be between 1 and 100.", param="limit")
    where, values = ["object = ?"], list[Any]([object])
    for name in filters:
        if name in form:
            wanted = numbered(form[name]) if isinstance(form[name], dict | list) else [form[name]]
            where.append(f"json_extract(body, '$.{name.removesuffix('s')}') IN ({_marks(wanted)})")
            values += wanted
    _add_created(form, where, values)
    is_upwards = "ending_before" in form
    _add_place(kept, form, where, values)
    rows = kept.connection.execute(
        f"SELECT body FROM thing WHERE {' AND '.join(where)}"  # noqa: S608 - names of our own
        f" ORDER BY number {'ASC' if is_upwards else 'DESC'} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    page = [json.loads(row[0]) for row in rows[:limit]]
    if is_upwards:
        page.reverse()
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": page}


def _marks(values: list[Any]) -> str:
    return ", ".join("?" for _ in values)


def _add_created(form: Json, where: list[str], values: list[Any]) -> None:
    created = form.get("created", {})
    for word, at in created.items() if isinstance(created, dict) else [("gte", created)]:
        if word not in CREATED:
            raise ApiError(400, f"Received unknown parameter: created[{word}]", param="created")
        where.append(f"json_extract(body, '$.created') {CREATED[word]} ?")
        values.append(whole(at, "created"))


def _add_place(kept: Transaction, form: Json, where: list[str], values: list[Any]) -> None:
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in form:
            row = kept.connection.execute(
                "SELECT number FROM thing WHERE id = ?", (form[name],)
            ).fetchone()
            if not row:
                raise missing("object", form[name])
            where.append(f"number {sign} ?")
            values.append(row[0])


def expand(kept: Transaction, body: Json, wanted: Iterable[str]) -> Json:
    """With the objects at these paths in place of their ids: `payment_intent.latest_charge`."""
    for path in wanted:
        _expand(kept, body, path.split("."), path)
    return body


def _expand(kept: Transaction, body: Json, parts: list[str], path: str) -> None:
    name, *rest = parts
    if name not in body:
        raise ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(body[name], str):
        body[name] = kept.get(body[name]) or body[name]
    for one in body[name] if isinstance(body[name], list) else [body[name]]:
        if rest and isinstance(one, dict):
            _expand(kept, one, rest, path)
