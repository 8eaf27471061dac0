"""What input is acceptable, in words for the person who typed it."""
