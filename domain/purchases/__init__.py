"""Buying: from the card to the credits, once and only once.

Whatever is heard of a payment only says where to look: `sync` fetches the provider's whole state
and makes the purchase and the ledger equal to it.
"""
