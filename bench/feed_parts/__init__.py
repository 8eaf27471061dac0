"""Who takes part in the measurements of the feed: the sockets, who causes events, and what ours is compared with."""
