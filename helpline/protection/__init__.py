"""Protection: concerns, and the ladders by which they reach a person."""
