import pytest

from azchat.render.exposed import exposed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/\u0430dmin", "/home/\\u{0430}dmin"),
        ("g\u03bfogle.com", "g\\u{03BF}ogle.com"),
        ("\uff52\uff4d -rf", "\\u{FF52}\\u{FF4D} -rf"),
        ("\U0001d42b\U0001d426", "\\u{1D42B}\\u{1D426}"),
        ("\u0441\u043e\u0440\u0443 it", "\\u{0441}\\u{043E}\\u{0440}\\u{0443} it"),
        ("https:\u2215\u2215a.b", "https:\\u{2215}\\u{2215}a.b"),
        ("a\u200bb\u200db\ufe0f\u3164", "a\\u{200B}b\\u{200D}b\\u{FE0F}\\u{3164}"),
        ("a\u00a0b", "a\\u{00A0}b"),
        ("a\u202eb", "a\\u{202E}b"),
        ("git\u043e\u0439", "git\\u{043E}\\u{0439}"),
        ("rm r\ua4f3\ua4f3t", "rm r\\u{A4F3}\\u{A4F3}t"),
        ("\ua4e1\ua4df -x", "\\u{A4E1}\\u{A4DF} -x"),
        ("\u13a1\u13b7", "\\u{13A1}\\u{13B7}"),
        ("a\u142fi", "a\\u{142F}i"),
        ("h\u05e1st", "h\\u{05E1}st"),
        ("port808\u09ea", "port808\\u{09EA}"),
        ("ro\u1d0ft", "ro\\u{1D0F}t"),
        ("C:\u2216x", "C:\\u{2216}x"),
        ("\u0585ne", "\\u{0585}ne"),
    ],
)
def test_what_passes_for_something_else_is_told(text: str, shown: str) -> None:
    assert exposed(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "Zürich café naïve",
        "Сегодня хорошая погода, \u0441\u043e\u0440",
        "Καλημέρα κόσμε",
        "使用Python编写\uff0c很好\uff01",
        "日本語のテキスト",
        "שלום",
        "ב-Windows",
        "\u1403\u14c4\u1483\u144e\u1450\u1466",
        "\u09ea\u09e6 \u099f\u09be\u0995\u09be",
        "x — y … “z”",
    ],
)
def test_text_in_any_script_is_shown_as_it_is(text: str) -> None:
    assert exposed(text) == text
