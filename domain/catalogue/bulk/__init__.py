"""Draft writes to many packages at once: worked out first, looked at, then written as one batch."""
