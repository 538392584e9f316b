"""What tells packages of one name apart where their names are all that is listed."""

from collections import Counter
from collections.abc import Iterable, Mapping

from flask_babel import ngettext

from blueprints.pages import country_name, number, price
from blueprints.publishing.descriptions import ordinal
from domain.catalogue.changes.diff import PositionedPackage


def describe_namesakes(listed: Iterable[PositionedPackage]) -> dict[int, str]:
    """By id, what is not the same of all these packages of a name: "Germany, 250 credits"."""
    by_name: dict[str, list[PositionedPackage]] = {}
    for package in listed:
        by_name.setdefault(package.values.name, []).append(package)
    return {
        id: ", ".join(words)
        for namesakes in by_name.values()
        if len(namesakes) > 1
        for id, words in _differences(namesakes).items()
    }


def _differences(namesakes: list[PositionedPackage]) -> Mapping[int, tuple[str, ...]]:
    """Their places too where they are hardly to be told apart by anything else."""
    aspects = [
        aspect for aspect in zip(*map(_aspects, namesakes), strict=True) if len(set(aspect)) > 1
    ]
    told = list(zip(*aspects, strict=True)) or [()] * len(namesakes)
    counts = Counter(told)
    return {
        package.id: words if counts[words] == 1 else (*words, ordinal(package.position))
        for package, words in zip(namesakes, told, strict=True)
    }


def _aspects(package: PositionedPackage) -> tuple[str, ...]:
    values = package.values
    count = number(values.credits)
    return (
        country_name(values.country),
        str(ngettext("%(count)s credit", "%(count)s credits", values.credits, count=count)),
        price(values.price_minor, values.currency),
    )
