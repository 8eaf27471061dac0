"""What the machine does after a person has acted. Provider calls happen here, outside transactions and requests.

`jobs` owns the life of a job (claim, lease, heartbeat, retry); `advance` reads the rows and says what is due;
`transcription` and `analysis` do the work; `engines` picks the engine that the settings name.
"""
