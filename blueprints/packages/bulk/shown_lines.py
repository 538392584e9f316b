"""Lines as the table before saving shows them: what is, what becomes of it, what is odd."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.pages import credit_count, price
from blueprints.people import sentence_about
from blueprints.price_rule import price_rule
from domain import money, numbers
from domain.catalogue.bulk.lines import Add, Refused
from domain.catalogue.errors import EditConflict
from domain.catalogue.packages.rules import PackageValues, check_credits
from domain.catalogue.price_checks.price_checks import Foreseen, foresee
from domain.catalogue.rules import InvalidText
from domain.database import AnySession
from domain.messages import message


@dataclass
class ShownLine:
    """One package. `before` is its draft (None: it is new), `after` what it becomes (None: it is
    removed). `edits` is what its field holds, "price_minor" or "credits": `typed` is the text there
    and `shown` the number that the page itself wrote. Where a colleague saved the same, `theirs`
    says what; `base` is the version from before, and `version` that of what the page shows of it.
    A line that `is_theirs` keeps what they saved, whatever the rule."""

    key: str
    package_id: int
    version: int
    before: PackageValues | None
    after: PackageValues | None
    edits: str = ""
    typed: str = ""
    shown: str = ""
    problem: str = ""
    note: str = ""
    is_included: bool = True
    is_stale: bool = False
    source_version: int = 0
    theirs: str = ""
    base: int = 0
    is_theirs: bool = False
    has_focus: bool = False
    findings: Sequence[Foreseen] = ()

    @property
    def values(self) -> PackageValues:
        """What names it."""
        values = self.after or self.before
        assert values  # noqa: S101 - a line is about a package
        return values

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def country(self) -> str:
        return self.values.country

    @property
    def is_typed(self) -> bool:
        """Whether somebody typed into the field what the page did not write there."""
        return self.typed != self._text(self.shown)

    def write(self) -> None:
        """Fills its field in."""
        if self.edits == "price_minor":
            self.shown = money.plain(self.values.price_minor, self.values.currency)
        elif self.edits:
            self.shown = str(self.values.credits)
        self.typed = self._text(self.shown)

    def read(self) -> PackageValues:
        """The package with what its field holds; PriceError or InvalidText."""
        values = self.values
        if self.edits == "price_minor":
            minor = money.parse(self.typed, values.currency, reader_locale(), self.shown)
            return values._replace(price_minor=minor)
        try:
            credits = numbers.parse_whole(self.typed)
        except ValueError:
            raise InvalidText(message("Enter a whole number, for example 100.")) from None
        return values._replace(credits=check_credits(credits))

    def _text(self, number: str) -> str:
        is_price = self.edits == "price_minor"
        return money.field_text(number, reader_locale()) if is_price else number


def find_findings(session: AnySession, lines: Sequence[ShownLine]) -> None:
    """Gives each line what the review would say about it."""
    numbered = {line.package_id or -place: line for place, line in enumerate(lines, start=1)}
    becoming: Mapping[int, PackageValues | None] = {
        id: line.after for id, line in numbered.items() if line.is_included and not line.problem
    }
    for id, findings in foresee(session, becoming, price_rule()).items():
        numbered[id].findings = findings


def mark_refused(line: ShownLine, refused: Refused) -> None:
    """Says why the line was not saved, and shows what is saved there now."""
    line.problem = describe_refusal(refused)
    line.theirs = describe_theirs(refused)
    if refused.theirs and not isinstance(refused.line, Add):
        line.before, line.version = refused.theirs, refused.version
        line.base = refused.line.version


def describe_refusal(refused: Refused, names: Sequence[str] = ()) -> str:
    """Why the line was not saved, with what is saved there now; of these fields, or of all."""
    error, saved = refused.error, describe_theirs(refused, names)
    if not isinstance(error, EditConflict) or not saved:
        return translated(error)
    return sentence_about(
        error.author,
        _("You changed this to %(saved)s in another window. Save again to overwrite it."),
        _("%(author)s changed this to %(saved)s. Save again to overwrite it."),
        saved=saved,
    )


def describe_theirs(refused: Refused, names: Sequence[str] = ()) -> str:
    """What a colleague made of the fields that both changed; "" where it is no such conflict."""
    error, theirs = refused.error, refused.theirs
    if not isinstance(error, EditConflict) or theirs is None:
        return ""
    texts = {
        "price_minor": price(theirs.price_minor, theirs.currency),
        "currency": price(theirs.price_minor, theirs.currency),
        "credits": credit_count(theirs.credits),
    }
    both = [name for name in error.fields if not names or name in names]
    found = [texts.get(name) or str(getattr(theirs, name)) or str(_("(empty)")) for name in both]
    return ", ".join(dict.fromkeys(found))
