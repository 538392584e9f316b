"""Which amounts Stripe takes: whole numbers of a currency's smallest unit, as Stripe has it. Krona
of Iceland and shilling of Uganda are in hundredths, though they have none."""

from decimal import Decimal

from babel.numbers import format_currency

from simulator.errors import ApiError

NO_DECIMALS = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv"),
        *("xaf", "xof", "xpf"),
    }
)
THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
WHOLE_HUNDREDS = frozenset(("isk", "ugx"))
SMALLEST = {
    **dict.fromkeys(("ars", "aud", "brl", "cad", "chf", "cop", "eur", "idr", "ils", "inr"), 50),
    **dict.fromkeys(("jpy", "krw", "nzd", "php", "rub", "sgd", "usd", "zar"), 50),
    **{"gbp": 30, "dkk": 250, "hkd": 400, "czk": 1500, "huf": 17500},
    **dict.fromkeys(("aed", "myr", "pln", "ron"), 200),
    **dict.fromkeys(("nok", "sek"), 300),
    **dict.fromkeys(("mxn", "thb"), 1000),
    "try": 1000,  # Stripe asks for the worth of half a dollar on the day, which is more
}
DIGITS = 8
MORE_DIGITS = {"inr": 9, "cop": 10, "huf": 10, "jpy": 10, "lbp": 10, "idr": 12}
NOT_TAKEN = frozenset(
    {
        *("btn", "cup", "ern", "ghs", "iqd", "irr", "kpw", "lyd", "mru", "sdg", "ssp", "stn"),
        *("syp", "tmt", "ves", "zwg"),
    }
)


def refuse_parts(amount: int, currency: str) -> None:
    """Raises ApiError for parts of a unit that cards cannot carry."""
    if currency in THREE_DECIMALS and amount % 10:
        raise ApiError(
            400,
            f"Invalid amount. {currency.upper()} amounts must be evenly divisible by 10.",
            code="invalid_charge_amount",
        )
    if currency in WHOLE_HUNDREDS and amount % 100:
        raise ApiError(
            400,
            f"Invalid amount. Currency {currency.upper()} has become effectively zero-decimal and"
            " charged amounts must be evenly divisible by 100.",
            code="invalid_charge_amount_no_decimal_compatible",
        )


def refuse_amount(amount: int, currency: str) -> None:
    """Raises ApiError, as Stripe refuses an amount to pay."""
    if len(currency) != 3 or currency in NOT_TAKEN:
        raise ApiError(400, f"Invalid currency: {currency}.", param="currency")
    refuse_parts(amount, currency)
    smallest, too_much = SMALLEST.get(currency, 1), 10 ** MORE_DIGITS.get(currency, DIGITS)
    if amount < smallest:
        raise ApiError(
            400,
            "The Checkout Session's total amount due must add up to at least "
            f"{write(smallest, currency)}",
            code="amount_too_small",
        )
    if amount >= too_much:
        raise ApiError(
            400,
            "The Checkout Session's total amount must be no more than "
            f"{write(too_much - 1, currency)}",
            code="amount_too_large",
        )


def decimals(currency: str) -> int:
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def write(amount: int, currency: str) -> str:
    """ "19.99 EUR"."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f} {currency.upper()}"


def write_for(language: str, amount: int, currency: str) -> str:
    """ "19,99 €", as readers of a language write it."""
    value = Decimal(amount).scaleb(-decimals(currency))
    return format_currency(value, currency.upper(), locale=language)
