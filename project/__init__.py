"""Wiring: settings, addresses, the ASGI application, the server command. May import everything; nothing imports it."""
