"""What a counsellor sees and does."""
