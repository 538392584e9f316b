"""openapi.json and the page made of it: they describe what is there, all of it and nothing else."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blueprints.api.views import OPENAPI
from blueprints.problems import ANCHORS, MESSAGES
from tests.api import ROOT, validator
from tests.html import find, texts, values

COMPONENTS: dict[str, Any] = OPENAPI["components"]
OBJECTS = [name for name, schema in COMPONENTS["schemas"].items() if "properties" in schema]


def references(node: Any) -> set[str]:  # noqa: ANN401 - any part of a JSON document
    if isinstance(node, list):
        return {found for item in node for found in references(item)}
    if not isinstance(node, dict):
        return set()
    return {found for item in node.values() for found in references(item)} | (
        {node["$ref"]} if "$ref" in node else set()
    )


@pytest.fixture
def page(client: FlaskClient) -> str:
    answer = client.get(f"{ROOT}/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def test_the_document_is_served_as_it_is_written(client: FlaskClient) -> None:
    answer = client.get(f"{ROOT}/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == OPENAPI


def test_it_describes_every_address(app: Flask) -> None:
    served = {
        re.sub(r"<id:(\w+)>", r"{\1}", rule.rule).removeprefix(ROOT)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert served - {"/", "/openapi.json"} == OPENAPI["paths"].keys()


def test_every_part_is_used_and_every_use_has_its_part() -> None:
    parts = {f"#/components/{kind}/{name}" for kind, parts in COMPONENTS.items() for name in parts}
    assert references(OPENAPI) == parts


@pytest.mark.parametrize("name", COMPONENTS["examples"])
def test_examples_are_as_described(name: str) -> None:
    """Caught: an example without "direction"."""
    schema = name if name in OBJECTS else "Problem"
    validator(schema).validate(COMPONENTS["examples"][name]["value"])


def test_examples_of_problems_say_what_is_said() -> None:
    for example in COMPONENTS["examples"].values():
        problem = example["value"]
        if "status" in problem:
            assert problem["title"] == MESSAGES[problem["status"]][0]
            assert problem["type"] == f"/api/v1/#{ANCHORS[problem['status']]}"


def test_the_page_shows_everything_in_the_document(page: str) -> None:
    text = find(page, "body").text()
    for path, item in OPENAPI["paths"].items():
        operation = item["get"]
        assert f"GET {ROOT}{path}" in text
        assert operation["summary"] in text
        assert operation["description"] in text
    for name in OBJECTS:
        assert f'<h3 id="{name}">' in page
        for field in COMPONENTS["schemas"][name]["properties"]:
            assert f"<code>{field}</code>" in page
    for schema in COMPONENTS["schemas"].values():
        assert schema["description"] in text
    for parameter in COMPONENTS["parameters"].values():
        assert parameter["description"] in text


def test_the_page_says_what_each_field_is(page: str) -> None:
    told = texts(page, "dl.fields > div")
    for field in (
        "number in the path The number of a release, as /packages names it.",
        "country object CountryName The country that the answer is about.",
        "packages list of Package In listing order.",
        "saving null or Saving None below one percent, and for a free package.",
        "is_best_value boolean Whether",
        "code string ISO 3166-1 alpha-2 code.",
        "best_value string or null The words for the best value, where it is that.",
    ):
        assert any(row.startswith(field) for row in told), field


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    links = set(values(page, "[href^='#']", "href"))
    ids = values(page, "[id]", "id")
    assert len(links) > 10
    assert links <= {f"#{id}" for id in ids}
    assert len(ids) == len(set(ids))


def test_the_page_needs_no_script(page: str) -> None:
    assert "<script" not in page
