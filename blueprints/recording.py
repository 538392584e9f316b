"""Writing down in the activity what the admin who is signed in does."""

from flask_login import current_user

from domain.activity import recording
from domain.activity.recording import Detail, Object
from extensions import db


def record(
    kind: str, object_type: str | None = None, object_id: int = 0, **details: Detail
) -> None:
    """To be called inside the `writing` of the act itself, so that there is neither without the
    other."""
    about = Object(object_type, object_id) if object_type else None
    recording.record(db.session, kind, current_user.email, about, **details)
