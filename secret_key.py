"""The key that signs cookies: named by the operator, or made once and kept in a file."""

import contextlib
import os
import re
import secrets
from pathlib import Path

import private_files

MINIMUM_LENGTH = 32
MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
KEPT_KEY = re.compile(r"[\w-]{32,}", re.ASCII)
# What a key is made of as random text, but not as a word, a row of keys or a repetition.
FRESH_SHARE = 0.6
FEWEST_DIFFERENT = 7
# So many characters in a row that are also elsewhere are no chance.
FORETOLD = 4
TURNS = (1, 2, 3, 4)
# In random text of 64 signs these come once in a hundred million keys.
TELLTALE = (
    *("change-me", "change_me", "changeme", "development", "example", "insecure", "openssl"),
    *("password", "placeholder", "secret key", "secret-key", "secret_key", "secretkey"),
    *("token_hex", "token_urlsafe", "urandom", "uuidgen"),
    # MD5, SHA-1 and SHA-256 of nothing: what a pipe makes whose first command failed.
    *("d41d8cd98f00b204", "da39a3ee5e6b4b0d", "e3b0c44298fc1c14", "47deqpj8hbsa+/timw"),
)
SEQUENCES = (
    *("abcdefghijklmnopqrstuvwxyzabc", "01234567890123", "0123456789abcdef0123"),
    *("qwertyuiop[]", "qwertzuiopü", "azertyuiop", "asdfghjkl;'", "zxcvbnm,./", "yxcvbnm,.-"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()_+"),
)
WORDS = (
    *("admin", "base64", "change", "company", "default", "flask", "here", "live", "long", "must"),
    *("please", "production", "prod", "random", "replace", "safe", "scrip", "secret", "secure"),
    *("server", "some", "string", "super", "test", "text", "this", "token", "value", "very"),
    "your",
)
KNOWN = "\n".join((*SEQUENCES, *(line[::-1] for line in SEQUENCES), *WORDS))


class UnfitSecretKey(Exception):
    """In one sentence that names the variable and does not repeat its value."""


def read_secret_key(key: str, *, production: bool, instance: Path) -> str:
    """`key` where it is fit; without one, outside of production, that kept in `instance`."""
    if key and len(key) < MINIMUM_LENGTH:
        raise UnfitSecretKey(f"SECRET_KEY is too short. Use at least {MINIMUM_LENGTH} characters.")
    if key and production and can_be_guessed(key):
        raise UnfitSecretKey(f"SECRET_KEY can be guessed. Set it to the output of: {MAKE_A_KEY}")
    if key:
        return key
    if production:
        raise UnfitSecretKey(
            "SECRET_KEY is missing. In production, set it to a long random text, for example "
            f"the output of: {MAKE_A_KEY}"
        )
    try:
        return _kept_secret_key(instance / "secret_key")
    except OSError as problem:
        raise UnfitSecretKey(
            f"{problem.filename} cannot be written: {problem.strerror}. "
            "Run Scrip as the user who owns it, or set SECRET_KEY."
        ) from None


def can_be_guessed(key: str) -> bool:
    """Whether it repeats, counts, follows the keyboard, or says that it waits to be replaced.

    Our own: what judges passwords loads long lists, and each worker would do so when it starts.
    """
    text = key.lower()
    # A remark behind SECRET_KEY= in a file for systemd is its value, and everybody can read it.
    if text.startswith("# ") or any(word in text for word in TELLTALE):
        return True
    fresh = min((_fresh_in_turns(text, turns) for turns in TURNS), key=len)
    return len(fresh) < FRESH_SHARE * len(text) or len(set(fresh)) < FEWEST_DIFFERENT


def _fresh_in_turns(text: str, turns: int) -> str:
    """As of several texts whose characters take turns: of a1b2c3 they are abc and 123."""
    return "".join(_fresh(text[start::turns]) for start in range(turns))


def _fresh(text: str) -> str:
    """The characters that neither the text before them nor what everybody knows foretells."""
    fresh, at = "", 0
    while at < len(text):
        length = _foretold(text, at)
        if length < FORETOLD:
            fresh, length = fresh + text[at], 1
        at += length
    return fresh


def _foretold(text: str, at: int) -> int:
    """How many characters from `at` on are known, or stand together in the text before."""
    known, length = f"{KNOWN}\n{text[:at]}", 0
    while at + length < len(text) and text[at : at + length + 1] in known:
        length += 1
    return length


def _kept_secret_key(path: Path) -> str:
    """The key in the file; makes it when there is none, whole or not at all."""
    private_files.make_folder(path.parent)
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        private_files.make_file(made)
        made.write_text(secrets.token_urlsafe(48), "ascii")
        # Another start may have come first: then its key counts.
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    try:
        key = path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        key = ""
    if not KEPT_KEY.fullmatch(key):
        raise UnfitSecretKey(f"{path} is damaged. Delete it; everyone then signs in again.")
    return key
