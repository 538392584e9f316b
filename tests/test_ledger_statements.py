"""What a statement says, in English. Its other languages: test_translations."""

from datetime import timedelta

from domain.ledger import acts, corrections
from domain.ledger.queries import statement
from domain.ledger.rules import (
    ALLOWED_POSTINGS,
    ENTRY_GROUPS,
    ENTRY_KINDS,
    LOT_KINDS,
    PURPOSE_KINDS,
    Purpose,
)
from domain.ledger.statements import (
    GIVEN,
    GROUPS,
    HAPPENED,
    IN_LOT,
    LOTS,
    PURPOSES,
    describe,
    name_lots,
)
from tests.clock import Clock
from tests.wallets import TestWallet

CALL, EVENT = Purpose("call", "c-1"), Purpose("event", "e-1")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(wallet: TestWallet) -> list[tuple[str, str]]:
    """All lines in their order, each with its lots."""
    lines = reversed(statement(wallet.session, wallet.id))
    return [(str(describe(line)), "; ".join(name_lots(line))) for line in lines]


def test_there_are_words_for_all_that_can_happen() -> None:
    assert set(HAPPENED) == set(ENTRY_KINDS) - {"grant"}
    assert set(GIVEN) == set(LOTS) == set(LOT_KINDS)
    assert set(PURPOSES) == set(PURPOSE_KINDS)
    assert set(IN_LOT) == ALLOWED_POSTINGS - {("free", "carried")}


def test_each_kind_is_found_in_one_group() -> None:
    assert sorted(kind for group in ENTRY_GROUPS.values() for kind in group) == sorted(ENTRY_KINDS)
    assert set(GROUPS) == set(ENTRY_GROUPS)


def test_what_is_given_and_spent(wallet: TestWallet, clock: Clock) -> None:
    """Caught: two purchases as two parts that nobody can tell apart; an end at midnight named by
    the day after."""
    midnight = clock.now.replace(month=4, hour=0)
    wallet.bought(10, 1)
    wallet.bought(5, 2)
    wallet.gift(4, midnight)
    wallet.entry(acts.grant, 1, kind="campaign", source="campaign:1", actor="scrip")
    wallet.spend(17, EVENT)
    wallet.entry(acts.reverse, 5, cause="provider", credits=14, actor="platform:1")
    wallet.entry(corrections.adjust, 3, reason="lost", actor="admin:1")
    wallet.entry(corrections.adjust, -1, reason="typo", actor="admin:1")
    clock.set(midnight)
    wallet.do(acts.settle)
    assert told(wallet) == [
        ("10 credits bought", "Bought credits: 10 added"),
        ("5 credits bought", "Bought credits: 5 added"),
        ("Gift of 4 credits", "Gift until 31 Mar 2027: 4 added"),
        ("Bonus of 1 credit", "Bonus: 1 added"),
        (
            "17 credits spent on event e-1",
            "Gift until 31 Mar 2027: 4 spent; Bonus: 1 spent; Bought credits: 12 spent",
        ),
        (
            "14 spent credits given back",
            "Bought credits: 12 given back; Bonus: 1 given back; "
            "Gift until 31 Mar 2027: 1 given back",
        ),
        ("Correction: 3 credits added", "Correction: 3 added"),
        ("Correction: 1 credit removed", "Gift until 31 Mar 2027: 1 taken back"),
    ]


def test_what_expires(wallet: TestWallet, clock: Clock) -> None:
    wallet.gift(4, clock.now + DAY)
    clock.go_on(days=1)
    wallet.gift(1)
    assert told(wallet)[1] == ("4 credits expired", "Gift until 2 Mar 2027: 4 expired")


def test_a_hold_that_is_captured(wallet: TestWallet, clock: Clock) -> None:
    """Caught: "12 held credits spent" beside a change of +8; the lot that goes on as a gift of its
    own, "8 added"."""
    wallet.bought(30, 1)
    wallet.gift(20, clock.now + HOUR)
    number = wallet.hold(19, CALL, lasts=DAY).hold
    wallet.do(acts.extend, number, lasts=2 * DAY, actor="customer:1")
    wallet.do(acts.extend, number, credits=1, actor="customer:1")
    clock.go_on(hours=1)
    wallet.do(acts.capture, number, credits=2, final=False, actor="platform:1")
    wallet.do(acts.capture, number, credits=10, actor="platform:1")
    gift = "Gift until 1 Mar 2027"
    assert told(wallet)[2:] == [
        ("19 credits held for call c-1", f"{gift}: 19 held"),
        ("Hold updated for call c-1", ""),
        ("1 more credit held for call c-1", f"{gift}: 1 held"),
        ("2 held credits spent on call c-1", f"{gift}: 2 spent"),
        (
            "10 of 18 held credits spent on call c-1, 8 given back",
            f"{gift}: 10 spent, 8 given back, 8 good until 15 Mar 2027",
        ),
    ]


def test_a_hold_that_is_given_back(wallet: TestWallet, clock: Clock) -> None:
    """Caught: "0 held credits spent" of a call that nobody took."""
    wallet.gift(5, clock.now + HOUR)
    wallet.bought(5, 1)
    called = wallet.hold(3, CALL, credits_per_unit=1, lasts=DAY).hold
    booked = wallet.hold(4, Purpose("appointment", "A-17"), lasts=DAY).hold
    wallet.do(acts.capture, called, used=0, final=False, actor="platform:1")
    clock.go_on(hours=1)
    wallet.do(acts.void, booked, cause="customer", actor="customer:1")
    wallet.do(acts.capture, called, used=0, actor="platform:1")
    gift = "Gift until 1 Mar 2027"
    assert told(wallet)[4:] == [
        ("Hold updated (call c-1)", ""),
        (
            "4 held credits given back (appointment A-17), 2 expired",
            f"Bought credits: 2 given back; {gift}: 2 given back, 2 expired",
        ),
        (
            "3 held credits given back (call c-1)",
            f"{gift}: 3 given back, 3 good until 15 Mar 2027",
        ),
    ]


def test_a_hold_that_times_out(wallet: TestWallet, clock: Clock) -> None:
    """Caught: nothing said of the units that were captured then."""
    wallet.bought(30, 1)
    terms = {"credits_per_unit": 3, "on_time_out": "capture_used"}
    number = wallet.hold(20, CALL, **terms).hold
    wallet.do(acts.extend, number, used=4, actor="platform:1")
    wallet.hold(6, EVENT)
    clock.go_on(hours=1)
    wallet.do(acts.settle)
    wallet.gift(1)
    assert told(wallet)[4:6] == [
        (
            "Hold of 20 credits timed out (call c-1), 12 spent, 8 given back",
            "Bought credits: 12 spent, 8 given back",
        ),
        (
            "Hold of 6 credits timed out (event e-1), 6 given back",
            "Bought credits: 6 given back",
        ),
    ]


def test_credits_that_come_back_pay_a_debt(wallet: TestWallet) -> None:
    """Caught: 30 given back, 10 of them free, and no word of the rest."""
    wallet.bought(20, 1)
    wallet.gift(10)
    wallet.spend(30, EVENT)
    wallet.entry(corrections.revoke, 20, purchase_id=1, may_owe=True, actor="scrip")
    wallet.entry(acts.reverse, 3, cause="provider", actor="platform:1")
    assert told(wallet)[3:] == [
        ("20 credits taken back, 20 owed", "Bought credits: 20 owed"),
        (
            "30 spent credits given back, 20 paid a debt",
            "Bought credits: 20 no longer owed; Gift: 10 given back",
        ),
    ]


def test_a_debt(wallet: TestWallet) -> None:
    """Caught: a gift of 30 that makes 18 free, and no word of the rest."""
    wallet.bought(50, 1)
    wallet.gift(10)
    wallet.spend(35, EVENT)
    wallet.bought(15, 2)
    wallet.entry(corrections.revoke, 50, purchase_id=1, may_owe=True, actor="scrip")
    wallet.gift(4)
    wallet.entry(corrections.forgive, 2, reason="sorry", actor="admin:1")
    assert told(wallet)[4:] == [
        (
            "50 credits taken back, 15 paid with other credits, 10 owed",
            "Bought credits: 25 taken back, 25 owed, 15 paid a debt, 15 no longer owed",
        ),
        (
            "Gift of 4 credits, 4 paid a debt",
            "Gift: 4 added, 4 paid a debt; Bought credits: 4 no longer owed",
        ),
        ("2 owed credits forgiven", "Bought credits: 2 forgiven"),
    ]


def test_a_dispute(wallet: TestWallet, clock: Clock) -> None:
    wallet.bought(10, 1, expires_at=clock.now + 2 * DAY)
    frozen = wallet.entry(corrections.freeze, 10, purchase_id=1, actor="scrip")
    clock.go_on(days=1)
    wallet.entry(corrections.unfreeze, frozen.seq, actor="scrip")
    wallet.entry(corrections.freeze, 4, purchase_id=1, actor="scrip")
    wallet.entry(corrections.revoke, 6, purchase_id=1, may_owe=False, actor="scrip")
    bought = "Bought credits until 3 Mar 2027"
    assert told(wallet)[1:] == [
        ("10 credits frozen", f"{bought}: 10 frozen"),
        (
            "10 frozen credits available again",
            f"{bought}: 10 available again, 10 good until 4 Mar 2027",
        ),
        ("4 credits frozen", "Bought credits until 4 Mar 2027: 4 frozen"),
        ("6 credits taken back", "Bought credits until 4 Mar 2027: 6 taken back"),
    ]
