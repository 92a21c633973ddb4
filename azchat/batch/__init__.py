"""Many questions from a file: checked first, asked as many at once as the service lets, written.

A way to ask beside ``ask``: no renderer, no flag, no terminal. A line of the output is on the disk
before its place is given to the next question, so that whoever is killed goes on where it was.
"""
