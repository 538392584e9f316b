"""Which parts of a price the provider can carry. Pure."""

# Three decimals, of which the last is 0; and a currency of which nobody carries the decimals.
_STEPS = {**dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 10), "MGA": 100}


def step_of(currency: str) -> int:
    """Prices, and parts of them that go back, are multiples of so many minor units."""
    return _STEPS.get(currency, 1)
