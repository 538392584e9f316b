"""Lives of purchases: buyers who pay, are declined, come back late or never, and whose money goes
back."""

from collections.abc import Callable
from functools import partial

from domain.purchases.rules import State
from tests.buyers import Buyer
from tests.simulator import ASKS, DISPUTED, NO_FUNDS, REFUND_FAILS, REFUND_PENDS


def pays(buyer: Buyer) -> None:
    buyer.pay(buyer.begin())
    buyer.maybe_return()


def is_declined_then_pays(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, NO_FUNDS)
    buyer.maybe_return()
    buyer.pay(session)


def is_asked_by_the_bank(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, ASKS, confirms=False)
    buyer.maybe_return()
    buyer.pay(session, ASKS)


def leaves(buyer: Buyer) -> None:
    buyer.expire(buyer.begin())


def is_declined_and_leaves(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, NO_FUNDS)
    buyer.maybe_return()
    buyer.expire(session)


def only_begins(buyer: Buyer) -> None:
    buyer.begin()


def pays_by_bank(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="succeeds", seconds=30)
    buyer.maybe_return()


def is_refused_by_the_bank(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="fails", seconds=30)
    buyer.maybe_return()


def is_refused_by_the_bank_then_pays(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="fails", seconds=0)
    buyer.wait_for(State.FAILED)
    buyer.pay(buyer.begin_again())
    buyer.maybe_return()


def pays_in_the_last_second(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.expire(session)
    buyer.maybe_return()
    buyer.now_or_later(partial(buyer.pay, session, late=True))


def pays_twice(buyer: Buyer) -> None:
    """In two tabs, of which the first was over for us."""
    first = buyer.begin()
    buyer.expire(first)
    buyer.wait_for(State.EXPIRED)
    second = buyer.begin_again()
    buyer.pay(second)
    buyer.now_or_later(partial(buyer.pay, first, late=True))


def has_a_part_back(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment, 500))


def has_all_back(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment))


def has_all_back_at_once(buyer: Buyer) -> None:
    buyer.refund(buyer.pay(buyer.begin()))


def waits_for_a_refund(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin(), REFUND_PENDS)
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment, 700))


def has_a_refund_that_fails(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin(), REFUND_FAILS)
    buyer.maybe_return()
    refund = buyer.refund(payment)
    buyer.now_or_later(partial(buyer.end_refund, refund, "failed"))


def loses_a_dispute(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    dispute = buyer.dispute(payment)
    buyer.now_or_later(partial(buyer.end_dispute, dispute, "lost"))


def wins_a_dispute(buyer: Buyer) -> None:
    dispute = buyer.dispute(buyer.pay(buyer.begin()))
    buyer.maybe_return()
    buyer.now_or_later(partial(buyer.end_dispute, dispute, "won"))


def disputes_at_once(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), DISPUTED)


def gets_a_part_back(buyer: Buyer) -> None:
    buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.refund_here(500)
    buyer.now_or_later(partial(buyer.refund_here, 7))


def gets_all_back(buyer: Buyer) -> None:
    buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.refund_here()


def gets_money_back_some_time(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), REFUND_PENDS)
    buyer.wait_for_credits()
    buyer.refund_here(999)


def gets_money_that_does_not_arrive(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), REFUND_FAILS)
    buyer.wait_for_credits()
    buyer.refund_here(1234)


def appeals_after_a_part_went_back(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.refund_here(333)
    dispute = buyer.dispute(payment)
    buyer.maybe_return()
    buyer.end_dispute(dispute, "lost")
    buyer.maybe_return()
    buyer.now_or_later(partial(buyer.end_dispute, dispute, "won"))


KINDS: tuple[Callable[[Buyer], None], ...] = (
    *(pays, is_declined_then_pays, is_asked_by_the_bank, leaves, is_declined_and_leaves),
    *(only_begins, pays_by_bank, is_refused_by_the_bank, is_refused_by_the_bank_then_pays),
    *(pays_in_the_last_second, pays_twice, has_a_part_back, has_all_back, has_all_back_at_once),
    *(waits_for_a_refund, has_a_refund_that_fails, loses_a_dispute, wins_a_dispute),
    *(disputes_at_once, gets_a_part_back, gets_all_back, gets_money_back_some_time),
    *(gets_money_that_does_not_arrive, appeals_after_a_part_went_back),
)
