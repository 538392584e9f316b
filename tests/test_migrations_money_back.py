"""Money that was back before an upgrade takes no credits after it: people had decided about it."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.purchases.models import Purchase
from domain.purchases.queries import list_refunds
from tests.conftest import migrate
from tests.test_migrations import migrate_to

COLUMNS = (
    "id, key, customer_id, package_id, released_id, release_number, name, credits, price_minor,"
    " currency, country, language, tax, tax_basis_points, tax_minor, consent, buyer_company,"
    " buyer_tax_number, mode, provider, created_at, state, card_brand, card_last4,"
    " card_was_confirmed, paid_at, version, tries"
)
NOW = "'2026-01-01 00:00:00'"


def add_old(engine: Engine, amounts: list[int]) -> None:
    """Purchases of before: 100 credits for 19.99, of which so much went back."""
    with engine.connect().execution_options(writing=True) as connection:
        run = connection.exec_driver_sql
        for statement in SCENE:
            run(statement)
        for number, amount in enumerate(amounts, 1):
            run(
                f"INSERT INTO purchase ({COLUMNS}) VALUES ({number}, '{number:032}', 1, 1, 1, 1,"  # noqa: S608
                f" 'Start', 100, 1999, 'EUR', 'DE', 'de', 'nothing', 0, 0, '2026-11', '', '',"
                f" 'test', 'stripe', {NOW}, 'paid', '', '', FALSE, {NOW}, 1, 0)"
            )
            run(
                "INSERT INTO purchase_step (purchase_id, kind, data, at)"  # noqa: S608
                f" VALUES ({number}, 'credited', '{{}}', {NOW})"
            )
            run(
                "INSERT INTO checkout (key, purchase_id, language, return_url, cancel_url, network,"  # noqa: S608
                " created_at, expires_at, state, ref, payment_ref, url)"
                f" VALUES ('{number:032}', {number}, 'de', '', '', '', {NOW}, {NOW}, 'paid',"
                f" 'cs_{number}', 'pi_{number}', '')"
            )
            if amount:
                run(
                    "INSERT INTO payment_refund (purchase_id, ref, amount_minor, currency, status,"  # noqa: S608
                    f" seen_at, changed_at) VALUES ({number}, 're_{number}', {amount}, 'EUR',"
                    f" 'succeeded', {NOW}, {NOW})"
                )
        connection.commit()


SCENE = (
    "INSERT INTO credit_package (id, name, credits, price_minor, currency, country, short_info,"
    " rank, version, search_text) VALUES (1, 'Start', 100, 1999, 'EUR', 'DE', '', 1, 1, '')",
    "INSERT INTO release (number, created_at, live_from, revision_id, author, note) VALUES"
    " (1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0, 'ana@example.com', '')",
    "INSERT INTO released_package (id, release_number, item_id, is_gone, name, credits,"
    " price_minor, currency, country, short_info, rank) VALUES"
    " (1, 1, 1, FALSE, 'Start', 100, 1999, 'EUR', 'DE', '', 1)",
    "INSERT INTO customer (id, subject, language, created_at)"
    " VALUES (1, 'x', 'de', '2026-01-01 00:00:00')",
)


def test_what_was_back_takes_no_credits(empty_database: str) -> None:
    """Caught: credits of an old refund taken by the next sync, besides those that an admin took by
    hand; an old dispute that no forecast knows of."""
    migrate_to(empty_database, "0018")
    engine = connect(empty_database)
    add_old(engine, [0, 1, 1000, 1999])
    engine.dispose()
    migrate(empty_database)
    engine = connect(empty_database)
    with Session(engine) as session:
        purchases = [session.get_one(Purchase, number) for number in range(1, 5)]
        assert [one.forgiven_credits for one in purchases] == [0, 1, 51, 100]
        assert [one.payment_ref for one in purchases] == ["pi_1", "pi_2", "pi_3", "pi_4"]
        assert [one.payment_ref for one in list_refunds(session, 3)] == ["pi_3"]
    engine.dispose()
