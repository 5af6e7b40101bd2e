"""One file a revision; its number is its name. A revision that was released is never changed."""
