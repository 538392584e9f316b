"""Apply Changes, and every release there was."""
