"""Files of packages: read, compared with the drafts, saved as drafts."""
