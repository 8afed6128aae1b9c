"""Web servers for tests: one in Python that can misbehave, and nginx."""
