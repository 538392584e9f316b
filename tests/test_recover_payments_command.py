"""The command recover-payments: what it prints, and its exit status."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from domain.purchases.models import Checkout
from domain.purchases.payments.stripe import Stripe
from extensions import db
from tests.conftest import config_for, only_sqlite
from tests.kept_sqlite import KeptSqlite
from tests.purchases import new_buyer, package_on_sale
from tests.real_server import free_port
from tests.restoring import backed_up
from tests.simulator import Simulator
from tests.test_purchases_recovering import begin, pay

pytestmark = pytest.mark.own_app


def recover(database: str | Path, port: int, since: str) -> tuple[int, str]:
    app: Flask = create_app(config_for(database, simulator_port=port))
    result = app.test_cli_runner().invoke(args=["recover-payments", "--since", since])
    with app.app_context():
        db.engine.dispose()
    return result.exit_code, result.output


def test_a_provider_that_does_not_answer_and_no_time_are_said(sqlite_file: Path) -> None:
    status, told = recover(sqlite_file, free_port(), "2026-11-24")
    assert status == 1
    assert told.startswith("Error: The payment provider could not be asked (")
    assert told.endswith("). Run this again.\n")
    status, told = recover(sqlite_file, free_port(), "yesterday")
    assert status == 2
    assert "Write it like 2026-11-24T03:00, in UTC, or with a zone: +03:00." in told


@only_sqlite
def test_what_is_back_and_what_needs_a_person_is_said(
    sqlite_file: Path,
    kept_sqlite: KeptSqlite,
    session: Session,
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    """Caught: status 0 while somebody has paid and has no credits."""
    provider = Stripe(simulator.key, simulator.secret, simulator.url)
    package_id, here = package_on_sale(session), new_buyer(session)
    go_back = backed_up(session, kept_sqlite, tmp_path)
    pay(session, simulator, provider, begin(session, here, package_id))
    pay(session, simulator, provider, begin(session, new_buyer(session), package_id))
    refs = select(Checkout.ref).order_by(Checkout.id.desc())
    lost = session.scalars(refs).first()
    go_back()
    first = recover(sqlite_file, simulator.port, "2026-11-24T03:00")
    assert first[0] == 1
    *said, summary = first[1].splitlines()
    # Those that were begun in the same second come in no order.
    assert sorted(said) == [
        "P-1 is back: paid.",
        f"{lost} (19.99 USD) needs a person: its customer is not here. "
        "Who paid: ayse@posta.example.",
    ]
    assert summary == (
        "Purchases: back 1, here already 0, unpaid 0. Need a person: 1. Seen to: 0."
        " Wait for the provider: 0."
    )
    again = recover(sqlite_file, simulator.port, "2026-11-24T06:00+03:00")
    assert again[0] == 1
    assert again[1].endswith(
        "Purchases: back 0, here already 1, unpaid 0. Need a person: 1. Seen to: 0."
        " Wait for the provider: 0.\n"
    )
