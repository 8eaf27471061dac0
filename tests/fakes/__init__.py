"""Stand-ins for Deepgram and Gemini that speak the real wire over real HTTP. Standard library only.

In a test:      with FakeDeepgram() as fake: Deepgram("key", base_url=fake.base_url)
As a process:   python -m tests.fakes --analysis-seconds 30      (prints the two base URLs as one line of JSON)

Both can be told to misbehave, by `fake.next(...)`, or by another process through `POST /__control__`.
"""
