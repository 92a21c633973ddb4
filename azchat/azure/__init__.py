"""The edge towards Azure: the only folder that imports ``azure.*``."""
