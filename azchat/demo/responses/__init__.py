"""The script in the words of the Responses API."""
