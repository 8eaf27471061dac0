"""All that touches a socket or the channel layer. Imports the domain, never the reverse."""
