"""One rule for many packages: how their prices, credits or short infos change."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from blueprints.forms import obeys
from blueprints.locale import reader_locale
from domain import money, numbers
from domain.catalogue.bulk.price_changes import Direction, Ending, Rounding, by_percent
from domain.catalogue.packages import rules
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.rules import InvalidText
from domain.messages import message

# What is done to the selected packages.
PRICES, CREDITS, INFO, REMOVE, KEEP = ACTIONS = "prices", "credits", "info", "remove", "keep"
PERCENT, BY, TO = "percent", "by", "to"

Change = Callable[[PackageValues], PackageValues]


ENDINGS = {
    Ending.NONE.value: lazy_gettext("No rounding"),
    Ending.WHOLE.value: lazy_gettext(".00 (whole)"),
    Ending.NINETY.value: ".90",
    Ending.NINETY_FIVE.value: ".95",
    Ending.NINETY_NINE.value: ".99",
    Ending.FIVE.value: "5",
    Ending.TEN.value: "10",
}
DIRECTIONS = {
    Direction.NEAREST.value: lazy_gettext("To the nearest"),
    Direction.UP.value: lazy_gettext("Up"),
    Direction.DOWN.value: lazy_gettext("Down"),
}


def choose(label: str, choices: Mapping[str, str]) -> SelectField:
    offered = [SelectChoice(value, text) for value, text in choices.items()]
    return SelectField(label, choices=offered, default=next(iter(choices)))


class RoundingForm(FlaskForm):
    """How prices that were worked out are rounded."""

    ending = choose(lazy_gettext("Round to"), ENDINGS)
    direction = choose(lazy_gettext("Rounding"), DIRECTIONS)

    @property
    def rounding(self) -> Rounding:
        return Rounding(Ending(self.ending.data), Direction(self.direction.data))


class PricesForm(RoundingForm):
    how = choose(
        lazy_gettext("How"),
        {
            PERCENT: lazy_gettext("By per cent"),
            BY: lazy_gettext("By an amount"),
            TO: lazy_gettext("To an amount"),
        },
    )
    amount = StringField(lazy_gettext("Change"))

    def validate_amount(self, field: StringField) -> None:
        text = field.data or ""
        if self.how.data == PERCENT and text.strip():
            self.percent = _read_percent(text)

    @property
    def change(self) -> Change:
        """What the valid form makes of a package; raises InvalidText or PriceError for one that
        cannot be changed like this."""
        if not (self.amount.data or "").strip():
            return _same
        return self._with_new_price

    def _with_new_price(self, values: PackageValues) -> PackageValues:
        exact = self._exact(values)
        if exact < 0:
            raise InvalidText(message("The new price would be below 0."))
        minor = self.rounding.apply(exact, values.currency)
        return values._replace(price_minor=rules.check_price(minor))

    def _exact(self, values: PackageValues) -> Fraction:
        if self.how.data == PERCENT:
            return by_percent(values.price_minor, self.percent)
        sign, text = numbers.split_sign(self.amount.data)
        typed = sign * money.parse(text, values.currency, reader_locale())
        return Fraction(typed + (values.price_minor if self.how.data == BY else 0))


class CreditsForm(FlaskForm):
    how = choose(
        lazy_gettext("How"),
        {
            PERCENT: lazy_gettext("By per cent"),
            BY: lazy_gettext("By a number"),
            TO: lazy_gettext("To a number"),
        },
    )
    amount = StringField(lazy_gettext("Change"))

    def validate_amount(self, field: StringField) -> None:
        text = field.data or ""
        if not text.strip():
            return
        if self.how.data == PERCENT:
            self.number = _read_percent(text)
        else:
            sentence = _("Type a whole number, for example 100 or −20.")
            self.number = _read(numbers.parse_change, text, sentence)

    @property
    def change(self) -> Change:
        return self._with_new_credits if (self.amount.data or "").strip() else _same

    def _with_new_credits(self, values: PackageValues) -> PackageValues:
        match self.how.data:
            case "percent":
                credits = floor(by_percent(values.credits, self.number) + Fraction(1, 2))
            case "by":
                credits = values.credits + self.number
            case _to:
                credits = self.number
        return values._replace(credits=rules.check_credits(credits))


class InfoForm(FlaskForm):
    amount = StringField(lazy_gettext("Short Info"), [obeys(rules.clean_short_info)])
    clear = BooleanField(lazy_gettext("Clear the short info of these packages"))

    def validate_amount(self, field: StringField) -> None:
        """An empty field alone says nothing: that could be all that was typed so far."""
        is_typed = bool((field.data or "").strip())
        if self.clear.data and is_typed:
            raise ValidationError(_("Empty this field, or untick Clear the short info."))
        if not self.clear.data and not is_typed:
            raise ValidationError(_("Type a short info, or tick Clear the short info."))

    @property
    def change(self) -> Change:
        text = rules.clean_short_info(self.amount.data or "")
        return lambda values: values._replace(short_info=text)


class NoRuleForm(FlaskForm):
    """For what needs no more words: removing and keeping."""

    @property
    def change(self) -> Change:
        return _same


def rule_of(form: "RuleForm") -> str:
    """Names the rule by which new prices or credits were worked out; "" for none. Who saves says
    it, so that nothing is saved by a rule whose outcome was not seen."""
    if not isinstance(form, PricesForm | CreditsForm) or not (form.amount.data or "").strip():
        return ""
    return "|".join(str(field.data) for field in form if field.name != "csrf_token")


RuleForm = PricesForm | CreditsForm | InfoForm | NoRuleForm
FORMS: dict[str, type[RuleForm]] = {
    PRICES: PricesForm,
    CREDITS: CreditsForm,
    INFO: InfoForm,
    REMOVE: NoRuleForm,
    KEEP: NoRuleForm,
}


def _same(values: PackageValues) -> PackageValues:
    return values


def _read_percent(text: str) -> int:
    return _read(numbers.parse_percent_change, text, _("Type per cent: +5 or −2.5."))


def _read(parse: Callable[[str], int], text: str, sentence: str) -> int:
    try:
        return parse(text)
    except ValueError:
        raise ValidationError(sentence) from None
