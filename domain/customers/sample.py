"""A dozen believable customers with half a year of credits, to try Scrip with."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from domain.customers import sessions
from domain.customers.claims import Claims
from domain.customers.customers import add_by_hand, enter_from_platform, verify_email
from domain.customers.models import Customer, CustomerNote, CustomerTag
from domain.customers.sample_story import Story, clock_at
from domain.database import AnySession, read_clock
from domain.ledger.rules import Mode
from domain.ledger.wallets import open_wallet

DEVICES = ("Chrome, Android", "Safari, iPhone", "Firefox, Windows")


class Sample(NamedTuple):
    """A customer: `story` acts in their wallet. `from_platform` is the platform's id for them."""

    name: str
    email: str
    country: str
    language: str
    joined: int
    story: Callable[[Story], None]
    tags: tuple[str, ...] = ()
    from_platform: str = ""
    note: str = ""


def ayse(story: Story) -> None:
    story.bought(58.4, 250, 114900, "TRY")
    story.spent(26.3, 150, "call", "C-2041")
    story.spent(17.1, 70, "event", "tax-evening")
    story.held(5.4, 30, "appointment", "A-1713", lasts=13)
    story.gift(5.2, 50, "Thank you for your patience", good_until=32)
    story.bought(0.3, 100, 49900, "TRY")


def maximilian(story: Story) -> None:
    story.months(182, 7, 1000, 16900, "EUR")
    call = story.held(6.5, 240, "call", "C-2107", lasts=1)
    story.captured(6.4, call, 180)
    story.bought(3.1, 1000, 16900, "EUR")


def misaki(story: Story) -> None:
    story.bought(9.3, 400, 10800, "JPY")
    story.spent(4.6, 200, "appointment", "A-1688")


def chidera(story: Story) -> None:
    story.months(150, 28, 300, 4699, "GBP")
    story.bought(27.2, 300, 4699, "GBP")
    story.spent(17.4, 40, "event", "tax-evening")
    story.held(4.2, 30, "appointment", "A-1702", lasts=14)
    story.held(2.1, 30, "appointment", "A-1711", lasts=10)
    story.gift(1.4, 50, "Your call dropped twice", good_until=13)
    story.spent(0.6, 10, "call", "C-2096")


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
    story.gift(27.3, 35, "Welcome to all new students", good_until=5)


def katharina(story: Story) -> None:
    story.bought(120.3, 300, 5490, "EUR")
    hold = story.held(101.2, 60, "appointment", "A-1402")
    story.voided(96.5, hold)
    story.spent(88.1, 300, "event", "summer-school")
    story.bought(30.2, 300, 5490, "EUR")
    story.refunded(29.4, 300)


def daniel(story: Story) -> None:
    story.months(183, 13, 2000, 32900, "USD")
    story.bought(12.3, 2000, 32900, "USD")
    story.held(1.5, 400, "event", "team-retreat", lasts=20)


def zeynep(story: Story) -> None:
    story.bought(33.4, 100, 49900, "TRY")
    story.spent(33.1, 40, "appointment", "A-1644")
    story.gift(32.9, 20, "Your expert came late", good_until=49)


def oliver(story: Story) -> None:
    story.bought(35.1, 100, 1699, "GBP")
    story.spent(30.6, 55, "call", "C-2013")
    story.corrected(30.1, -1, "One minute of call C-2013 was not counted")
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
        *(("Company",), "", "Her bank took her payment back. She knows."),
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
        with clock_at(session, now - timedelta(days=sample.joined)):
            customer_id = _add(session, sample, platform_id)
            wallet_id = open_wallet(session, customer_id, mode=mode)
        sample.story(Story(session, customer_id, wallet_id, now, zone, author))
        with clock_at(session, now - timedelta(days=min(sample.joined, 9))):
            _add_details(session, customer_id, sample, author)
        if sample.story is not nothing:
            with clock_at(session, now - timedelta(days=customer_id % 9 * 0.3)):
                sessions.open_session(session, customer_id, DEVICES[customer_id % len(DEVICES)])


def _add(session: AnySession, sample: Sample, platform_id: int) -> int:
    who = {"name": sample.name, "email": sample.email}
    if sample.from_platform:
        claims = Claims(sample.from_platform, **who, is_email_verified=True, country=sample.country)
        return enter_from_platform(session, platform_id, claims, sample.language)
    customer_id = add_by_hand(session, **who, language=sample.language, country=sample.country)
    if sample.story is not nothing:
        verify_email(session, customer_id, sample.email)
    return customer_id


def _add_details(session: AnySession, customer_id: int, sample: Sample, author: str) -> None:
    """Tags and a note."""
    session.add_all(CustomerTag(customer_id=customer_id, tag=tag) for tag in sample.tags)
    if sample.note:
        session.add(CustomerNote(customer_id=customer_id, author=author, text=sample.note))
    session.flush()
