"""The key and the secret that Scrip and the payment simulator share. Pure.

They follow from SECRET_KEY, so that nobody has to set them, and say what they are, so that nobody
takes them for Stripe's.
"""

import hashlib
import hmac

KEY_PREFIX = "sk_test_simulator_"
SECRET_PREFIX = "whsec_simulator_"  # noqa: S105 - the beginning of one


def simulator_key(secret_key: str) -> str:
    """What calls of the simulator show."""
    return KEY_PREFIX + _derived(secret_key, "key")


def simulator_secret(secret_key: str) -> str:
    """What its webhooks are signed with."""
    return SECRET_PREFIX + _derived(secret_key, "webhooks")


def is_simulators(text: str) -> bool:
    """Whether this is a key or a secret of the simulator."""
    return text.startswith((KEY_PREFIX, SECRET_PREFIX))


def _derived(secret_key: str, purpose: str) -> str:
    message = f"payment simulator: {purpose}"
    return hmac.digest(secret_key.encode(), message.encode(), hashlib.sha256).hex()[:32]
