"""The list of what was done: by whom, when and from where. No Flask in here."""
