"""The book of credits: checking it, and the wallets that were blocked for it."""

import sys
from functools import partial

import click
from flask.cli import with_appcontext

from commands.failures import failing_in_one_line
from domain.activity.recording import NOBODY, Object, record
from domain.database import AnySession, write
from domain.ledger import wallets
from domain.ledger.guards import missing_guards
from domain.ledger.verify import Verified
from extensions import db
from readiness import refuse_missing_tables


@click.command("verify-ledger")
@click.option("--block", is_flag=True, help="Block the wallets that do not agree.")
@with_appcontext
def verify_ledger(block: bool) -> None:
    """Replay the ledger while Scrip runs, and list all that does not agree.

    Exit status 1 when there is anything. Nothing is mended: docs/ledger.md says what to do.
    """
    with failing_in_one_line():
        refuse_missing_tables(db.engine)
        missing = missing_guards(db.session)
        for name in missing:
            click.echo(f"The database lacks the guard {name}.")
        verified, wrong = Verified(db.session), set()
        for difference in verified.differences():
            click.echo(difference)
            wrong.add(difference.wallet_id)
        click.echo(
            f"Wallets: {verified.wallets}, entries: {verified.entries},"
            f" postings: {verified.postings}. {_sum_up(len(wrong), len(missing))}"
        )
        if block:
            click.echo(_block(sorted(wrong)))
    sys.exit(1 if wrong or missing else 0)


def _sum_up(wrong: int, missing: int) -> str:
    counted = (("Wallets that do not agree", wrong), ("Guards that are not there", missing))
    return " ".join(f"{what}: {count}." for what, count in counted if count) or "All agree."


def _block(wrong: list[int]) -> str:
    """Those that are open; a wallet whose row is gone, blocked or closed stays as it is."""
    blocked = [str(id) for id in wrong if write(db.session, partial(do_block, wallet_id=id))]
    return f"Blocked: wallets {', '.join(blocked)}." if blocked else "Blocked: none."


def do_block(session: AnySession, wallet_id: int) -> bool:
    """With its line of the activity, if it was open."""
    was_open = wallets.block_wallet(session, wallet_id, reason="verify-ledger")
    if was_open:
        record(session, "wallet_blocked", NOBODY, Object("wallet", wallet_id))
    return was_open


@click.command("unblock-wallet")
@click.argument("id", type=int)
@with_appcontext
def unblock_wallet(id: int) -> None:
    """Let credits of wallet ID be spent and held again."""
    with failing_in_one_line():
        refuse_missing_tables(db.engine)
        if not write(db.session, partial(do_unblock, wallet_id=id)):
            raise click.ClickException(f"Wallet {id} is not blocked.")
    click.echo(f"Wallet {id} is open again.")


def do_unblock(session: AnySession, wallet_id: int) -> bool:
    """With its line of the activity, if it was blocked."""
    was_blocked = wallets.unblock_wallet(session, wallet_id)
    if was_blocked:
        record(session, "wallet_unblocked", NOBODY, Object("wallet", wallet_id))
    return was_blocked
