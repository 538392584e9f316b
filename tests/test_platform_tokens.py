"""Hand-over tokens: which open, for how long, and only once."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.customers import rules as customers_rules
from domain.database import AnySession, write, writing
from domain.platforms import keys, platforms, tokens
from domain.platforms.errors import HandOverRefused, Reason
from domain.platforms.models import PlatformKey, UsedToken
from domain.platforms.tokens import HandOver, read_token, use_up
from tests.clock import NOON, Clock
from tests.hosts import SCRIP, SECRET_KEY, Host, make_key, new_host
from tests.meeting import Meeting

AT = NOON.timestamp()
SECOND = timedelta(seconds=1)
THREADS = 20
Sign = Callable[[Host], str]
Act = Callable[[Session, Host], object]


@pytest.fixture
def host(clock: Clock, session: Session) -> Host:  # noqa: ARG001 - for its effect
    return new_host(session)


def read(session: Session, token: str, secret_key: str = SECRET_KEY) -> HandOver:
    session.rollback()
    audience = (SCRIP, "localhost")
    return read_token(session, token, audience=audience, secret_key=secret_key)[0]


def outcome(session: Session, token: str, secret_key: str = SECRET_KEY) -> Reason | None:
    """Why the token is refused; None when it is not."""
    try:
        read(session, token, secret_key)
    except HandOverRefused as refused:
        return refused.reason
    return None


def signed(**changes: Any) -> Sign:  # noqa: ANN401
    return lambda host: host.token(AT, **changes)


def unsigned(host: Host) -> str:
    return jwt.encode(host.claims(AT), None, "none", {"kid": host.key.id})


def raw(header: object, payload: str = "{}", host: Host | None = None) -> str:
    parts = [json.dumps(header) if not isinstance(header, str) else header, payload]
    packed = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts]
    signature = jwt.get_algorithm_by_name("HS256").sign(
        ".".join(packed).encode(), (host.key.secret if host else "x").encode()
    )
    return ".".join([*packed, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])


def says(algorithm: str) -> Sign:
    """Names this algorithm, and is signed as HS256."""
    header = {"alg": algorithm}
    return lambda host: raw(header | {"kid": host.key.id}, json.dumps(host.claims(AT)), host)


def payload(text: str) -> Sign:
    """Signed as it should be, with a body that is no usual JSON."""
    return lambda host: raw({"alg": "HS256", "kid": host.key.id}, text, host)


def moment(name: str, text: str) -> Sign:
    def sign(host: Host) -> str:
        claims = json.dumps(host.claims(AT) | {name: "HERE"}).replace('"HERE"', text)
        return raw({"alg": "HS256", "kid": host.key.id}, claims, host)

    return sign


TOKENS: dict[str, tuple[Sign, Reason | None]] = {
    "good": (signed(), None),
    "for the host": (signed(aud="localhost"), None),
    "for us among others": (signed(aud=["https://other.example", SCRIP]), None),
    "good for five minutes": (signed(exp=AT + 300), None),
    "times with fractions": (signed(iat=AT - 0.5, exp=AT + 299.5), None),
    "a second early": (signed(iat=AT + 1), None),
    "a second late": (signed(iat=AT - 60, exp=AT - 1), None),
    "four seconds late": (signed(iat=AT - 60, exp=AT - 4), None),
    "good from now": (signed(nbf=AT + 1), None),
    "subject of 255": (signed(sub="ş" * 255), None),
    "subject with spaces": (signed(sub=" a b "), None),
    "jti of 200": (signed(jti="j" * 200), None),
    "jti of half a letter": (signed(jti="\ud800"), None),
    "nbf null": (moment("nbf", "null"), None),
    "six minutes": (signed(exp=AT + 360), Reason.LIFE),
    "six minutes, at its end": (signed(iat=AT - 350, exp=AT + 10), Reason.LIFE),
    "expired": (signed(iat=AT - 60, exp=AT - 5), Reason.EXPIRED),
    "ends before it begins": (signed(exp=AT - 60), Reason.EXPIRED),
    "early": (signed(iat=AT + 6, exp=AT + 60), Reason.EARLY),
    "not yet good": (signed(nbf=AT + 6), Reason.EARLY),
    "foreign audience": (signed(aud="https://other.example"), Reason.AUDIENCE),
    "our name in another": (signed(aud=f"{SCRIP}.evil.example"), Reason.AUDIENCE),
    "other port": (signed(aud=f"{SCRIP}:81"), Reason.AUDIENCE),
    "slash behind": (signed(aud=f"{SCRIP}/"), Reason.AUDIENCE),
    "audience is a number": (signed(aud=7), Reason.AUDIENCE),
    "none": (unsigned, Reason.ALGORITHM),
    "RS256": (says("RS256"), Reason.ALGORITHM),
    "HS512": (says("HS512"), Reason.ALGORITHM),
    "other secret": (signed(secret="s" * 43), Reason.SIGNATURE),
    "unknown key": (signed(headers={"kid": "abcdefghijkl"}), Reason.KEY_UNKNOWN),
    "strange key": (signed(headers={"kid": "a\0' OR 1=1"}), Reason.KEY_UNKNOWN),
    "no key": (lambda host: raw({"alg": "HS256"}, "{}", host), Reason.KEY_UNKNOWN),
    "no exp": (signed(exp=None), Reason.CLAIM_MISSING),
    "no iat": (signed(iat=None), Reason.CLAIM_MISSING),
    "no jti": (signed(jti=None), Reason.CLAIM_MISSING),
    "no sub": (signed(sub=None), Reason.CLAIM_MISSING),
    "no aud": (signed(aud=None), Reason.CLAIM_MISSING),
    "empty jti": (signed(jti=""), Reason.JTI),
    "jti of 201": (signed(jti="j" * 201), Reason.JTI),
    "jti is a number": (moment("jti", "7"), Reason.JTI),
    "empty subject": (signed(sub=""), Reason.SUBJECT),
    "subject of 256": (signed(sub="u" * 256), Reason.SUBJECT),
    "subject is a number": (moment("sub", "7"), Reason.SUBJECT),
    "subject with NUL": (signed(sub="u\0"), Reason.SUBJECT),
    "invisible subject": (signed(sub="u\u200b"), Reason.SUBJECT),
    "subject of half a letter": (signed(sub="\ud800"), Reason.SUBJECT),
    "exp is a text": (moment("exp", '"1"'), Reason.MALFORMED),
    "exp is true": (moment("exp", "true"), Reason.MALFORMED),
    "exp is NaN": (moment("exp", "NaN"), Reason.MALFORMED),
    "exp is infinite": (moment("exp", "Infinity"), Reason.MALFORMED),
    "exp is beyond all": (moment("exp", f"1{'0' * 400}"), Reason.MALFORMED),
    "exp has 5,000 digits": (moment("exp", "1" * 5000), Reason.MALFORMED),
    "iat before the calendar": (moment("iat", "-1"), Reason.MALFORMED),
    "a list": (payload("[]"), Reason.MALFORMED),
    "deep": (payload("[" * 3000), Reason.MALFORMED),
    "deep header": (lambda host: raw("[" * 3000, "{}", host), Reason.MALFORMED),
    "huge": (signed(name="n" * 9000), Reason.MALFORMED),
    "empty": (lambda _: "", Reason.MALFORMED),
    "two parts": (lambda _: "e30.e30", Reason.MALFORMED),
    "junk": (lambda _: "\0\ud800….=.=", Reason.MALFORMED),
    "must be understood": (signed(headers={"crit": ["b64"], "b64": False}), Reason.MALFORMED),
}


def test_each_token_opens_or_says_why_not(session: Session, host: Host) -> None:
    """Caught, each by its line: `algorithms` taken from the token's header; no leeway, and one of
    a minute; `exp` compared with the clock alone, so that a token lived for a day; `aud` compared
    by its beginning; NaN, which is neither before nor after anything; 5,000 digits and 3,000
    brackets, which raised what nobody caught."""
    found = {name: outcome(session, sign(host)) for name, (sign, _) in TOKENS.items()}
    assert found == {name: reason for name, (_, reason) in TOKENS.items()}


def test_what_a_token_says_is_read(session: Session, host: Host) -> None:
    audience = [SCRIP]
    token = host.token(AT, sub=" Ü ", email="a@b.example", jti="one")
    found, claims = read_token(session, token, audience=audience, secret_key=SECRET_KEY)
    assert (claims["sub"], claims["email"]) == (" Ü ", "a@b.example")
    assert (found.key_id, found.platform_id) == (host.key.id, host.platform_id)
    assert found.ends_at == NOON + timedelta(seconds=65)


def test_subjects_fit_into_the_customers_table() -> None:
    """Caught: 255 here and 200 there."""
    assert tokens.SUBJECT_CHARACTERS == customers_rules.SUBJECT_CHARACTERS


def revoke(session: Session, host: Host) -> None:
    keys.revoke_key(session, host.platform_id, host.key.id)


def remove(session: Session, host: Host) -> None:
    platforms.remove(session, host.platform_id)


@pytest.mark.parametrize(
    ("act", "reason"), [(revoke, Reason.KEY_REVOKED), (remove, Reason.PLATFORM_REMOVED)]
)
def test_revoking_and_removing_work_at_once(
    session: Session, host: Host, act: Act, reason: Reason
) -> None:
    """Caught: a token that was read before was still let in."""
    token = host.token(AT)
    found = read(session, token)
    with writing(session):
        act(session, host)
    assert outcome(session, token) == reason
    with pytest.raises(HandOverRefused) as refused, writing(session):
        use_up(session, found, SECRET_KEY)
    assert refused.value.reason == reason


def test_while_keys_change_both_work(session: Session, host: Host) -> None:
    with writing(session):
        other = Host(host.platform_id, make_key(session, host.platform_id))
    assert outcome(session, host.token(AT)) is outcome(session, other.token(AT)) is None
    with writing(session):
        revoke(session, host)
    assert outcome(session, host.token(AT)) == Reason.KEY_REVOKED
    assert outcome(session, other.token(AT)) is None


def test_another_secret_key_ends_all_keys(session: Session, host: Host) -> None:
    """Caught: the digest left unread, so that the page said the key works."""
    token = host.token(AT)
    assert outcome(session, token, "l" * 32) == Reason.KEY_CHANGED
    (key,) = keys.list_keys(session, host.platform_id, "l" * 32)
    assert not key.works
    assert keys.list_keys(session, host.platform_id, SECRET_KEY)[0].works


def test_no_secret_is_kept(session: Session, host: Host) -> None:
    """Caught: the secret itself in `digest`."""
    session.rollback()
    row = session.get_one(PlatformKey, host.key.id)
    assert host.key.secret not in str(vars(row))
    assert len(host.key.secret) == 43


def enter(session: Session, token: HandOver) -> Reason | None:
    try:
        write(session, partial(use_up, token=token, secret_key=SECRET_KEY))
    except HandOverRefused as refused:
        return refused.reason
    return None


def test_a_token_lets_in_once(session: Session, host: Host) -> None:
    """Caught: `jti` kept under the token's own digest, so that a new signature opened again."""
    first, other = (read(session, host.token(AT, jti=jti)) for jti in ("a", "b"))
    again = read(session, host.token(AT, jti="a", exp=AT + 61))
    outcomes = [enter(session, token) for token in (first, again, first, other)]
    assert outcomes == [None, Reason.USED, Reason.USED, None]
    assert session.get_one(PlatformKey, host.key.id).last_used_at == NOON


def test_a_jti_counts_within_its_platform(session: Session, host: Host) -> None:
    other = new_host(session, name="Other")
    mine, theirs = (read(session, one.token(AT, jti="a")) for one in (host, other))
    assert enter(session, mine) is enter(session, theirs) is None


@pytest.mark.parametrize("late", [0, 64, 65, 66])
def test_a_token_read_in_time_opens_until_its_end(
    session: Session, host: Host, clock: Clock, late: int
) -> None:
    token = read(session, host.token(AT))
    clock.go_on(seconds=late)
    assert enter(session, token) == (None if late < 65 else Reason.EXPIRED)


def test_used_tokens_are_forgotten_once_they_have_ended(
    session: Session, host: Host, clock: Clock
) -> None:
    """Caught: forgotten at `exp`, five seconds before they stop to open; never forgotten."""
    used = host.token(AT)
    assert enter(session, read(session, used)) is None
    clock.go_on(seconds=64)
    assert enter(session, read(session, host.token(clock.now.timestamp()))) is None
    assert enter(session, read(session, used)) == Reason.USED
    clock.go_on(seconds=1)
    assert enter(session, read(session, host.token(clock.now.timestamp()))) is None
    assert session.scalar(select(func.count()).select_from(UsedToken)) == 2
    assert outcome(session, used) == Reason.EXPIRED


def test_of_many_uses_at_once_one_gets_through(engine: Engine, session: Session) -> None:
    host = new_host(session)
    token = read(session, host.token())
    session.rollback()

    def use(_: int) -> Reason | None:
        with Session(engine) as own:
            return enter(own, token)

    with ThreadPoolExecutor(THREADS) as pool:
        assert Counter(pool.map(use, range(THREADS))) == {None: 1, Reason.USED: THREADS - 1}


def test_the_second_of_two_at_once_waits_and_is_refused(engine: Engine, session: Session) -> None:
    """Caught: a look for the token first, and then a plain insert: the second failed with an error
    of the database."""
    host = new_host(session)
    token = read(session, host.token())
    session.rollback()

    def use(own: AnySession) -> Reason | None:
        try:
            use_up(own, token, SECRET_KEY)
        except HandOverRefused as refused:
            return refused.reason
        return None

    assert Meeting(engine).of(use, use) == [None, Reason.USED]
