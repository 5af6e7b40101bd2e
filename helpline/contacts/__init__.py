"""A contact: one conversation, from the first ring or message until its record is closed."""
