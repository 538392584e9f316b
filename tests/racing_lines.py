"""What admins at random do to many packages at once, and what of it must be there afterwards."""

import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.bulk.lines import Add, Edit, Keep, Line, Remove, Saved
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import position_of
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from tests.drafting import Form
from tests.replaying import Effect, Replay

# What each package becomes that is written: its new values, and its place or 0.
Written = Sequence[tuple[int, dict[str, Any], int]]


def draw_lines(
    dice: random.Random,
    forms: Sequence[Form],
    removed: CreditPackage | None,
    typed: Mapping[str, Sequence[Any]],
) -> list[Line]:
    """Lines from forms that were opened a while ago, of which several may be about one package;
    new packages, and one that is to come back."""
    lines: list[Line] = []
    for key, form in enumerate(forms):
        known = str(key), form.id, form.version
        if dice.random() < 0.2:
            lines.append(Remove(*known))
        else:
            names = dice.sample(list(typed), 2)
            new = {name: dice.choice(typed[name]) for name in names}
            lines.append(Edit(*known, form.values._replace(**new)))
    if removed and dice.random() < 0.5:
        lines.append(Keep("kept", removed.id, removed.version))
    for key in range(dice.choice((0, 0, 0, 1, 2))):
        values = PackageValues(**{name: dice.choice(of) for name, of in typed.items()})
        lines.append(Add(f"new-{key}", values))
    return lines


def effect_of(
    session: Session, lines: Sequence[Line], forms: Sequence[Form], saved: Saved
) -> Effect:
    """Every line that was not refused is written as it was typed. The caller has the lock.

    What goes or comes back does so in the version that was opened, the latter with all its values:
    an undo may have changed them before.
    """
    refused = {each.line.key for each in saved.refused}
    batch = session.get(DraftBatch, saved.batch_id)
    new = iter(_added(session, batch) if batch else ())
    written = []
    for line in lines:
        if line.key in refused:
            continue
        if isinstance(line, Add):
            written.append((next(new), line.values._asdict(), 1))
        elif isinstance(line, Edit):
            opened = forms[int(line.key)].values._asdict()
            typed = line.values._asdict().items()
            written.append((line.package_id, {n: v for n, v in typed if v != opened[n]}, 1))
        else:
            package, is_kept = drafts.get_package(session, line.package_id), isinstance(line, Keep)
            assert package.version == line.version + 1
            written.append((package.id, package.values._asdict() if is_kept else {}, int(is_kept)))
    assert next(new, None) is None
    return partial(put_all, written=[_placed(session, *each) for each in written])


def put_all(replay: Replay, written: Written) -> None:
    """Those that get a place leave theirs first: each place is that of afterwards."""
    for id, changed, _place in written:
        replay.put(id, changed, 0)
    for id, _changed, place in sorted(written, key=lambda each: each[2]):
        replay.put(id, {}, place)


def check_batches(session: Session) -> None:
    """Nobody wrote in the middle of what was one action."""
    for batch in session.scalars(select(DraftBatch)):
        within = DraftRevision.id.between(batch.first_id, batch.last_id)
        authors = session.scalars(select(DraftRevision.author).where(within).distinct()).all()
        assert authors == [batch.author]


def _added(session: Session, batch: DraftBatch) -> Sequence[int]:
    """The ids of the new packages of the batch, in the order of its lines."""
    rows = select(DraftRevision.item_id).where(
        DraftRevision.id.between(batch.first_id, batch.last_id), DraftRevision.action == "added"
    )
    return session.scalars(rows.order_by(DraftRevision.id)).all()


def _placed(
    session: Session, id: int, changed: dict[str, Any], is_staying: int
) -> tuple[int, dict[str, Any], int]:
    place = position_of(session, drafts.get_package(session, id)) if is_staying else 0
    return id, changed, place
