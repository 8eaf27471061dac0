"""The least that a submit could be: one view with the same writes and nothing around it, to compare ours with."""
