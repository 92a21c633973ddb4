"""A cloud for those without an account: its manager, its authority, and an az of its own."""
