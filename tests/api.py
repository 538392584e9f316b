"""What the tests of the API share: requests, and answers held against the published document."""

from typing import Any, cast

from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from werkzeug.test import TestResponse

from blueprints.api.views import OPENAPI

ROOT = "/api/v1"
PACKAGES, COUNTRIES, RELEASES = f"{ROOT}/packages", f"{ROOT}/countries", f"{ROOT}/releases"


def get(client: FlaskClient, path: str, *, accept: str = "", **parameters: str) -> TestResponse:
    return client.get(path, query_string=parameters, headers={"Accept-Language": accept})


def document(answer: TestResponse, schema: str) -> dict[str, Any]:
    """The answer's JSON, which has to be exactly as `schema` describes it."""
    assert (answer.status_code, answer.mimetype) == (200, "application/json"), answer.text
    return check(answer, schema)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The answer's problem details, which have to be that."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    found = check(answer, "Problem")
    assert found["status"] == status
    assert answer.headers["Cache-Control"] == "no-store"
    return found


def check(answer: TestResponse, schema: str) -> dict[str, Any]:
    found = cast("dict[str, Any]", answer.get_json(force=True))
    validator(schema).validate(found)
    return found


def validator(schema: str) -> Draft202012Validator:
    """Refuses fields that the document does not name, which clients have to bear."""
    closed = _close(OPENAPI["components"])
    root = {"$ref": f"#/components/schemas/{schema}", "components": closed}
    return Draft202012Validator(root, validate_formats=True)


def _close(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    if isinstance(node, list):
        return [_close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _close(item) for name, item in node.items()}
    return closed | {"additionalProperties": False} if "properties" in node else closed
