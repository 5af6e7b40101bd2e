"""What is counted: pure definitions, the pictures that come of them, and files in which nobody is told by a number."""
