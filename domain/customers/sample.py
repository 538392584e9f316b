"""A dozen believable customers with half a year of credits, to try Scrip with."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, event, exists, select

from domain.customers import sessions
from domain.customers.claims import Claims
from domain.customers.customers import add_by_hand, enter_from_platform, verify_email
from domain.customers.models import Customer, CustomerNote, CustomerTag
from domain.database import AnySession, read_clock
from domain.ledger import acts, corrections
from domain.ledger.book import Entry, Outcome
from domain.ledger.rules import Mode, Purpose
from domain.ledger.validity import end_of_validity
from domain.ledger.wallets import open_wallet

# What the database's clock is written as in statements; the tests of the ledger know more of it.
CLOCKS = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "postgresql": "(clock_timestamp() AT TIME ZONE 'UTC')",
}
ACTOR = "scrip"
ADMIN_ACTOR = "admin:1"
# No purchase has such a number, so nothing that happens to one reaches these.
FIRST_PURCHASE = 10**15


class Sample(NamedTuple):
    """A customer: `story` acts in their wallet. `from_platform` is the platform's id for them."""

    name: str
    email: str
    country: str
    language: str
    joined: int
    story: "Callable[[Story], None]"
    tags: tuple[str, ...] = ()
    from_platform: str = ""
    note: str = ""


class Story:
    """What happens in one wallet, told by how many days ago it was."""

    def __init__(self, session: AnySession, wallet_id: int, now: datetime, zone: ZoneInfo) -> None:
        self._session, self._wallet_id = session, wallet_id
        self._now, self._zone = now, zone
        self._chance = random.Random(wallet_id)  # noqa: S311 - nothing secret
        self._count = self._purchase = 0

    def bought(self, ago: float, credits: int, price: int, currency: str) -> None:
        self._purchase = self._next()
        paid = {"paid_minor": price, "currency": currency}
        paid["purchase_id"] = FIRST_PURCHASE + self._purchase
        terms = {"kind": "bought", "source": f"sample:{self._purchase}", **paid}
        self._do(ago, acts.grant, credits, actor=ACTOR, **terms)

    def gift(self, ago: float, credits: int, *, good_until: int | None = None) -> None:
        """Until the end of the day that is `good_until` days from now."""
        end = good_until and end_of_validity(self._now, self._zone, days=good_until)
        terms = {"kind": "gift", "source": f"sample:{self._next()}", "reason": "gift"}
        self._do(ago, acts.grant, credits, expires_at=end or None, actor=ADMIN_ACTOR, **terms)

    def spent(self, ago: float, credits: int, kind: str, name: str) -> Entry:
        return self._do(ago, acts.spend, credits, Purpose(kind, name), actor=ACTOR)

    def held(self, ago: float, credits: int, kind: str, name: str, lasts: int = 30) -> int:
        done = self._do(
            ago, acts.hold, credits, Purpose(kind, name), lasts=timedelta(days=lasts), actor=ACTOR
        )
        return done.hold or 0

    def captured(self, ago: float, hold: int, credits: int | None = None) -> None:
        self._do(ago, acts.capture, hold, credits=credits, actor=ACTOR)

    def voided(self, ago: float, hold: int) -> None:
        self._do(ago, acts.void, hold, cause="provider", actor=ACTOR)

    def given_back(self, ago: float, spent: Entry, credits: int) -> None:
        terms = {"cause": "provider", "credits": credits, "actor": ACTOR}
        self._do(ago, acts.reverse, spent.seq, **terms)

    def corrected(self, ago: float, change: int) -> None:
        terms = {"reason": "correction", "actor": ADMIN_ACTOR}
        self._do(ago, corrections.adjust, change, **terms)

    def refunded(self, ago: float, credits: int) -> None:
        """The last purchase; what of it was spent is owed."""
        terms = {"purchase_id": FIRST_PURCHASE + self._purchase, "may_owe": True, "actor": ACTOR}
        self._do(ago, corrections.revoke, credits, **terms)

    def months(self, start: int, end: int, credits: int, price: int, currency: str) -> None:
        """Buys each month, and uses most of it on calls and appointments in the weeks after."""
        for month in range(start, end + 22, -30):
            self.bought(month - 0.2, credits, price, currency)
            for week in (22, 15, 8):
                part = round(credits * self._chance.uniform(0.15, 0.3))
                kind = self._chance.choice(("call", "appointment"))
                self.spent(month - 30 + week - self._chance.random(), part, kind, self._name())

    def _do(self, ago: float, act: Callable[..., Outcome], *args: object, **terms: Any) -> Entry:  # noqa: ANN401
        with telling(self._session, self._now - timedelta(days=ago)):
            done = act(self._session, self._wallet_id, *args, **terms)
        if not isinstance(done, Entry):
            raise TypeError(done)
        return done

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _name(self) -> str:
        return f"{self._wallet_id}-{self._next():03}"


def ayse(story: Story) -> None:
    story.bought(58.4, 300, 114900, "TRY")
    story.spent(26.3, 200, "call", "C-2041")
    story.spent(17.1, 70, "event", "tax-evening")
    story.gift(5.2, 50, good_until=31)
    story.held(2.4, 30, "appointment", "A-1713", lasts=10)
    story.bought(0.3, 100, 49900, "TRY")


def maximilian(story: Story) -> None:
    story.months(182, 7, 1000, 16900, "EUR")
    call = story.held(6.5, 240, "call", "C-2107", lasts=1)
    story.captured(6.4, call, 180)
    story.bought(3.1, 2000, 31900, "EUR")


def misaki(story: Story) -> None:
    story.bought(9.3, 400, 10800, "JPY")
    story.spent(4.6, 200, "appointment", "A-1688")


def chidera(story: Story) -> None:
    story.months(150, 28, 300, 4699, "GBP")
    story.bought(27.2, 1000, 14400, "GBP")
    story.spent(17.4, 40, "event", "tax-evening")
    story.gift(11.1, 50, good_until=13)
    story.spent(7.3, 10, "call", "C-2096")
    story.held(4.2, 30, "appointment", "A-1702", lasts=14)
    story.held(2.1, 30, "appointment", "A-1711", lasts=10)


def nothing(_story: Story) -> None:
    pass


def sophie(story: Story) -> None:
    story.bought(62.1, 300, 5490, "EUR")
    story.spent(50.2, 275, "event", "founders-day")
    story.spent(40.4, 20, "call", "C-1987")
    story.refunded(18.2, 30)


def james(story: Story) -> None:
    story.bought(20.2, 100, 1999, "USD")
    spent = story.spent(15.4, 75, "call", "C-2055")
    story.given_back(14.9, spent, 10)
    story.spent(9.1, 10, "call", "C-2079")
    story.held(1.2, 20, "appointment", "A-1716", lasts=9)


def elif_(story: Story) -> None:
    story.gift(27.3, 35, good_until=5)


def katharina(story: Story) -> None:
    story.bought(120.3, 300, 5490, "EUR")
    hold = story.held(101.2, 60, "appointment", "A-1402")
    story.voided(96.5, hold)
    story.spent(88.1, 300, "event", "summer-school")
    story.bought(30.2, 300, 5490, "EUR")


def daniel(story: Story) -> None:
    story.months(183, 13, 2000, 32900, "USD")
    story.bought(12.3, 10000, 149000, "USD")
    story.held(1.5, 400, "event", "team-retreat", lasts=20)


def zeynep(story: Story) -> None:
    story.bought(33.4, 100, 49900, "TRY")
    story.gift(32.9, 20, good_until=49)
    story.spent(12.2, 40, "appointment", "A-1644")


def oliver(story: Story) -> None:
    story.bought(35.1, 100, 1699, "GBP")
    story.spent(30.6, 55, "call", "C-2013")
    story.corrected(30.1, -1)
    story.bought(21.4, 100, 1699, "GBP")


PEOPLE = (
    Sample("Oliver Nkemelu-Smith", "oliver.ns@mail.example", "GB", "en", 36, oliver),
    Sample("Zeynep Demirtaş", "zeynep@demirtas.example", "TR", "tr", 34, zeynep),
    Sample(
        *("Daniel Reyes", "daniel@reyesdesign.example", "US", "en", 185, daniel),
        *(("VIP",), "u_70112", "Wants one invoice for the whole team."),
    ),
    Sample(
        *("Katharina Oberhauser-Wiesinger", "k.oberhauser@posteo.example", "DE", "de", 121),
        katharina,
    ),
    Sample("Elif Şahin", "elif.sahin@posta.example", "TR", "tr", 28, elif_, ("Student",)),
    Sample("James Whitfield", "j.whitfield@mail.example", "US", "en", 21, james),
    Sample(
        *("Sophie Lefebvre", "sophie@atelier-lefebvre.example", "DE", "de", 63, sophie),
        *(("Company",), "", "Her bank took the payment of 18 October back. She knows."),
    ),
    Sample("Mehmet Ali Karahanoğlu", "mehmetali.k@posta.example", "TR", "tr", 14, nothing),
    Sample(
        *("Chidera Okonkwo", "chidera@okonkwo.example", "GB", "en", 152, chidera, ("VIP",)),
        *("u_81834", "Call dropped twice. Promised 50 credits."),
    ),
    Sample("佐藤 美咲", "misaki.sato@mail.example", "JP", "en", 10, misaki),
    Sample(
        *("Maximilian von Hohenstein-Bauer", "m.hohenstein@bauer-maschinen.example", "DE", "de"),
        *(184, maximilian, ("Company",)),
    ),
    Sample("Ayşe Yıldırım", "ayse.yildirim@posta.example", "TR", "tr", 59, ayse),
)


def is_empty(session: AnySession) -> bool:
    """Whether there never was a customer."""
    return not session.scalar(select(exists(select(Customer.id))))


def load(session: AnySession, *, platform_id: int, mode: Mode, zone: ZoneInfo, author: str) -> None:
    """Adds them, those of the platform too; `author` is the admin who wrote the notes."""
    now = read_clock(session)
    for sample in sorted(PEOPLE, key=lambda one: -one.joined):
        with telling(session, now - timedelta(days=sample.joined)):
            customer_id = _add(session, sample, platform_id)
            wallet_id = open_wallet(session, customer_id, mode=mode)
        sample.story(Story(session, wallet_id, now, zone))
        with telling(session, now - timedelta(days=min(sample.joined, 9))):
            _know(session, customer_id, sample, author)


def _add(session: AnySession, sample: Sample, platform_id: int) -> int:
    who = {"name": sample.name, "email": sample.email}
    if sample.from_platform:
        claims = Claims(sample.from_platform, **who, is_email_verified=True, country=sample.country)
        return enter_from_platform(session, platform_id, claims, sample.language)
    return add_by_hand(session, **who, language=sample.language, country=sample.country)


def _know(session: AnySession, customer_id: int, sample: Sample, author: str) -> None:
    """Tags, a note, and the last sign-in of those who were not only invited."""
    session.add_all(CustomerTag(customer_id=customer_id, tag=tag) for tag in sample.tags)
    if sample.note:
        session.add(CustomerNote(customer_id=customer_id, author=author, text=sample.note))
    if sample.story is not nothing:
        verify_email(session, customer_id, sample.email)
        sessions.open_session(session, customer_id, "Chrome, Android")
    session.flush()


@contextmanager
def telling(session: AnySession, moment: datetime) -> Iterator[None]:
    """While this lasts, the clock that Scrip asks for in this session shows `moment`."""
    connection = session.connection()
    clock = CLOCKS[connection.dialect.name]
    shown = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    told = f"'{shown}'" if connection.dialect.name == "sqlite" else f"TIMESTAMP '{shown}'"

    def tell(
        _connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return statement.replace(clock, told), parameters

    event.listen(connection, "before_cursor_execute", tell, retval=True)
    try:
        yield
    finally:
        session.flush()
        event.remove(connection, "before_cursor_execute", tell)
