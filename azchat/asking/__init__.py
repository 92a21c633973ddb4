"""What every way to ask shares: the route, the link, a turn that is saved and heard, its tools.

No renderer, no flag, no terminal: a batch or a page asks by the same modules as ``ask``.
"""
