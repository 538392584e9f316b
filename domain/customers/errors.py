"""What can go wrong with customers. Each message is a sentence for the person who reads it."""

from domain.messages import message


class CustomerError(Exception):
    """Base of all errors about customers."""


class CustomerNotFound(CustomerError):
    def __init__(self) -> None:
        super().__init__(message("This customer does not exist."))


class UnfitName(CustomerError):
    """This text cannot be a customer's name."""


class UnfitTag(CustomerError):
    """This text cannot be a tag."""


class TooManyTags(CustomerError):
    def __init__(self, most: int) -> None:
        super().__init__(
            message("A customer has at most %(most)s tags. Remove one first.", most=most)
        )


class UnfitNote(CustomerError):
    """This text cannot be a note."""


class EmailTaken(CustomerError):
    """A customer who came by mail or by hand has this email; `customer_id` says which."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(message("Customer %(id)s has this email.", id=str(customer_id)))
        self.customer_id = customer_id


class StaleContact(CustomerError):
    """Somebody changed name, email or the like since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            message("Not saved: somebody changed this customer meanwhile. Check, and save again.")
        )
