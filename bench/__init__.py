"""Measurements and chaos. Each program prints one line of JSON last: `python3 dev.py bench NAME`, `python3 dev.py chaos`.

What they start (servers, workers, Redis, PostgreSQL, stand-ins for the providers) is their own, on free ports, and
stopped.
"""
