"""The working copy that admins edit: its packages, their order, who wrote what."""
