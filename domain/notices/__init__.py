"""What admins wish to hear of, by mail. No Flask in here."""
