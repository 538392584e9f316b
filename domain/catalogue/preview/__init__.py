"""The drafts as buyers would see them, and links that share that."""
