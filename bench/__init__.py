"""Measurements and chaos. Each program prints one line of JSON last; `python3 dev.py bench NAME` and `dev.py chaos` run them.

What they start (servers, workers, Redis, PostgreSQL, the providers' stand-ins) is their own, on free ports, and stopped.
"""
