"""One module a command: ``run(env, options) -> ExitCode`` is wiring, nothing more."""
