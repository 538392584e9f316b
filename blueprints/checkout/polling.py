"""How often the page after paying asks, and for how long. Pure."""

WAITS = (2, 3, 5, 8, 13)
LONGEST = 20
LASTS = 300


def seconds_until(asked: int) -> int:
    """How long to wait before asking again, after having asked so often."""
    return WAITS[asked] if asked < len(WAITS) else LONGEST


MOST = len(WAITS) + (LASTS - sum(WAITS)) // LONGEST
