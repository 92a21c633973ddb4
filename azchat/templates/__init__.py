"""Prompts that are kept: TOML and YAML files with variables, and GitHub's ``.prompt.yml``."""
