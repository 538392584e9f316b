"""The catalogues: complete, up to date with the texts in use, and right in every plural form."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.support import Translations

from domain.languages import LANGUAGES
from domain.ledger.statements import GIVEN, HAPPENED, Describe
from tools.scripts import translations

CREDITS = ("%(count)s credit", "%(count)s credits")

updated = cache(translations.updated)  # each reads all code and templates
in_each = pytest.mark.parametrize("language", translations.TRANSLATED)


def test_every_language_has_a_catalogue() -> None:
    folders = [path.name for path in (translations.ROOT / "translations").iterdir()]
    assert sorted(folders) == sorted(set(LANGUAGES) - {"en"})


@in_each
def test_the_files_are_what_make_translations_writes(language: str) -> None:
    """Caught: a text changed in a template alone; one no longer used; a .po without its .mo."""
    catalog = updated(language)
    advice = "Run make translations, and translate what it names."
    assert translations.path_of(language, "po").read_bytes() == translations.as_po(catalog), advice
    assert translations.path_of(language, "mo").read_bytes() == translations.as_mo(catalog), advice


@in_each
def test_nothing_is_left_to_translate(language: str) -> None:
    """Caught: a new text that nobody translated."""
    assert list(translations.find_gaps(updated(language))) == []


@in_each
def test_every_text_may_stand_in_an_attribute(language: str) -> None:
    """Templates take texts as they are. Caught: a straight quotation mark in a label."""
    for message in updated(language):
        for text in (message.id, message.string) if message.id else ():
            forms = [text] if isinstance(text, str) else text or ()
            assert not set('"<>&') & set("".join(forms)), message.id


def test_arabic_counts_in_the_right_case() -> None:
    """From 11 to 99 what is counted takes another ending than from 100 on. Caught: the two forms
    in each other's place, "25 رصيد"."""
    counted = re.compile(r"\)s (رصيد|جهاز)(?!\u064b| هدية)")
    wrong = [
        message.id
        for message in updated("ar")
        if message.pluralizable and counted.search((message.string or "")[5])
    ]
    assert wrong == []


def test_german_and_arabic_are_for_buyers_and_turkish_is_for_all() -> None:
    """Caught: nothing but the buyers' texts in Turkish; all of the admins' in German; a statement
    without German and Arabic."""
    for language, has_admins in (("tr", True), ("de", False), ("ar", False)):
        catalog = updated(language)
        for text in ("Best value", "%(count)s credit held", "This wallet is closed."):
            assert text in catalog
        assert ("This package does not exist." in catalog) == has_admins


@pytest.mark.parametrize(
    ("text", "translation", "flags"),
    [
        ("Show", "", ()),
        ("Show", "Göster", ("fuzzy",)),
        ("At %(price)s", "Fiyat", ()),
        ("At %(price)s", "Fiyat %(prise)s", ()),
        ("At %(price)s", "%12 %(price)s", ()),
        (CREDITS, ("%(count)s kredi", ""), ()),
        (CREDITS, ("%(count)s kredi", "%(number)s kredi"), ()),
        (CREDITS, ("%(count)s kredi",), ()),
    ],
)
def test_a_gap_is_found(
    text: str | tuple[str, str], translation: str | tuple[str, ...], flags: tuple[str, ...]
) -> None:
    """Caught: fuzzy ones, which are not compiled; a stray "%", which stops the whole page."""
    catalog = Catalog("de")
    catalog.add(text, translation, flags=flags)
    assert len(list(translations.find_gaps(catalog))) == 1


def test_a_plural_form_may_do_without_its_number() -> None:
    catalog = Catalog("de")
    catalog.add(CREDITS, ("ein Credit", "%(count)s Credits"))
    assert list(translations.find_gaps(catalog)) == []


def test_new_texts_come_in_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    template = tmp_path / "templates" / "embed" / "page.html"
    template.parent.mkdir(parents=True)
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    template.write_text('{{ _("Old") }}')
    translations.main()
    template.write_text('{{ _("New") }} {{ ngettext("%(num)s day", "%(num)s days", 3) }}')
    translations.main()
    assert "ar: not translated yet: %(num)s day\n" in capsys.readouterr().out
    po = translations.path_of("ar", "po").read_text()
    assert 'msgid "New"' in po
    assert 'msgstr[5] ""' in po
    assert "Old" not in po


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("tr", {1: "1 kredi", 2: "2 kredi", 100: "100 kredi"}),
        ("de", {1: "1 Credit", 2: "2 Credits", 100: "100 Credits"}),
        (
            "ar",
            {
                1: "رصيد واحد",
                2: "رصيدان",
                **{number: f"{number} أرصدة" for number in (3, 10, 103, 1010)},
                **{number: f"{number} رصيدًا" for number in (11, 25, 99, 111, 1099)},
                **{number: f"{number} رصيد" for number in (100, 101, 102, 1000, 2000)},
            },
        ),
    ],
)
def test_credits_are_counted_as_grammar_has_it(language: str, words: dict[int, str]) -> None:
    """Caught: the forms for 11 to 99 and for hundreds exchanged."""
    catalog = Translations.load(translations.ROOT / "translations", [language])
    for number, expected in words.items():
        assert catalog.ungettext(*CREDITS, number) % {"count": number} == expected


@pytest.mark.parametrize("describe", [*GIVEN.values(), *HAPPENED.values()], ids=[*GIVEN, *HAPPENED])
def test_a_statement_counts_credits_in_arabic(describe: Describe) -> None:
    """Caught: 3 with the form for 11."""
    catalog = Translations.load(translations.ROOT / "translations", ["ar"])
    one, several = describe(2).texts
    said = {
        number: catalog.ungettext(one, several, number) % {"count": number}
        for number in (1, 2, 3, 11, 100)
    }
    assert "رصيد" in said[1].split()
    assert {"رصيدان", "رصيدين"} & set(said[2].split())
    assert "3 أرصدة" in said[3]
    assert "11 رصيدًا" in said[11]
    assert "100 رصيد" in said[100]
    assert "رصيدًا" not in said[100]
