"""openapi.json as the page for people shows it."""

import json
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field or parameter; `part` is the schema that says more about it, "" for plain values."""

    name: str
    kind: str
    part: str
    description: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    description: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Answer:
    """`part` is the schema of its body, "" where there is none."""

    status: str
    description: str
    part: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    answers: list[Answer]
    example: str
    example_text: str


class DocsPage:
    """The document's operations and the objects in their answers."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self.info: Node = document["info"]
        root = document["servers"][0]["url"]
        self.operations = [
            self._operation(root + path, item["get"]) for path, item in document["paths"].items()
        ]
        self.parts = [
            self._part(name, schema)
            for name, schema in document["components"]["schemas"].items()
            if "properties" in schema
        ]

    def _resolve(self, node: Node) -> Node:
        if "$ref" not in node:
            return node
        found: Any = self._document
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return found  # type: ignore[no-any-return]

    def _operation(self, path: str, operation: Node) -> Operation:
        content = operation["responses"]["200"]["content"]["application/json"]
        example = self._resolve(next(iter(content["examples"].values())))
        return Operation(
            id=operation["operationId"],
            path=path,
            summary=operation["summary"],
            description=operation["description"],
            parameters=[self._parameter(self._resolve(p)) for p in operation["parameters"]],
            answers=[self._answer(*item) for item in operation["responses"].items()],
            example=example["summary"],
            example_text=json.dumps(example["value"], ensure_ascii=False, indent=2),
        )

    def _parameter(self, parameter: Node) -> Field:
        place = "in the path" if parameter["in"] == "path" else "optional"
        return Field(parameter["name"], place, "", parameter["description"])

    def _answer(self, status: str, answer: Node) -> Answer:
        answer = self._resolve(answer)
        schemas = [body["schema"] for body in answer.get("content", {}).values()]
        part = _name_of(schemas[0]) if schemas else ""
        return Answer(status, answer["description"], part)

    def _part(self, name: str, schema: Node) -> Part:
        return Part(
            name,
            schema["description"],
            [self._field(*item) for item in schema["properties"].items()],
        )

    def _field(self, name: str, schema: Node) -> Field:
        kind, part = self._kind(schema)
        return Field(name, kind, part, self._describe(schema))

    def _describe(self, schema: Node) -> str:
        return str(schema.get("description") or self._resolve(schema).get("description", ""))

    def _kind(self, schema: Node) -> tuple[str, str]:
        """The type in words, and the part that describes it."""
        if "oneOf" in schema:
            return "null or", _name_of(schema["oneOf"][0])
        if schema.get("type") == "array":
            return "list of", _name_of(schema["items"])
        resolved = self._resolve(schema)
        if "properties" in resolved:
            return "object", _name_of(schema)
        types = resolved["type"]
        return types if isinstance(types, str) else " or ".join(types), ""


def _name_of(schema: Node) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
