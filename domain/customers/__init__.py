"""Customers, how they sign in, and what support writes of them. No Flask in here."""
