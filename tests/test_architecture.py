"""Holds the layers of the house: imports point down only, and buyers' code cannot see a draft."""

import ast
from functools import cache
from pathlib import Path

import pytest

from domain.catalogue.item_types import ITEM_TYPES
from tools.scripts import architecture

ROOT = Path(__file__).parent.parent
PURE = {
    "money",
    "countries",
    "languages",
    "numbers",
    "messages",
    "times",
    "invisibles",
    "formulas",
} | {
    *("emails", "networks", "origins", "tax_numbers", "request_context"),
}
AREAS = {
    *(
        "accounts",
        "activity",
        "activity_list",
        "catalogue",
        "customers",
        "embedding",
        "ledger",
        "mail",
        "notices",
        "outbox",
    ),
    *("company", "papers", "platforms", "purchases"),
}
# Which areas may import siblings.
SIBLINGS = {
    "activity_list": {"accounts", "activity", "catalogue"},
    "customers": {"ledger", "outbox"},
    "notices": {"accounts", "outbox"},
    "purchases": {"catalogue", "company", "customers", "ledger", "notices", "outbox"},
}
TYPES = {"packages", "settings", "markets"}
# What the catalogue stands on, and what each part of that may import besides itself.
BASE = {
    "rules": set[str](),
    "changes": {"rules"},
    "models": {"rules"},
    "errors": {"rules", "changes", "models"},
    **{type: {"rules", "models"} for type in TYPES},
    "item_types": {"rules", "changes", *TYPES},
    "item_columns": {"item_types"},
}
# Each may import those before it, and the base.
CATALOGUE = (
    *("storefront", "drafts", "pending", "releases", "price_checks"),
    *("review", "undo", "bulk", "imports", "preview", "sample"),
)
# These compare and write items of any type.
TYPELESS = ("changes", "pending", "releases", "undo")
TYPE_WORDS = {"package", "settings", "market", "PACKAGE", "SETTINGS", "MARKET", "PACKAGE_TYPE"}
NAMES_A_TYPE = {
    "pending/unseen_changes.py": "hints at the rows of the list, which is of packages",
    "pending/diff_queries.py": "the settings have the one row that is always there to join to",
}
# What the ledger decides, without SQL or a clock; and what reads and writes it. Each may import
# those before it.
LEDGER_PLANS = (
    *("errors", "rules", "validity", "wallet", "terms", "steps", "plans", "holds", "due"),
    *("lines", "chain", "rows", "replay"),
)
LEDGER_BOOK = (
    *("columns", "models", "reading", "book", "lookups", "acts", "corrections", "requests"),
    *("mode", "wallets", "pages", "queries", "purchased", "lists", "statements", "guards"),
    "verify",
)
OWN_TRANSACTIONS = {
    *("catalogue/pending/planning", "catalogue/imports/saving"),
    *("purchases/opening", "purchases/recovering", "purchases/refunding", "purchases/syncing"),
}
PURE_OF_PURCHASES = (
    *("rules", "provider", "schedule", "shown", "judging", "shares", "withdrawal_rules"),
    *("lost_orders", "case_rules"),
)
BLUEPRINTS = {
    "auth",
    "team",
    "settings",
    "markets",
    "packages",
    "publishing",
    "customers",
    "purchases",
} | {
    "imports",
    *("account", "activity", "storefront", "api", "embed", "checkout", "payments", "withdrawals"),
}
SHARED = {
    *("cookies", "csv_files", "customer_sign_in", "devices", "reauth", "statement_lines"),
    *("payment_provider", "price_rule", "proxies", "receipt_pages", "receipt_pdf"),
    *("caching", "change_counts", "errors", "forms", "htmx", "i18n", "locale", "logs", "mails"),
    *("mode", "pages", "people", "problems", "request_limits", "resubmit", "safe_redirect"),
    *("buying", "card_names", "refund_sending", "security_headers", "zones"),
    *(
        "code_door",
        "code_forms",
        "password_checks",
        "customer_choices",
        "customer_doors",
        "device_labels",
        "own_choices",
        "permissions",
        "recording",
        "field_labels",
        "period",
    ),
}
OURS = {"domain", "blueprints", "page_cache", "app", "commands", "wsgi", "extensions", "config"} | {
    *("serving", "processes", "readiness", "payment_setup", "worker", "daily"),
    *("secret_key", "private_files", "database_roles"),
}
MAY_IMPORT = {
    "app": OURS - {"app", "wsgi"},
    "commands": OURS - {"app", "wsgi"},
    "serving": {"config", "domain"},
    "readiness": {"config", "domain", "extensions", "private_files", "database_roles"},
    "database_roles": {"domain"},
    "payment_setup": {"config", "domain"},
    "wsgi": {"app", "blueprints", "processes"},
    "page_cache": {"domain", "blueprints", "extensions", "config", "page_cache"},
    "blueprints": {"domain", "blueprints", "extensions", "config"},
    "worker": {"domain", "blueprints", "extensions", "config", "daily"},
    "daily": {"domain", "blueprints"},
    "domain": {"domain"},
    "config": {"domain", "secret_key"},
    "secret_key": {"private_files"},
    "extensions": {"domain"},
}
FRAMEWORK = {"flask", "flask_login", "flask_wtf", "flask_sqlalchemy", "werkzeug", "wtforms"}
DRAFT_WORDS = {"CreditPackage", "StorefrontSettings", "Market", "DraftRevision", "draft"}

# Never a walk over the whole checkout: tools make and remove folders of their own there.
FILES = sorted(
    path
    for name in OURS
    for path in (ROOT / f"{name}.py", *(ROOT / name).rglob("*.py"))
    if path.is_file()
)
CATALOGUE_ROOT = ROOT / "domain" / "catalogue"
DOMAIN = [path for path in FILES if path.relative_to(ROOT).parts[0] == "domain"]


imports = cache(architecture.imports)


def ours(path: Path) -> set[tuple[str, ...]]:
    """The modules of our own that a file imports, each with all that is above it in its name."""
    return {tuple(name.split(".")) for name in imports(path) if name.split(".")[0] in OURS}


def room(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).with_suffix("").parts


def allowed(path: Path) -> set[str]:
    """Which of our own top-level modules a file may import."""
    return MAY_IMPORT.get(room(path)[0], set())


def test_imports_point_down() -> None:
    """Caught: `from blueprints.pages import price` in catalogue/drafts/drafts.py."""
    wrong = [(room(path), name) for path in FILES for name in ours(path)]
    assert [w for w in wrong if w[1][0] not in allowed(ROOT.joinpath(*w[0]))] == []


def test_the_payment_simulator_and_scrip_do_not_know_each_other() -> None:
    """Caught: `from domain.money import write` in simulator/money.py."""
    for path in (ROOT / "simulator").glob("*.py"):
        assert ours(path) == set(), path
    for path in FILES:
        assert not any(name.split(".")[0] == "simulator" for name in imports(path)), path


def test_the_domain_knows_no_web() -> None:
    """Caught: `from flask import g` in accounts/sessions.py."""
    for path in DOMAIN:
        assert not {name.split(".")[0] for name in imports(path)} & FRAMEWORK, path


def test_pure_modules_import_pure_modules_only() -> None:
    """Caught: `from domain.database import AnySession` in money.py."""
    for name in PURE:
        path = ROOT / "domain" / f"{name}.py"
        assert {module[1] for module in ours(path)} <= PURE, path
        assert not any(name.startswith("sqlalchemy") for name in imports(path)), path


def test_areas_of_the_domain_do_not_know_each_other() -> None:
    """Caught: `from domain.accounts import admins` in the catalogue."""
    for path in DOMAIN:
        area = room(path)[1]
        if area in AREAS:
            allowed = (
                PURE
                | {"database", "keyset", "rate_limits", "try_limits", "request_addresses", area}
                | SIBLINGS.get(area, set())
            )
            assert {module[1] for module in ours(path)} <= allowed, path


def test_transactions_begin_and_end_at_the_edge() -> None:
    """Caught: `session.commit()` in purchases/settling.py, `writing(session)` in purchases/acts.py.
    Only what asks the provider in between, or plans before it locks, begins any itself."""
    for path in DOMAIN:
        module = "/".join(room(path)[1:])
        begins = {("domain", "database", name) for name in ("write", "write_once", "writing")}
        assert module in OWN_TRANSACTIONS or not ours(path) & begins, path
        nodes = ast.walk(ast.parse(path.read_text()))
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        assert module in {"database", "connections"} or "commit" not in attributes, path


def test_plans_of_the_ledger_are_pure_and_its_book_imports_one_way() -> None:
    """Caught: `from sqlalchemy import select` in ledger/plans.py, `from domain.ledger.acts import
    spend` in ledger/book.py."""
    rooms = (*LEDGER_PLANS, *LEDGER_BOOK)
    for path in (ROOT / "domain" / "ledger").glob("[a-z]*.py"):
        name = room(path)[2]
        used = {module[2] for module in ours(path) if module[:2] == ("domain", "ledger")}
        assert used <= {*rooms[: rooms.index(name)]}, path
        if name in LEDGER_PLANS:
            assert not any(one.startswith("sqlalchemy") for one in imports(path)), path
            assert ("domain", "database") not in {module[:2] for module in ours(path)}, path


def test_rooms_of_the_catalogue_import_one_way() -> None:
    """Caught: `from domain.catalogue.review.review import build_review` in drafts/drafts.py."""
    for path in (ROOT / "domain" / "catalogue").glob("**/*.py"):
        used = {module[2] for module in ours(path) if module[:2] == ("domain", "catalogue")}
        name = room(path)[2]
        if name in BASE:
            assert used <= BASE[name] | {name}, path
        elif name != "__init__":
            assert used <= BASE.keys() | set(CATALOGUE[: CATALOGUE.index(name) + 1]), path


def test_comparing_taking_a_part_and_merging_are_pure() -> None:
    """Caught: `from domain.database import AnySession` in changes/subset.py."""
    for path in (ROOT / "domain" / "catalogue" / "changes").glob("*.py"):
        assert {module[2] for module in ours(path)} <= {"changes", "rules"}, path
        assert not any(name.startswith("sqlalchemy") for name in imports(path)), path


@pytest.mark.parametrize("room", TYPELESS)
def test_what_is_for_every_item_type_names_none(room: str) -> None:
    """Caught: `if item.type == "market"` in undo/rollback.py, and `from domain.catalogue.markets`
    in releases/publishing.py."""
    naming = {path for path in (CATALOGUE_ROOT / room).glob("*.py") if type_words(path)}
    named = {path.relative_to(CATALOGUE_ROOT).as_posix() for path in naming}
    assert named == {name for name in NAMES_A_TYPE if name.startswith(f"{room}/")}


def type_words(path: Path) -> set[str]:
    """How a module names an item type: by a word of its own, or by an import."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    words = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    words |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    parts = {part for module in ours(path) for part in module[2:]}
    return words & TYPE_WORDS | parts & (TYPES | TYPE_WORDS)


def test_every_item_type_has_a_folder_and_a_word() -> None:
    """Caught: a type that the tests above do not know."""
    assert {item_type.name for item_type in ITEM_TYPES.values()} <= TYPE_WORDS
    folders = {item_type.draft.__module__.split(".")[2] for item_type in ITEM_TYPES.values()}
    assert folders == TYPES
    assert {item_type.draft.__name__ for item_type in ITEM_TYPES.values()} <= DRAFT_WORDS


@pytest.mark.parametrize("area", sorted(BLUEPRINTS))
def test_one_blueprint_never_imports_another(area: str) -> None:
    for path in (ROOT / "blueprints" / area).glob("*.py"):
        named = {module[1] for module in ours(path) if module[0] == "blueprints"}
        assert named <= SHARED | {area}, path


@pytest.mark.parametrize(
    "area",
    [
        *("blueprints/storefront", "blueprints/api", "blueprints/embed", "blueprints/account"),
        *("blueprints/checkout", "blueprints/withdrawals", "page_cache"),
    ],
)
def test_buyers_read_live_data_only(area: str) -> None:
    """Caught: `from domain.catalogue.drafts import drafts` in the storefront's views, and in the
    API's."""
    for path in (ROOT / area).glob("*.py"):
        for module in ours(path):
            if module[:2] == ("domain", "catalogue"):
                is_rules = module[2] in TYPES and module[3] == "rules"
                assert module[2] == "storefront" or is_rules, path


def test_live_data_cannot_name_a_draft() -> None:
    """Caught: `models.Market` in storefront/live.py, as an attribute of its module."""
    for path in (ROOT / "domain" / "catalogue" / "storefront").glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        assert not names & DRAFT_WORDS
        used = {module[2] for module in ours(path) if module[:2] == ("domain", "catalogue")}
        assert used <= {"storefront", "models", "rules", *TYPES}


def test_only_htmx_py_names_its_headers() -> None:
    for path in FILES:
        if room(path) != ("blueprints", "htmx"):
            assert "HX-" not in path.read_text(), path


def test_only_the_domain_writes_releases_and_drafts() -> None:
    """A table's class may be built in one module alone."""
    writers = {
        "CreditPackage": "drafts",
        "Market": "drafts",
        "DraftRevision": "revisions",
        "PreviewLink": "preview_links",
        "Release": "publishing",
        "ReleaseSeal": "publishing",
    }
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                writer = writers.get(node.func.id)
                assert writer in (None, room(path)[-1]), f"{path} builds a {node.func.id}"


def test_one_file_imports_the_library_of_the_provider() -> None:
    """Caught: `import stripe` in blueprints/payments. Nothing names the ways around a signature."""
    for path in FILES:
        is_adapter = room(path) == ("domain", "purchases", "payments", "stripe")
        assert is_adapter or not {name.split(".")[0] for name in imports(path)} & {"stripe"}, path
        assert "without_verification" not in path.read_text(), path


def test_the_rules_of_the_outbox_are_pure() -> None:
    """Caught: `from domain.database import utc_now` in outbox/rules.py."""
    path = ROOT / "domain" / "outbox" / "rules.py"
    assert ours(path) == set()
    assert not any(name.startswith("sqlalchemy") for name in imports(path))


def test_purchases_read_live_data_only() -> None:
    """Caught: `from domain.catalogue.drafts import drafts` in purchases/offering.py."""
    for path in (ROOT / "domain" / "purchases").glob("**/*.py"):
        for module in ours(path):
            if module[:2] == ("domain", "catalogue"):
                is_rules = module[2] in TYPES and module[3] == "rules"
                assert module[2] == "storefront" or is_rules, path


def test_purchases_are_decided_without_a_database() -> None:
    """Caught: `from domain.database import read_clock` in purchases/schedule.py."""
    for name in PURE_OF_PURCHASES:
        path = ROOT / "domain" / "purchases" / f"{name}.py"
        used = {module[2] for module in ours(path) if module[:2] == ("domain", "purchases")}
        assert used <= {*PURE_OF_PURCHASES, "errors"}, path
        assert not any(one.startswith("sqlalchemy") for one in imports(path)), path
        assert ("domain", "database") not in {module[:2] for module in ours(path)}, path
