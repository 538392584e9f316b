"""What differs between the drafts and what is live, and by whom."""
