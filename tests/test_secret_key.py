"""Which keys a start in production takes, and which it refuses."""

import base64
import random
import uuid
from collections.abc import Callable
from string import ascii_lowercase, digits

import pytest

from secret_key import MAKE_A_KEY, can_be_guessed

DJANGO = f"{ascii_lowercase}{digits}!@#$%^&*(-_=+)"
EXAMPLES = 2_000

Make = Callable[[random.Random], str]


def _urlsafe(chance: random.Random, length: int = 48) -> str:
    return base64.urlsafe_b64encode(chance.randbytes(length)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "make",
    [
        _urlsafe,
        lambda chance: _urlsafe(chance, 24),
        lambda chance: base64.b64encode(chance.randbytes(32)).decode(),
        lambda chance: chance.randbytes(16).hex(),
        lambda chance: chance.randbytes(32).hex(),
        lambda chance: uuid.UUID(bytes=chance.randbytes(16), version=4).hex,
        lambda chance: str(uuid.UUID(bytes=chance.randbytes(16), version=4)),
        lambda chance: "".join(chance.choices(DJANGO, k=50)),
        lambda chance: "".join(chance.choices(digits, k=40)),
    ],
    ids=["urlsafe", "short", "base64", "hex-16", "hex-32", "uuid", "uuid-", "django", "digits"],
)
def test_random_keys_are_taken(make: Make) -> None:
    """Each of thousands. Caught: three characters in a row that are also elsewhere called known."""
    chance = random.Random(17)  # noqa: S311 - the same ones each time
    refused = [key for key in (make(chance) for _ in range(EXAMPLES)) if can_be_guessed(key)]
    assert refused == []


@pytest.mark.parametrize(
    "key",
    [
        "abc" * 12,
        "secret" * 6,
        "hN3xW-5qVbT0zRk7" * 2,  # as long as it must be, half as good
        "my-company-name-2026-my-company-name-2026",
        "0123456789" * 4,
        "0123456789abcdef" * 2,
        "fedcba9876543210" * 3,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ZYXWVUTSRQPONMLKJIHGFEDCBA987654",
        "a1a2a3a4a5a6a7a8a9b1b2b3b4b5b6b7b8b9",
        "1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p",
        "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQq",
        "100101102103104105106107108109110111",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "qazwsxedcrfvtgbyhnujmikolpqazwsxedc",
        "changeme-changeme-changeme-changeme-",
        "your-secret-key-here-please-change-it",
        "this-is-a-very-long-secret-value-please-replace",
        "django-insecure-hN3xW-5qVbT0zRk7pYc1gLs9uJf2aEdM",
        "00000000-0000-0000-0000-000000000000",
        "12345678-1234-1234-1234-123456789012",
        "# the output of the command above, kept",
        MAKE_A_KEY,  # what our guide and our own sentences say, not its output
        f"$({MAKE_A_KEY})",
        "$(head -c 32 /dev/urandom | base64)",
        "d41d8cd98f00b204e9800998ecf8427e",  # head -c 32 /dev/random-with-a-slip | md5sum
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ],
)
def test_keys_that_repeat_count_or_wait_to_be_replaced_are_refused(key: str) -> None:
    """Caught: a count of the different characters alone, which the alphabet passes."""
    assert can_be_guessed(key)
