"""What can go wrong with the list of sites. Each message is a sentence for the admin."""

from domain.messages import message


class EmbeddingError(Exception):
    """Base of all errors about sites."""


class UnfitOrigin(EmbeddingError):
    """This text cannot name a site."""


class TooManySites(EmbeddingError):
    """The list is full."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            message("There are %(most)s sites on the list already. Remove one first.", most=limit)
        )


class SiteNotFound(EmbeddingError):
    """No such site is on the list (any more)."""

    def __init__(self) -> None:
        super().__init__(
            message("This site is not on the list any more. Reload the page to see the list.")
        )
