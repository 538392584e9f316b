"""What looks like a slip in the prices that are about to go live."""
