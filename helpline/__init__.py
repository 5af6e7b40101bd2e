"""The helpline itself; nothing imports this package."""
