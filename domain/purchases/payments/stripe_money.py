"""Amounts as Stripe counts them, and the prices that it would refuse. Pure.

From https://docs.stripe.com/currencies, as of November 2026.
"""

from domain import money
from domain.messages import Message, message
from domain.purchases.coins import step_of

# Where Stripe counts in other units than ISO 4217: of ISK and UGX by hundredths, of which it
# takes only whole hundreds.
_EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}
_NOT_TAKEN = frozenset(
    {
        *("BTN", "CUP", "ERN", "GHS", "IQD", "IRR", "KPW", "LYD", "MRU", "SDG", "SSP", "STN"),
        *("SYP", "TMT", "VES", "ZWG"),
    }
)
# In Stripe's units. Of other currencies it asks for about as much as 0.50 USD on the day.
_LEAST = {
    **dict.fromkeys(("ARS", "AUD", "BRL", "CAD", "CHF", "COP", "EUR", "IDR", "ILS", "INR"), 50),
    **dict.fromkeys(("JPY", "KRW", "NZD", "PHP", "RUB", "SGD", "USD", "ZAR"), 50),
    **{"GBP": 30, "DKK": 250, "HKD": 400, "CZK": 1500, "HUF": 17500},
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), 200),
    **dict.fromkeys(("NOK", "SEK"), 300),
    **dict.fromkeys(("MXN", "THB"), 1000),
}
_DIGITS = 8
_MORE_DIGITS = {"INR": 9, "COP": 10, "HUF": 10, "JPY": 10, "LBP": 10, "IDR": 12}


def to_stripe(minor: int, currency: str) -> int:
    """ValueError for an amount that Stripe cannot express: see `problem`."""
    amount, rest = divmod(minor * 10 ** _exponent(currency), 10 ** money.exponent(currency))
    if rest:
        raise ValueError(f"{minor} minor units of {currency} are no whole number for Stripe")
    return int(amount)


def from_stripe(amount: int, currency: str) -> int:
    """Minor units as ISO 4217 has them; less than one is left out, as none is ever paid."""
    return int(amount * 10 ** money.exponent(currency) // 10 ** _exponent(currency))


def problem(minor: int, currency: str) -> Message | None:
    """Why Stripe would refuse this price; None when it takes it."""
    if currency in _NOT_TAKEN:
        return message("The payment provider does not take %(currency)s.", currency=currency)
    step = step_of(currency)
    if minor % step:
        near = money.Price(minor - minor % step or step, currency)
        return message("The payment provider takes no such fractions. Use %(near)s.", near=near)
    if minor < (least := from_stripe(_LEAST.get(currency, 0), currency)):
        price = money.Price(least, currency)
        return message("The payment provider takes no less than %(least)s.", least=price)
    if to_stripe(minor, currency) >= 10 ** _MORE_DIGITS.get(currency, _DIGITS):
        most = 10 ** _MORE_DIGITS.get(currency, _DIGITS)
        price = money.Price(from_stripe(most, currency), currency)
        return message("The payment provider takes no price of %(most)s or more.", most=price)
    return None


def _exponent(currency: str) -> int:
    return _EXPONENTS.get(currency, money.exponent(currency))
