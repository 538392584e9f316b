"""A hundred thousand customers to measure with, and a million entries in their wallets.

One wallet is planned as acts plan; the others are copies of it, made in the database, with other
ends and debts. Act by act it would take hours. Only the first of them verifies.
"""

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    insert,
    select,
    text,
    update,
)

from domain.customers.models import Customer, CustomerContact, CustomerTag, CustomerWord
from domain.customers.rules import search_words
from domain.ledger.models import lot, wallet
from tools.bench.wallets import TABLES, fill, without_guards

FIRST_NAMES = (
    *("Ayşe", "Mehmet", "Elif", "Zeynep", "Mustafa", "Fatma", "Emre", "Deniz", "Can", "İrem"),
    *("Anna", "Maximilian", "Sophie", "Jonas", "Katharina", "Lukas", "Marie", "Paul", "Lena"),
    *("James", "Chidera", "Oliver", "Amelia", "Daniel", "Grace", "Misaki", "Haruto", "Layla"),
    *("Omar", "Fatima", "Yusuf", "Nour", "Chloé", "Hugo", "Lucía", "Mateo", "Olga", "Ivan"),
)
SYLLABLES = ("ka", "ra", "de", "mir", "yıl", "oğ", "lu", "berg", "son", "stein", "to", "sa", "ber")
PLACES = ("TR", "TR", "TR", "DE", "DE", "GB", "US", "JP", "FR", "ES", "AE", None)
TAGS = ("VIP", "Company", "Student", "Beta")
ROWS_AT_ONCE = 20_000
JOINED = datetime(2025, 1, 1, tzinfo=UTC)
# Of so many customers one has a gift that ends soon, one owes credits, one is invited.
ONE_IN = 50


def add_many(engine: Engine, customers: int, entries: int, most: int) -> None:
    """So many customers, each with so many entries in their wallet, and the last with `most`."""
    fill(engine, 1, 1, entries)
    fill(engine, customers, 1, most)
    with without_guards(engine) as connection:
        for first in range(1, customers + 1, ROWS_AT_ONCE):
            add_people(connection, range(first, min(first + ROWS_AT_ONCE, customers + 1)))
        for table in TABLES:
            _copy(connection, table, range(2, customers))
        _vary(connection)
        connection.commit()
        if engine.dialect.name == "postgresql":  # as its autovacuum does after a while
            connection.execute(text("ANALYZE"))
            connection.commit()


def add_people(connection: Connection, ids: range) -> None:
    """Customers with these numbers, and the words by which they are found."""
    dice = random.Random(ids[0])  # noqa: S311 - no secret
    people = [(id, *_person(id, dice)) for id in ids]
    connection.execute(
        insert(Customer),
        [
            {"id": id, "subject": f"s{id}", "country": dice.choice(PLACES), "language": "en"}
            | {"created_at": JOINED + timedelta(minutes=id)}
            | {"last_sign_in_at": None if id % ONE_IN == 2 else JOINED + timedelta(days=300)}
            for id, _, _ in people
        ],
    )
    connection.execute(
        insert(CustomerContact),
        [
            {"customer_id": id, "name": name, "email": email, "email_key": email}
            for id, name, email in people
        ],
    )
    connection.execute(
        insert(CustomerWord),
        [
            {"customer_id": id, "word": word}
            for id, name, email in people
            for word in search_words(name, email)
        ],
    )
    tags = [{"customer_id": id, "tag": dice.choice(TAGS)} for id in ids if id % 5 == 0]
    connection.execute(insert(CustomerTag), tags)


def _person(id: int, dice: random.Random) -> tuple[str, str]:
    last = "".join(dice.choices(SYLLABLES, k=3)).capitalize()
    name = f"{dice.choice(FIRST_NAMES)} {last}"
    return name, f"{last.lower()}.{id}@posta.example"


def _copy(connection: Connection, table: Table, ids: range) -> None:
    """The rows of the first wallet, once for each of these customers."""
    number = Customer.id.label("number")
    numbers = select(number).where(Customer.id.between(ids[0], ids[-1])).subquery()
    own = {"id", "customer_id"} if table is wallet else {"wallet_id"}
    values = [numbers.c.number if c.name in own else c for c in table.c]
    first = table.c.id == 1 if table is wallet else table.c.wallet_id == 1
    copied = select(*values).select_from(table.join(numbers, first))
    connection.execute(insert(table).from_select(list(table.c.keys()), copied))


def _vary(connection: Connection) -> None:
    """Gifts that end in some days, and debts."""
    ends = datetime.now(UTC) + timedelta(days=20)
    one_in = (wallet.c.id % ONE_IN == 0, wallet.c.id % ONE_IN == 1)
    connection.execute(update(wallet).where(one_in[0]).values(next_due=ends))
    some = select(wallet.c.id).where(one_in[0])
    gifts = update(lot).where(lot.c.wallet_id.in_(some), lot.c.number == 1)
    connection.execute(gifts.values(kind="gift", expires_at=ends))
    connection.execute(update(wallet).where(one_in[1]).values(owed=25, free=0))
