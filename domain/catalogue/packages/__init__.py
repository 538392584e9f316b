"""The item type "package": what buyers can buy."""
