"""The program's entry: what must be quick comes before what is heavy to import."""

# ``signal`` itself takes milliseconds to import, in which Ctrl-C would show a traceback.
import _signal  # type: ignore[import-not-found]

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # until there is something to tidy up

import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from azchat import __version__

        try:
            os.write(1, f"azchat {__version__}\n".encode())
        except OSError:
            pass  # told by what comes below
        else:
            return
    import gc

    gc.set_threshold(100_000)  # what imports make stays: looking through it is wasted
    from azchat.start import run

    run(sys.argv[1:])


if __name__ == "__main__":
    main()
