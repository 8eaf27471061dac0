"""The demo's recordings, the script that made them, and what puts them into an empty database."""
