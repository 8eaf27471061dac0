"""Engines: speech to words, words to assessments.

No database, no Django. An engine is given plain values and returns plain values, or raises one of the three
errors in `interviews.engines.errors`. Which engine runs is chosen in `interviews.processing.engines` from
the settings.
"""
