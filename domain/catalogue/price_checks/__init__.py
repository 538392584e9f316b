"""Price checks: mistakes and surprises in the prices that are about to go live."""
