"""What needs a look before pending changes go live."""
