"""A request as a program in the user's own language; each file writes one. Pure: text comes out.

What a program sends is the body that azchat would send, whatever is in it.
"""
