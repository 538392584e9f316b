"""Everything that Apply Changes publishes: drafts, changes, releases. No Flask in here."""
