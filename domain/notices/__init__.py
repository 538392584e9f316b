"""Notices to admins by mail, as often as each of them chose. No Flask in here."""
