"""A page in the browser: a way to ask beside ``ask``, over the same engine and sessions."""
