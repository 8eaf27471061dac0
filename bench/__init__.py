"""Measurements and chaos: `python3 dev.py bench NAME`, `python3 dev.py chaos`. Each prints one line of JSON last.

What they start (servers, workers, Redis, PostgreSQL, stand-ins for the providers) is their own, on free ports, and
stopped.
"""
