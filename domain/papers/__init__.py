"""Papers: what a page shows as a receipt, read from its HTML and printed as PDF. Pure."""
