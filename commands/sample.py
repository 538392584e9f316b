"""The sample: a catalogue and, for `make run`, customers with purchases."""

import click
from flask.cli import with_appcontext

from blueprints.zones import live_zone
from commands.failures import failing_in_one_line
from domain.catalogue import sample
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.customers import sample as sample_customers
from domain.customers.customers import lock_customers
from domain.database import writing
from domain.platforms import platforms
from domain.platforms.rules import PlatformValues
from domain.purchases import sample as sample_purchases
from extensions import db
from readiness import prepare_database

SAMPLE_AUTHOR = "Scrip"
SAMPLE_PLATFORM = PlatformValues("Lotus app", "https://app.lotus.example", trusts_emails=True)


@click.command("sample-catalogue")
@with_appcontext
def sample_catalogue() -> None:
    """Fill an empty catalogue with about 14 packages in 5 countries and apply them."""
    with failing_in_one_line():
        prepare_database()
        if not load_sample():
            raise click.ClickException("Nothing was changed: the catalogue is not empty.")
    click.echo("The sample catalogue is live.")


def load_sample() -> bool:
    """Whether the catalogue was empty and holds the sample now."""
    with writing(db.session):
        lock_catalogue(db.session)
        is_empty = sample.is_empty(db.session)
        if is_empty:
            sample.load(db.session, author=SAMPLE_AUTHOR)
    return is_empty


def load_sample_customers() -> None:
    """Into a test database that never had a customer, with credits that are for nobody."""
    with writing(db.session):
        lock_customers(db.session)
        if sample_customers.is_empty(db.session):
            platform_id = platforms.add(db.session, SAMPLE_PLATFORM)
            zone, author = live_zone(), SAMPLE_AUTHOR
            sample_customers.load(
                db.session, platform_id=platform_id, mode="test", zone=zone, author=author
            )
            sample_purchases.load(db.session, mode="test")
