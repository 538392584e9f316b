"""What buyers see. Nothing in here can reach a draft."""
