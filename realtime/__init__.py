"""Everything that touches a socket or the channel layer, and nothing else does. Imports the domain, never the reverse."""
