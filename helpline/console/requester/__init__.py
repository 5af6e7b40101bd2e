"""Pages of officers of institutions, who are nobody's workers: a door, a session and a cookie of their own."""
