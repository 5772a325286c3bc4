"""A case as read: two files, one casebook, and how it changes."""
