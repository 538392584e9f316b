"""Buying: from the card to the credits, once and only once.

A payment event only says which purchase to ask about: `sync` fetches the provider's whole state
and makes the purchase and the ledger equal to it.
"""
