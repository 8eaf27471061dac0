"""Scoring: what an engine's suggestion is worth once checked, and the arithmetic over it.

Pure functions on strings and integers: no engine, no database, no Django.
"""
