"""One connection to one server: opened early, in a thread, and read against deadlines.

HTTP and sockets alone: no service, no dialect, no setting is known here.
"""
