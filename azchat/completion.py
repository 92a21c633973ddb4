"""Completion scripts for four shells, generated from the commands themselves.

They are static: a Tab never starts azchat. A value that is one of a few words completes too.
"""
