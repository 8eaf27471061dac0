"""The domain: what an interview is, who may touch it, what happens to it. Knows no sockets.

Each room may import those below it; pyproject.toml has their order.
"""
