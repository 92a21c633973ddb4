"""Writes the thinking of a turn to a file, beside another renderer."""

from contextlib import AbstractContextManager

from azchat.errors import AzchatError
from azchat.events import Event, ReasoningDelta, Relabelled, RequestSent, TextDelta
from azchat.files import PrivateFile
from azchat.render import Renderer
from azchat.render.kept import KeptText


class ThinkingFileRenderer(Renderer):
    """Passes every event on to ``renderer``, and the thinking to ``file`` as it comes."""

    def __init__(self, renderer: Renderer, file: PrivateFile) -> None:
        self._renderer, self._file = renderer, file
        self._answer = KeptText()  # of this response: it may turn out as thinking
        self._earlier = 0  # bytes of the file, from the responses before this one

    def prepare(self) -> None:
        """Import what showing takes."""
        self._renderer.prepare()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RequestSent():
                self._answer.clear()
                self._earlier = self._file.size
            case TextDelta(text=text):
                self._answer.add(text)
            case ReasoningDelta(text=text):
                self._file.write(text)
            case Relabelled(to="reasoning"):
                self._file.write(self._answer.take())
            case Relabelled(to="text"):
                self._file.clear(keep=self._earlier)
            case _:
                pass
        self._renderer.show(event)

    def paused(self) -> AbstractContextManager[object]:
        """Leave the terminal to a question."""
        return self._renderer.paused()

    def fail(self, error: AzchatError) -> None:
        """Pass the failure on."""
        self._renderer.fail(error)

    def close(self) -> None:
        """Close both."""
        self._file.close()
        self._renderer.close()
