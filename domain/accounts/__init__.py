"""Admins, their passwords and their sign-in sessions. No Flask in here."""
