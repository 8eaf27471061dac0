"""The domain: what an interview is, who may touch it, what happens to it. Knows no sockets.

From top to bottom, each room may import those below it:
urls, views | admin | management, forms, access, actions, tasks, processing, queries, engines | scoring, media, models,
events.
"""
