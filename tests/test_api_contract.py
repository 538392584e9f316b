"""The API against its own document: schemathesis makes up requests, good and bad, and judges.

Short by default; the long form is `pytest tests/test_api_contract.py --hypothesis-profile=soak`.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from blueprints.api.views import OPENAPI
from tests.page_helpers import add, apply_all


class Served:
    """The application of the test that runs; the document is read before there is any."""

    app: Flask

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        # Only a browser's transport takes gzip apart again.
        return self.app(environ | {"HTTP_ACCEPT_ENCODING": ""}, start_response)


# A copy: schemathesis puts what is referred to in the place of the references.
schema = schemathesis.openapi.from_dict(deepcopy(OPENAPI))
served = schema.app = Served()


@pytest.fixture
def _live(app: Flask, session: Session) -> None:
    add(session, "One", "Two")
    add(session, "Eins", country="DE", currency="EUR", price_minor=0)
    apply_all(session)
    served.app = app


def examples(short: int) -> settings:
    return settings(
        max_examples=500 if settings.get_current_profile_name() == "soak" else short,
        stateful_step_count=6,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@examples(20)
@schema.parametrize()
@pytest.mark.usefixtures("_live")
def test_every_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    """Caught: 500 for a release's number that PostgreSQL cannot hold; "digits" as text."""
    case.call_and_validate()


@pytest.mark.usefixtures("_live")
def test_every_answer_leads_on_as_described() -> None:
    """Countries lead to packages, and these to the release that they are of."""
    schema.as_state_machine().run(settings=examples(3))
