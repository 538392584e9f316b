"""The triggers that guard the ledger's tables, by name; which of them are not there. A test holds
the names equal to those that migrations make."""

from sqlalchemy import text

from domain.database import AnySession

GUARDS = (
    *("entry_closes", "entry_follows_its_wallet", "entry_gives_lots_whole"),
    *("entry_is_never_deleted", "entry_is_never_updated", "entry_names_its_hold"),
    *("entry_spends_before_the_end", "hold_follows_entries", "hold_follows_postings"),
    *("hold_is_never_deleted", "hold_keeps_its_origin", "hold_starts_empty"),
    *("ledger_mode_is_never_deleted", "ledger_mode_is_never_updated", "lot_follows_postings"),
    *("lot_is_never_deleted", "lot_keeps_its_origin", "lot_starts_outside"),
    *("posting_is_carried", "posting_is_never_deleted", "posting_is_never_updated"),
    *("request_key_is_never_deleted", "request_key_is_never_updated", "wallet_closes_empty"),
    *("wallet_follows_its_book", "wallet_is_never_deleted", "wallet_keeps_its_origin"),
    "wallet_starts_empty",
)
TABLES = ("ledger_mode", "wallet", "lot", "hold", "entry", "posting", "request_key")
OF_DIALECT = {
    "sqlite": (*(f"{table}_is_never_replaced" for table in TABLES), "wallet_keeps_its_id"),
    "postgresql": tuple(f"{table}_is_never_truncated" for table in TABLES),
}
# On PostgreSQL one may be there and be switched off, for all or for a replica only.
THERE = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal"
        " AND tgenabled IN ('O', 'A')"
    ),
}


def missing_guards(session: AnySession) -> list[str]:
    dialect = session.connection().dialect.name
    there = set(session.scalars(THERE[dialect]))
    return sorted({*GUARDS, *OF_DIALECT[dialect]} - there)
