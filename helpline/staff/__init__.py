"""People on duty: who they are, how they sign in, and when they are there."""
