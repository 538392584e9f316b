"""Which prices can be sold, as app.py says it: the pages of the catalogue know no provider."""

from flask import Flask, current_app

from domain.catalogue.packages.rules import PriceRule


def init_app(app: Flask, rule: PriceRule) -> None:
    app.extensions["price_rule"] = rule


def price_rule() -> PriceRule:
    rule: PriceRule = current_app.extensions["price_rule"]
    return rule
