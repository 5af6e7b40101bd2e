"""What machines of institutions use: requests for an interpreter, with a token, and the document that describes it."""
