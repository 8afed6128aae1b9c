"""Programs that are not ours, for tests to compare with."""
