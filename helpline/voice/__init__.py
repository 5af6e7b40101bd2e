"""Telephone conversations: who is in the room, and what every leg hears."""
