"""What each command leaves in the activity: nobody is its author, and no request asked for it."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from commands.admins import prepare_first_admin
from domain.accounts.models import Admin
from domain.database import writing
from domain.purchases import recovering
from domain.purchases.opening import open_checkout
from domain.purchases.payments.stripe import Stripe
from domain.request_context import request_address, request_id
from tests.activity_of_writes import kinds, lines
from tests.conftest import ADMIN, PASSWORD, config_for
from tests.purchases import new_buyer, package_on_sale
from tests.real_server import free_port
from tests.second_factor import set_up_app
from tests.simulator import Simulator
from tests.test_purchases_recovering import begin
from tests.test_recover_payments_command import recover
from tests.unguarded import change_by_hand
from tests.wallets import TestWallet
from tools.scripts.install_postgres import find_postgres

pytestmark = [pytest.mark.on_both, pytest.mark.usefixtures("cheap_hashing")]


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where commands are run: no request is answered, and pg_dump is found."""
    monkeypatch.setenv("PATH", str(find_postgres()), prepend=":")
    id, address = request_id.set(""), request_address.set("")
    yield
    request_id.reset(id)
    request_address.reset(address)


NOTHING = "nothing: "
COMMANDS = {
    "create-admin": "admin_created, or password_changed, admin_enabled",
    "reset-second-factor": "second_factor_reset",
    "backup": "backup_made",
    "recover-payments": "payments_recovered",
    "verify-ledger": "wallet_blocked for each, if it is told to",
    "unblock-wallet": "wallet_unblocked",
    "serve": "admin_created for the first one",
    "start": "admin_created for the first one",
    "work": f"{NOTHING}what the worker does nobody asked for",
    "sample-catalogue": f"{NOTHING}it is applied, as release 1",
    "set-up-payments": f"{NOTHING}it writes to the provider, and nothing here",
}


def run(app: Flask, *args: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=args, input=typed)


def left(session: Session) -> list[tuple[str, str, str, int | None]]:
    """Kind, author, request and object of each line."""
    found = [(it.kind, it.author, it.request_id, it.object_id) for it in lines(session)]
    session.rollback()
    return found


def test_each_command_is_in_the_table(app: Flask) -> None:
    """Caught: `recover-payments` left out."""
    others = {"db", "run", "shell", "routes"}
    assert app.cli.commands.keys() - others == COMMANDS.keys()


def test_who_is_made_an_admin_or_given_a_password(app: Flask, session: Session) -> None:
    """Caught: `admin_created` for a password; a line for a password that was refused."""
    assert run(app, "create-admin", ADMIN, typed="short").exit_code == 1
    assert kinds(session) == []
    for _time in range(2):
        assert run(app, "create-admin", ADMIN, typed=PASSWORD).exit_code == 0
    assert left(session) == [("admin_created", "", "", 1), ("password_changed", "", "", 1)]
    assert [line.details for line in lines(session)] == [{"email": ADMIN}, {}]


def test_who_was_out_of_the_team_and_is_back(app: Flask, admin: str, session: Session) -> None:
    """Caught: a new password alone, in the activity and in what the command says."""
    for column in ("disabled_at", "removed_at"):
        with writing(session):
            setattr(session.get_one(Admin, 1), column, datetime.now(UTC))
        said = run(app, "create-admin", admin, typed=PASSWORD).output
        assert said == f"{admin} can sign in again, as owner, with the new password.\n"
    assert [line.kind for line in lines(session)] == ["password_changed", "admin_enabled"] * 2


def test_the_first_admin_is_made_by_nobody(app: Flask, database: str, session: Session) -> None:
    with app.app_context():
        for _start in range(2):
            prepare_first_admin(config_for(database))
    assert left(session) == [("admin_created", "", "", 1)]


def test_a_second_factor_is_reset_once(app: Flask, admin: str, session: Session) -> None:
    """Caught: a line for who has none."""
    set_up_app(session, admin)
    for _time in range(2):
        assert run(app, "reset-second-factor", admin).exit_code == 0
    assert left(session) == [("second_factor_reset", "", "", 1)]


def test_wallets_are_blocked_and_unblocked_once(
    app: Flask, wallet: TestWallet, engine: Engine, session: Session
) -> None:
    """Caught: a line for a wallet that is blocked already."""
    wallet.bought(10, 1)
    session.rollback()
    change = "UPDATE lot SET free = free - 1, spent = spent + 1 WHERE number = 1"
    change_by_hand(engine, change, guarded=True)
    for command in (["verify-ledger", "--block"], ["unblock-wallet", str(wallet.id)]):
        for _time in range(2):
            run(app, *command)
    expected = [(kind, "", "", wallet.id) for kind in ("wallet_blocked", "wallet_unblocked")]
    assert left(session) == expected


def test_no_backup_has_its_name_without_a_line(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: `record` after `back_up`, and before it, which leaves a line for a file that was
    there already."""
    file = tmp_path / "backup"
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", killed)
        with pytest.raises(Killed):
            run(app, "backup", str(file))
    assert (kinds(session), file.exists()) == (["backup_made"], False)
    for status in (0, 1):
        assert run(app, "backup", str(file)).exit_code == status
    assert left(session) == [("backup_made", "", "", None)] * 2


class Killed(BaseException):
    """No error, so nothing catches it."""


def killed(*_: object) -> None:
    raise Killed


def test_a_database_that_cannot_be_written_is_backed_up_all_the_same(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of an older Scrip, before it is brought up to date. Caught: no `except`."""

    def insert_in_vain(session: Session, *_: object) -> None:
        session.execute(text("INSERT INTO not_there VALUES (1)"))

    monkeypatch.setattr(import_module("commands.backup"), "record", insert_in_vain)
    done = run(app, "backup", str(tmp_path / "backup"))
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("The activity does not say so: ")
    assert ((tmp_path / "backup").exists(), kinds(session)) == (True, [])


def test_a_recovery_leaves_its_line_before_anything_comes_back(
    database: str, session: Session, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: `write(session, note)` after the purchases; before the provider is asked."""
    assert recover(database, free_port(), "2026-11-24")[0] == 1
    assert kinds(session) == []
    provider = Stripe(simulator.key, simulator.secret, simulator.url)
    started = begin(session, new_buyer(session), package_on_sale(session))
    open_checkout(session, provider, started.checkout_id)
    session.rollback()
    monkeypatch.setattr(recovering, "_recover", killed)
    with pytest.raises(Killed):
        recover(database, simulator.port, "2026-11-24")
    assert left(session) == [("payments_recovered", "", "", None)]
