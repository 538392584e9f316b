"""What can go wrong with the list of sites. Each message is a sentence for the admin."""

from domain.messages import message


class EmbeddingError(Exception):
    """Base of all errors about sites."""


class TooManySites(EmbeddingError):
    """The list is full."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            message(
                "Not added: the list is full with %(most)s websites. Remove one first.", most=limit
            )
        )


class SiteNotFound(EmbeddingError):
    """No such site is on the list (any more)."""

    def __init__(self) -> None:
        super().__init__(
            message("This website is no longer on the list. Reload the page to see the list.")
        )
