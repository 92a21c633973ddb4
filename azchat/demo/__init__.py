"""The built-in scripted service, for trying azchat without an account."""
