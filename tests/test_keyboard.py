"""The keyboard that one thread closes while another begins to listen."""

from azchat.keyboard import Keyboard


class ClosedMeanwhile(Keyboard):
    """Closed between the two halves of ``listen``, as by the end of a turn that failed at once."""

    def in_foreground(self) -> bool:
        self.close()
        return True


def test_a_keyboard_that_is_closed_while_it_begins_to_listen_stays_closed() -> None:
    keyboard = ClosedMeanwhile(is_stdin=True, on_stop=lambda: None, on_continue=lambda: None)
    keyboard.listen()
    assert not keyboard.is_listening
