"""What is fast, measured beside a rival of the same run: a machine is faster or slower, a ratio stays."""
