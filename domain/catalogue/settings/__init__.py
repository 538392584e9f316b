"""The item type "settings": what all buyers see besides packages."""
