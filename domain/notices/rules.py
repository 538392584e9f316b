"""Which notices there are, and how often admins may wish to get them. Pure."""

from typing import Literal, get_args

Frequency = Literal["off", "at_once", "daily"]
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)
Kind = Literal[
    "customer_joined", "credits_given", "purchase_paid", "purchase_held", "many_checkouts"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What an admin gets who chose nothing.
USUAL: dict[Kind, Frequency] = {
    "customer_joined": "off",
    "credits_given": "daily",
    "purchase_paid": "daily",
    "purchase_held": "at_once",
    "many_checkouts": "at_once",
}
KIND_CHARACTERS = 40
# More of one kind on one day are only counted.
MOST_LINES = 50
