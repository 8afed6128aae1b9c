"""The guest in pymp4: the only place that knows its insides."""
