"""The protocol as pure code: bytes in, events out; no I/O, standard library only."""
