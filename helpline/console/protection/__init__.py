"""Concerns at the console: the panel, the board, posts, numbers, and the page behind a link."""
