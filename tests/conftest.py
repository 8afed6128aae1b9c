"""Settings that all tests share."""

from hypothesis import settings

# A busy machine is no fault, and a failure must be the same for everyone.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")
