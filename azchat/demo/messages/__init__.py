"""The script in the words of the Messages API."""
