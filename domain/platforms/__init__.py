"""Platforms that hand their users over, by signed tokens. No Flask in here."""
