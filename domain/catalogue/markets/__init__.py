"""The item type "market": what buyers of one country are told about its prices."""
