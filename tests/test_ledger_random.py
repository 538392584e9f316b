"""All acts at random while time goes on: what the ledger holds is what the rules say."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from domain.ledger import acts, corrections
from domain.ledger.book import Entry
from domain.ledger.queries import who_pays
from domain.ledger.rules import Purpose
from domain.ledger.wallets import block_wallet, close_wallet, unblock_wallet
from tests.clock import Clock
from tests.ledger_machine import Pair, WalletMachine
from tests.ledger_model import Model
from tests.soak import naming_seed

# Most things happen to the one pair, so that much happens to it.
PAIRS = st.sampled_from([0, 0, 0, 1])
CREDITS = st.integers(1, 12)
PURPOSES = st.integers(1, 60).map(lambda number: Purpose("call", f"call-{number}"))
LASTS = st.sampled_from([1, 24, 48, 240]).map(lambda hours: timedelta(hours=hours))
CAUSES = st.sampled_from(["customer", "provider", "platform"])
PURCHASES = st.integers(1, 3)
# The price of a unit, if any, and what happens when a hold times out.
TERMS = st.sampled_from(
    [(None, "give_back"), (2, "give_back"), (1, "capture_used"), (3, "capture_used")]
)
UNITS = st.none() | st.integers(0, 6)
MOMENT = timedelta(milliseconds=1)
SHIFTS = st.sampled_from([-MOMENT, 0 * MOMENT, MOMENT])


class Spending(WalletMachine):
    """Each act is done twice under one key, to two wallets of which one is settled in between.

    Caught: no settling first; `<` for `<=` where a lot ends; a time-out at the time of its
    settling; a capture after a void; owed credits ignored by a spend; what was spent given back in
    the order it was taken; no look for the source before a grant.
    """

    @initialize(
        bought=CREDITS, given=CREDITS, spent=CREDITS, held=CREDITS, lasts=LASTS, data=st.data()
    )
    def begin(
        self,
        bought: int,
        given: int,
        spent: int,
        held: int,
        lasts: timedelta,
        data: Any,  # noqa: ANN401
    ) -> None:
        """A common story, so that short runs have something to go on with."""
        self.buy(1, bought, 1, 1, None)
        self.buy(0, bought, 1, 1, data.draw(st.none() | LASTS))
        self.give(0, given, "gift", 1, lasts)
        self.buy(0, held, 2, 1, None)
        self.spend(0, min(spent, bought), Purpose("call", "call-1"))
        self.hold(0, held, Purpose("call", "call-2"), data.draw(LASTS), *data.draw(TERMS))

    def end(self, lasts: timedelta | None) -> datetime | None:
        return None if lasts is None else self.clock.now + lasts

    def a_hold(self, data: Any, index: int) -> tuple[Pair, int]:  # noqa: ANN401
        """Mostly an open one."""
        pair, numbers = self.with_any("holds", index)
        drawn = data.draw(st.sampled_from([*pair.model.open_holds() * 2, numbers[-1]]))
        return pair, drawn

    def with_any(self, what: str, index: int) -> tuple[Pair, list[int]]:
        """The pair, or the other one if it has none of these."""
        both = (self.pairs[index], self.pairs[1 - index])
        return next(
            (pair, numbers) for pair in both if (numbers := list(getattr(pair.model, what)))
        )

    def have(self, what: str) -> bool:
        return any(getattr(pair.model, what) for pair in self.pairs)

    # What time does.

    @rule(hours=st.sampled_from([1, 5, 24, 48, 24 * 15]))
    def time_goes_on(self, hours: int) -> None:
        self.clock.go_on(hours=hours)

    @rule(data=st.data(), shift=SHIFTS)
    def time_goes_on_to_an_end(self, data: Any, shift: timedelta) -> None:  # noqa: ANN401
        ends = [end + shift for pair in self.pairs for end in pair.model.ends()]
        if later := sorted({end for end in ends if end > self.clock.now}):
            self.clock.set(data.draw(st.sampled_from(later)))

    @rule(pair=PAIRS, most=st.sampled_from([None, 1]))
    def settle(self, pair: int, most: int | None) -> None:
        self.pairs[pair].swept.do(acts.settle, most=most)

    @rule(pair=PAIRS, data=st.data(), shift=SHIFTS)
    def look_back(self, pair: int, data: Any, shift: timedelta) -> None:  # noqa: ANN401
        ats = [self.clock.now, *(one[2] for one in self.pairs[pair].model.entries)]
        moment = data.draw(st.sampled_from(ats)) + shift
        self.looks_back(self.pairs[pair], min(moment, self.clock.now))

    @rule(pair=PAIRS)
    def count_lots(self, pair: int) -> None:
        self.counts_lots(self.pairs[pair])

    # What gives credits.

    @rule(
        pair=PAIRS,
        credits=CREDITS,
        purchase=PURCHASES,
        part=st.integers(1, 2),
        lasts=st.none() | LASTS,
    )
    def buy(
        self, pair: int, credits: int, purchase: int, part: int, lasts: timedelta | None
    ) -> None:
        """A purchase has two lots at most, one of them a bonus; each is given once."""
        ends, source = self.end(lasts), f"purchase:{purchase}:{part}"
        self.both(
            self.pairs[pair],
            lambda model: model.grant(credits, "bought", source, ends, purchase),
            acts.grant,
            credits,
            **{"kind": "bought", "source": source, "expires_at": ends},
            **{"purchase_id": purchase, "actor": "scrip"},
        )

    @rule(
        pair=PAIRS,
        credits=CREDITS,
        kind=st.sampled_from(["gift", "campaign"]),
        number=st.integers(1, 60),
        lasts=st.sampled_from([None, timedelta(0)]) | LASTS,
    )
    def give(
        self, pair: int, credits: int, kind: str, number: int, lasts: timedelta | None
    ) -> None:
        ends, source = self.end(lasts), f"gift:{number}"
        self.both(
            self.pairs[pair],
            lambda model: model.grant(credits, kind, source, ends, None),
            acts.grant,
            credits,
            **{"kind": kind, "source": source, "expires_at": ends, "actor": "admin:1"},
        )

    @rule(pair=PAIRS, size=CREDITS, is_up=st.booleans(), lasts=st.none() | LASTS)
    def adjust(self, pair: int, size: int, is_up: bool, lasts: timedelta | None) -> None:
        change, ends = size if is_up else -size, self.end(lasts)
        self.both(
            self.pairs[pair],
            lambda model: model.adjust(change, ends),
            corrections.adjust,
            change,
            **{"reason": "mistake", "expires_at": ends, "actor": "admin:1"},
        )

    # What uses them.

    @rule(pair=PAIRS, credits=CREDITS, purpose=PURPOSES)
    def spend(self, pair: int, credits: int, purpose: Purpose) -> None:
        """It was said before which lots would pay."""
        wallets = self.pairs[pair]
        asked = who_pays(self.session, wallets.plain.id, credits)
        done = self.both(
            wallets,
            lambda model: model.spend(credits, purpose.id),
            acts.spend,
            credits,
            purpose,
            actor="customer:1",
        )
        if isinstance(done, Entry):
            assert isinstance(asked, list)
            paid = [(posting.lot, posting.credits) for posting in done.postings]
            assert [(payer.lot, payer.credits) for payer in asked] == paid

    @rule(pair=PAIRS, credits=CREDITS, purpose=PURPOSES, lasts=LASTS, terms=TERMS)
    def reserve(
        self,
        pair: int,
        credits: int,
        purpose: Purpose,
        lasts: timedelta,
        terms: tuple[int | None, str],
    ) -> None:
        self.hold(pair, credits, purpose, lasts, *terms)

    def hold(
        self,
        pair: int,
        credits: int,
        purpose: Purpose,
        lasts: timedelta,
        price: int | None,
        on_time_out: str,
    ) -> None:
        self.both(
            self.pairs[pair],
            lambda model: model.hold(credits, purpose.id, lasts, on_time_out, price),
            acts.hold,
            credits,
            purpose,
            **{"lasts": lasts, "on_time_out": on_time_out, "credits_per_unit": price},
            actor="customer:1",
        )

    @precondition(lambda self: self.have("holds"))
    @rule(
        pair=PAIRS,
        data=st.data(),
        credits=st.none() | CREDITS,
        units=UNITS,
        used=UNITS,
        lasts=st.none() | LASTS,
    )
    def extend(
        self,
        pair: int,
        data: Any,  # noqa: ANN401
        credits: int | None,
        units: int | None,
        used: int | None,
        lasts: timedelta | None,
    ) -> None:
        wallets, number = self.a_hold(data, pair)
        price = wallets.model.holds[number]["price"]
        if price is None:
            units = used = None

        def wanted(model: Model) -> Any:  # noqa: ANN401
            more = credits or 0
            if units is not None:
                more = max(0, units * price - model.holds[number]["taken"])
            return model.extend(number, more, lasts, used)

        terms = {"credits": credits, "units": units, "used": used, "lasts": lasts}
        self.both(wallets, wanted, acts.extend, number, **terms, actor="customer:1")

    @precondition(lambda self: self.have("holds"))
    @rule(pair=PAIRS, data=st.data(), part=st.none() | CREDITS, used=UNITS, final=st.booleans())
    def capture(
        self,
        pair: int,
        data: Any,  # noqa: ANN401
        part: int | None,
        used: int | None,
        final: bool,
    ) -> None:
        wallets, number = self.a_hold(data, pair)
        if wallets.model.holds[number]["price"] is None:
            used = None
        else:
            part = None
        self.both(
            wallets,
            lambda model: model.capture(number, part, used, final=final),
            acts.capture,
            number,
            **{"credits": part, "used": used, "final": final},
            actor="customer:1",
        )

    @precondition(lambda self: self.have("holds"))
    @rule(pair=PAIRS, data=st.data(), cause=CAUSES)
    def void(self, pair: int, data: Any, cause: str) -> None:  # noqa: ANN401
        wallets, number = self.a_hold(data, pair)
        self.both(
            wallets,
            lambda model: model.void(number, cause),
            acts.void,
            number,
            **{"cause": cause, "actor": "customer:1"},
        )

    # What takes back.

    @precondition(lambda self: self.have("spent"))
    @rule(pair=PAIRS, data=st.data(), credits=st.none() | CREDITS, cause=CAUSES)
    def reverse(self, pair: int, data: Any, credits: int | None, cause: str) -> None:  # noqa: ANN401
        wallets, seqs = self.with_any("spent", pair)
        seq = data.draw(st.sampled_from(seqs))
        self.both(
            wallets,
            lambda model: model.reverse(seq, credits, cause),
            acts.reverse,
            seq,
            **{"credits": credits, "cause": cause, "actor": "admin:1"},
        )

    @rule(
        pair=PAIRS,
        credits=CREDITS | st.just(99),
        purchase=PURCHASES,
        may_owe=st.sampled_from([True, True, False]),
    )
    def revoke(self, pair: int, credits: int, purchase: int, may_owe: bool) -> None:
        self.both(
            self.pairs[pair],
            lambda model: model.revoke(credits, purchase, may_owe=may_owe),
            corrections.revoke,
            credits,
            **{"purchase_id": purchase, "may_owe": may_owe, "actor": "admin:1"},
        )

    @rule(pair=PAIRS)
    def run_into_debt(self, pair: int) -> None:
        """All is spent, and then the payments go away."""
        now = self.now(self.pairs[pair])
        if credits := now.total("free"):
            self.spend(pair, credits, Purpose("event", f"event-{now.seq}"))
        for purchase in (1, 2, 3):
            self.revoke(pair, 99, purchase, may_owe=True)

    @rule(pair=PAIRS, credits=CREDITS, purchase=PURCHASES)
    def freeze(self, pair: int, credits: int, purchase: int) -> None:
        self.both(
            self.pairs[pair],
            lambda model: model.freeze(credits, purchase),
            corrections.freeze,
            credits,
            **{"purchase_id": purchase, "actor": "admin:1"},
        )

    @precondition(lambda self: self.have("frozen_by"))
    @rule(pair=PAIRS, data=st.data())
    def unfreeze(self, pair: int, data: Any) -> None:  # noqa: ANN401
        wallets, seqs = self.with_any("frozen_by", pair)
        seq = data.draw(st.sampled_from(seqs))
        self.both(
            wallets, lambda model: model.unfreeze(seq), corrections.unfreeze, seq, actor="admin:1"
        )

    @precondition(lambda self: self.have("frozen_by"))
    @rule(pair=PAIRS, data=st.data(), credits=CREDITS, may_owe=st.booleans())
    def lose(self, pair: int, data: Any, credits: int, may_owe: bool) -> None:  # noqa: ANN401
        """A dispute for which credits were frozen."""
        wallets, seqs = self.with_any("frozen_by", pair)
        seq = data.draw(st.sampled_from(seqs))
        purchase = wallets.model.frozen_of[seq]
        self.both(
            wallets,
            lambda model: model.revoke(credits, purchase, may_owe=may_owe, freeze=seq),
            corrections.revoke,
            credits,
            **{"purchase_id": purchase, "may_owe": may_owe, "freeze": seq, "actor": "admin:1"},
        )

    @precondition(lambda self: any(pair.model.total("owed") for pair in self.pairs))
    @rule(pair=PAIRS, credits=CREDITS)
    def forgive(self, pair: int, credits: int) -> None:
        self.both(
            self.pairs[pair],
            lambda model: model.forgive(credits),
            corrections.forgive,
            credits,
            **{"reason": "goodwill", "actor": "admin:1"},
        )

    # What becomes of the wallet.

    @rule(pair=PAIRS)
    def block_or_unblock(self, pair: int) -> None:
        model = self.pairs[pair].model
        is_open = model.status == "open"
        if model.status != "closed":
            model.status = "blocked" if is_open else "open"
        for one in (self.pairs[pair].plain, self.pairs[pair].swept):
            one.do(block_wallet, reason="dispute") if is_open else one.do(unblock_wallet)
        self.touched = [self.pairs[pair]]

    @precondition(lambda self: len(self.pairs[1].model.entries) > 5)
    @rule()
    def close(self) -> None:
        self.both(self.pairs[1], lambda model: model.close(), close_wallet)


IS_SOAK = settings.get_current_profile_name() == "soak"


def test_the_ledger_does_what_the_model_says(session: Session, clock: Clock) -> None:
    machine = type("Machine", (Spending,), {"session": session, "clock": clock})
    with naming_seed() as chosen:
        run_state_machine_as_test(
            seed(chosen)(machine),
            settings=settings(
                max_examples=300 if IS_SOAK else 4,
                stateful_step_count=50 if IS_SOAK else 12,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
