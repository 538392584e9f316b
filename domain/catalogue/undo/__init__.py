"""Taking drafts back: discard, restore, undo."""
