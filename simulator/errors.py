"""Refusals in Stripe's form."""

from typing import Any


class ApiError(Exception):
    """An answer that is an error; `extra` is what else Stripe says of it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(message)
        self.status = status
        said = {"type": type, "message": message, "code": code, "param": param, **extra}
        self.body: dict[str, Any] = {
            "error": {name: value for name, value in said.items() if value}
        }


def missing(kind: str, id: str) -> ApiError:
    return ApiError(404, f"No such {kind}: '{id}'", code="resource_missing", param="id")
