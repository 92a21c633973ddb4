"""What the user set, and where: flag, variable, ``.env``, profile, default; and the key for it."""
