"""Brings translations/ up to date with the texts that code and templates mark: make translations.

New texts come in untranslated, texts no longer used go, and the .mo files are compiled. What is
left to translate is named, and a test fails until it is done.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from domain.languages import ADMINS_LANGUAGES, LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent.parent
METHODS = [
    *((f"{place}.py", "python") for place in ("blueprints/**", "domain/**")),
    ("templates/**.html", "jinja2"),
]
OPTIONS = {"templates/**.html": {"silent": "false"}}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("lazy_gettext", "message", "message_by")),
    **dict.fromkeys(("lazy_ngettext", "plural_message"), (1, 2)),
    "lazy_pgettext": ((1, "c"), 2),
}
TRANSLATED = tuple(code for code in LANGUAGES if code != SOURCE)
# What buyers read is there in every language, all else in those of the admins.
FOR_BUYERS = (
    *(f"blueprints/{name}/" for name in ("account", "api", "checkout", "embed", "storefront")),
    "blueprints/withdrawals/",
    *(
        f"blueprints/{name}"
        for name in (
            *("code_forms.py", "errors.py", "i18n.py", "mode.py", "pages.py", "statement_lines.py"),
            "receipt_pages.py",
        )
    ),
    "domain/ledger/",  # the lines of a statement, and why a spend is refused
    *("domain/customers/", "domain/emails.py", "domain/tax_numbers.py"),
    *(f"domain/purchases/{name}.py" for name in ("buyers", "errors")),
    *(f"templates/{name}" for name in ("account", "checkout/", "embed/", "storefront/")),
    "templates/withdrawals/",
    # All but the notices to admins.
    *(
        f"templates/mail/{name}"
        for name in (
            *("base", "code", "_code", "credits_", "email_", "invitation", "payment_", "receipt"),
            *("refund", "test", "withdrawal"),
        )
    ),
    *(
        "templates/errors/error.html",
        "templates/macros/cards.html",
        "templates/macros/company.html",
        "templates/macros/receipt.html",
        "templates/macros/statement.html",
    ),
)
# The same texts always give the same files, so a date would only be in the way.
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def path_of(language: str, kind: str) -> Path:
    return ROOT / "translations" / language / "LC_MESSAGES" / f"messages.{kind}"


def extract(language: str) -> Catalog:
    """Every text that the language covers, and in which files, without any translation."""
    template = Catalog(creation_date=ANY_DAY)
    for file, _line, text, notes, context in extract_from_dir(
        ROOT, METHODS, OPTIONS, KEYWORDS, comment_tags=("NOTE:",), strip_comment_tags=True
    ):
        template.add(text, None, [(file, 0)], auto_comments=notes, context=context)
    if language not in ADMINS_LANGUAGES:
        for message in list(template):
            files = [file for file, _line in message.locations]
            if message.id and not any(file.startswith(FOR_BUYERS) for file in files):
                template.delete(message.id, message.context)
    return template


def updated(language: str) -> Catalog:
    """The translations that the .po file holds, of exactly the texts that are marked now."""
    path = path_of(language, "po")
    old = read_po(BytesIO(path.read_bytes() if path.exists() else b""), language)
    catalog = Catalog(
        language,
        project="Scrip",
        version="1",
        header_comment=f"# Scrip, {LANGUAGES[language]}. Kept up to date by: make translations",
        msgid_bugs_address="Scrip",
        last_translator="Scrip",
        language_team=LANGUAGES[language],
        creation_date=ANY_DAY,
        revision_date=ANY_DAY,
        fuzzy=False,
    )
    for message in old:
        if message.id:
            catalog[message.id] = message
    catalog.update(extract(language), no_fuzzy_matching=True)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    text = BytesIO()
    write_po(text, catalog, width=100, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return text.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    data = BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def find_gaps(catalog: Catalog) -> Iterator[str]:
    """The texts that are not translated in every plural form, not for sure, or with other
    placeholders: a translation may leave one out only in a plural form of its own (one credit)."""
    for message in catalog:
        if message.id and (message.fuzzy or not _is_whole(message, catalog.num_plurals)):
            yield message.id if isinstance(message.id, str) else message.id[0]


def _is_whole(message: Message, forms: int) -> bool:
    strings = message.string or ""
    if isinstance(message.id, str):
        return isinstance(strings, str) and _names(strings) == _names(message.id) and strings != ""
    known = _names(message.id[-1])
    return len(strings) == forms and all(text and _names(text) <= known for text in strings)


def _names(text: str) -> set[str]:
    """The placeholders in the text; a "%" that belongs to none counts as one."""
    return set(re.findall(r"%(?:\(\w+\)s)?", text))


def main() -> None:
    for language in TRANSLATED:
        catalog = updated(language)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(as_po(catalog))
        path_of(language, "mo").write_bytes(as_mo(catalog))
        for text in find_gaps(catalog):
            print(f"{language}: not translated yet: {text}")


if __name__ == "__main__":
    main()
