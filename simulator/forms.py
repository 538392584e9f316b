"""Reads requests as Stripe's clients write them: `line_items[0][price_data][currency]=eur`."""

import re
from collections.abc import Iterable
from typing import Any

from simulator.errors import ApiError
from simulator.store import Json

PART = re.compile(r"\[([^\]]*)\]")
LONGEST_KEY, LONGEST_VALUE, MOST_METADATA = 40, 500, 50


def read_form(pairs: Iterable[tuple[str, str]]) -> Json:
    """Nested dictionaries; a list is one whose keys are "0", "1", … or was written with []."""
    form: Json = {}
    for name, value in pairs:
        first, *rest = [name.partition("[")[0], *PART.findall(name)]
        place = form
        for part, following in zip([first, *rest], rest, strict=False):
            place = place.setdefault(part, [] if following == "" else {})
            if isinstance(place, list):
                place.append(value)
                break
        else:
            place[rest[-1] if rest else first] = value
    return form


def numbered(value: Any) -> list[Any]:  # noqa: ANN401 - as it was read
    """A list from `name[0]`, `name[1]` or `name[]`."""
    if isinstance(value, dict):
        return [value[key] for key in sorted(value, key=int)]
    return list(value or ())


def need(form: Json, path: str) -> Any:  # noqa: ANN401
    """What is at `line_items.0.price_data.currency`; raises ApiError where there is nothing."""
    value: Any = form
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value in (None, ""):
        first, *rest = path.split(".")
        name = first + "".join(f"[{part}]" for part in rest)
        raise ApiError(
            400, f"Missing required param: {name}.", code="parameter_missing", param=name
        )
    return value


def whole(text: object, name: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", str(text)):
        raise ApiError(
            400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name
        )
    return int(str(text))


def metadata(form: Json, name: str = "metadata") -> Json:
    kept: Json = form.get("metadata") or {}
    if len(kept) > MOST_METADATA:
        raise ApiError(400, "Metadata can have up to 50 keys.", param=name)
    for key, value in kept.items():
        if len(key) > LONGEST_KEY or len(str(value)) > LONGEST_VALUE:
            raise ApiError(
                400,
                "Metadata keys can be up to 40 characters long, values up to 500 characters.",
                param=f"{name}[{key}]",
            )
    return kept


def refuse_unknown(form: Json, known: Iterable[str], within: str = "") -> None:
    for name in form.keys() - set(known) - {"expand"}:
        param = f"{within}[{name}]" if within else name
        raise ApiError(
            400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param
        )
