"""Concerns handed to services: what may be told, who is chosen, and what becomes of it until the child was served."""
