"""The start page and signing in."""
