"""Answers by a JSON schema: reading the schema, asking with it, checking what comes."""
