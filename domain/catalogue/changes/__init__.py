"""What differs between two catalogues: comparing, taking a part, merging. Pure."""
