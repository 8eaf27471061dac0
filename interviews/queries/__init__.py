"""Reads shared by the pages and the live feed. They return plain values, so that both draw the same thing from them."""
