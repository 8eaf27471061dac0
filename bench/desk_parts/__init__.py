"""What `bench/desk.py` fills its database with, and what it compares the pages with."""
