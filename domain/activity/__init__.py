"""What admins did, when and from where. No Flask in here."""
