"""What `dev.py` does, once it knows that this Python can."""
