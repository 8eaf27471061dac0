"""What `bench/chaos.py` is made of: the site under attack, who attacks it, who uses it, and the count at the end."""
