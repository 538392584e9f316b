"""Amounts as Stripe counts them."""

import pytest
from babel import Locale

from domain import money
from domain.purchases.payments.stripe_money import from_stripe, problem, to_stripe

# What the provider receives for a price, as a person writes it.
RECEIVED = {
    ("19.99", "USD"): 1999,
    ("19.99", "EUR"): 1999,
    ("1299.50", "TRY"): 129950,
    ("500", "JPY"): 500,
    ("1500", "ISK"): 150000,
    ("20000", "UGX"): 2000000,
    ("4.500", "KWD"): 4500,
    ("25000", "MGA"): 25000,
    ("30000", "KRW"): 30000,
    ("4990", "HUF"): 499000,
}
REFUSED = {
    ("0.49", "EUR"): "The payment provider takes no less than €0.50.",
    ("49", "JPY"): "The payment provider takes no less than ¥50.",
    ("174.99", "HUF"): "The payment provider takes no less than HUF\u00a0175.00.",
    ("4.505", "KWD"): "The payment provider takes no such fractions. Use KWD\u00a04.500.",
    ("0.005", "KWD"): "The payment provider takes no such fractions. Use KWD\u00a00.010.",
    ("25000.50", "MGA"): "The payment provider takes no such fractions. Use MGA\u00a025,000.00.",
    ("5", "GHS"): "The payment provider does not take GHS.",
    ("1000000", "USD"): "The payment provider takes no price of $1,000,000.00 or more.",
    ("1000000", "ISK"): "The payment provider takes no price of ISK\u00a01,000,000 or more.",
}


def minor(price: str, currency: str) -> int:
    return money.parse(price, currency, Locale("en"), shown=price)


@pytest.mark.parametrize(("price", "currency"), RECEIVED)
def test_amounts_are_what_stripe_takes_for_the_price(price: str, currency: str) -> None:
    """Caught: yen times a hundred, and krona of Iceland as ISO 4217 has them."""
    amount = RECEIVED[price, currency]
    assert to_stripe(minor(price, currency), currency) == amount
    assert from_stripe(amount, currency) == minor(price, currency)
    assert problem(minor(price, currency), currency) is None


@pytest.mark.parametrize(("price", "currency"), REFUSED)
def test_prices_that_stripe_refuses_are_named(price: str, currency: str) -> None:
    assert problem(minor(price, currency), currency) == REFUSED[price, currency]


def test_every_currency_on_offer_comes_back_as_it_was_sent() -> None:
    for currency in money.CURRENCIES:
        for price in (100_000, 1_234_500, 99_000_000):
            sent = to_stripe(price, currency)
            assert from_stripe(sent, currency) == price, currency
