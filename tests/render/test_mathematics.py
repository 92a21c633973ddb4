"""LaTeX in prose: found where models write it, and readable."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.render.latex import to_unicode
from tests.render.documents import PROPERTY, shown

LATEX = (
    r"\frac \sqrt { } ^ _ x 2 \left( \right) & \\ \begin{aligned} \end{aligned} \text{a} \unknown"
    r" % # ~ $ [ ] \u \char \vec \not \begin{matrix}"
)
FORMULAS = st.lists(st.sampled_from([*LATEX.split(" "), " "]), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("x^2 + y_1", "x² + y₁"),
        ("e^{i\\pi} + 1 = 0", "e^(iπ) + 1 = 0"),
        ("\\frac{a}{b}", "a/b"),
        ("\\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}", "(-b ± √(b² - 4ac))/(2a)"),
        ("\\left( \\frac{1}{2} \\right)^n", "(1/2)ⁿ"),
        ("\\sqrt[3]{8}", "³√8"),
        ("a \\neq b \\leq c \\to d", "a ≠ b ≤ c → d"),
        ("\\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
        ("45^\\circ", "45°"),
        ("90\\,\\text{km/h}", "90 km/h"),
        ("\\boxed{42}", "42"),
        ("\\mathbb{R}", "\u211d"),
        ("10^{-9}", "10⁻⁹"),
        ("\\dfrac{a}{b} + \\tfrac12", "a/b + 1/2"),
        ("\\binom{n}{k}", "C(n, k)"),
        ("\\left. x \\right|_0", "x |₀"),
        ("p \\land \\neg q \\implies a \\ne b", "p ∧ ¬ q ⟹ a ≠ b"),
        ("\\gcd(a, b) \\bmod n", "gcd(a, b) mod n"),
        ("\\bigl( \\boldsymbol{x} \\bigr)", "(x)"),
        ("\\argmax_\\theta \\Pr(x)", "argmax_θ Pr(x)"),
        ("\\operatorname{a}x \\operatorname*{argmax}_x", "ax argmaxₓ"),
        ("a \\equiv b \\pmod{n} \\tag{1}", "a ≡ b (mod n) (1)"),
        ("\\bigg\\| \\mbox{if } x \\bigg\\|", "‖ if x ‖"),
        ("\\cfrac{1}{2} \\checkmark", "1/2 ✓"),
        (
            "f(x) = \\begin{cases} 1, & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}",
            "f(x) = {1, x > 0; 0, otherwise",
        ),
        ("\\begin{cases} x = 1 \\\\ y = 2 \\\\ \\end{cases}", "{x = 1; y = 2"),
    ],
)
def test_latex_reads_as_unicode(latex: str, text: str) -> None:
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("5% of x", "5% of x"),
        ("50\\%", "50%"),
        ("a \\\\% b", "a\n% b"),
        ("f''(x) - a--b", "f''(x) - a--b"),
        ("\\overline{A \\cup B}", "A̅ ̅\u222a̅ ̅B̅"),
        ("\\overrightarrow{AB}", "A⃗B⃗"),
        ("\\widehat{x}", "x̂"),
        ("\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}", "|1 2; 3 4|"),
    ],
)
def test_nothing_of_a_formula_is_lost(latex: str, text: str) -> None:
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("2\\frac{1}{2}", "2 1/2"),
        ("\\frac{1}{2}mv^2", "1/2 mv²"),
        ("\\frac{1}{2}(a + b)", "1/2 (a + b)"),
        ("\\frac{a}{b}\\frac{c}{d}", "a/b c/d"),
        ("\\frac{1}{a + b}x", "1/(a + b) x"),
        ("\\sqrt{2}x", "√2 x"),
        ("\\sqrt{2x}", "√(2x)"),
        ("2\\sqrt{2}", "2√2"),
        ("2\\sqrt[3]{8}", "2 ³√8"),
        ("-\\frac{1}{2}, n", "-1/2, n"),
    ],
)
def test_what_stands_beside_a_fraction_or_a_root_is_no_part_of_it(latex: str, text: str) -> None:
    assert to_unicode(latex) == text


LETTERS = "abcxyz"
TERMS = st.recursive(
    st.sampled_from([*LETTERS, "2", "3", "5"]),
    lambda inner: st.one_of(
        st.tuples(st.just("frac"), inner, inner),
        st.tuples(st.just("times"), inner, inner),
        st.tuples(st.just("over"), inner, inner),
        st.tuples(st.just("plus"), inner, inner),
        st.tuples(st.just("sqrt"), inner, st.just("")),
        st.tuples(st.just("square"), inner, st.just("")),
    ),
    max_leaves=6,
)
WRITTEN = {
    "frac": r"\frac{{{}}}{{{}}}",
    "times": "{} {}",
    "over": "{}/{}",
    "plus": r"\left({} + {}\right)",
    "sqrt": r"\sqrt{{{}}}",
    "square": "{}^2",
}


def written(term: object) -> str:
    """Return a term in LaTeX; what LaTeX does not group is in parentheses."""
    if not isinstance(term, tuple):
        return str(term)
    kind, *inside = term
    parts = [written(part) for part in inside if part != ""]
    if kind in ("over", "square"):
        parts = [
            part if isinstance(inner, str) or inner[0] in ("frac", "sqrt", "plus") else f"({part})"
            for part, inner in zip(parts, inside, strict=False)
        ]
    if kind == "times":
        parts = [f"({p})" if i[0] == "over" else p for p, i in zip(parts, inside, strict=True)]
    return WRITTEN[kind].format(*parts)


def value(term: object) -> float:
    if not isinstance(term, tuple):
        return VALUES[term] if term in VALUES else float(str(term))
    kind, first, *rest = term
    a: float = value(first)
    b: float = value(rest[0]) if rest[0] != "" else 0.0
    values: dict[str, float] = {
        "frac": a / (b or 1),
        "over": a / (b or 1),
        "times": a * b,
        "plus": a + b,
    }
    return {**values, "sqrt": math.sqrt(a), "square": a * a}[kind]


VALUES = dict(zip(LETTERS, (2.7, 3.3, 7.1, 1.9, 4.3, 8.9), strict=True))


@settings(PROPERTY, max_examples=400)
@given(TERMS)
def test_what_is_read_has_the_value_of_what_was_written(term: object) -> None:
    text = to_unicode(written(term))
    text = re.sub(r"(?<=[\w)]) *(?=√)|(?<=[\w)]) +(?=[\w(])", "*", text)
    text = text.replace("√", "ROOT**").replace("²", "**2")
    assert eval(text, {"ROOT": Root(), **VALUES}) == pytest.approx(value(term))


class Root:
    """A sign of a root, which binds as a power does."""

    def __pow__(self, other: float) -> float:
        return math.sqrt(other)


@pytest.mark.parametrize(
    "latex", ["\\unknown{x}", "\\frac{a", "x^{", "}", "\\begin{aligned} x", "\\eqref{a}"]
)
def test_what_is_not_understood_is_shown_as_it_was_written(latex: str) -> None:
    assert to_unicode(latex) == latex


@pytest.mark.parametrize("accent", ["hat", "overline"])
def test_accents_of_accents_do_not_grow_without_end(accent: str) -> None:
    latex = f"\\{accent}{{" * 20 + "x" + "}" * 20
    assert to_unicode(latex) == latex


@settings(PROPERTY, max_examples=200)
@given(FORMULAS | st.text(max_size=20))
def test_no_latex_fails(latex: str) -> None:
    assert to_unicode(latex) or not latex


def test_a_formula_of_its_own_lines_is_indented_and_keeps_its_lines() -> None:
    assert shown("\\[\nf(x) = x^2\n- 1\n\\]\n") == ["  f(x) = x²", "  - 1"]
    assert shown("$$\\begin{aligned} a &= b \\\\\n &= c \\end{aligned}$$") == ["  a = b", "  = c"]


@pytest.mark.parametrize("formula", ["$x^2$", "\\(x^2\\)", "$$x^2$$", "\\[x^2\\]"])
def test_a_formula_may_stand_in_a_line(formula: str) -> None:
    assert shown(f"so {formula} it is") == ["so x² it is"]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 now and $10 later.",
        "From $1,000 to $2,500 you save.",
        "Between $5 and 10$ or so.",
        "The variables $HOME and $PATH are set.",
        "US$ 20 or 20$",
        "export PATH=$HOME/bin:$PATH",
        "Set A=$B and C=$D.",
        "$HOME/$USER or $a_b/$c",
        "mv $f _$f or $x^$y",
        "\\[link\\](url) with \\mathbb{R}",
        "$ x $",
    ],
)
def test_money_and_variables_are_no_formulas(text: str) -> None:
    assert shown(text) == [text]


def test_brackets_with_a_power_are_brackets() -> None:
    assert shown("f\\(a, b\\) = \\(a + b\\)^2") == ["f(a, b) = (a + b)^2"]


def test_no_formula_ends_within_code() -> None:
    assert shown("It costs $5; set `--max=$` now.") == ["It costs $5; set --max=$ now."]


def test_a_formula_may_be_part_of_a_word() -> None:
    assert shown("the $n$th and $(k+1)$st, $k$-means") == ["the nth and (k+1)st, k-means"]
    assert shown("设$x^*$为") == ["设x^*为"]


def test_an_escaped_dollar_is_a_dollar() -> None:
    assert shown("\\$5 and $x$ and \\$6") == ["$5 and x and $6"]


@pytest.mark.parametrize(
    "text", ["\\[\nx\n\ny", "\\[\nx\n```\ny\n```", "\\[\nx \\] y", "$$\nx", "\\["]
)
def test_a_formula_without_an_end_is_text(text: str) -> None:
    assert "x" in "".join(shown(text)) or text == "\\["


def test_the_lines_of_what_turns_out_to_be_no_formula_are_markdown() -> None:
    assert shown("\\[\n- one\n- two\n\n# three\n")[1:] == ["• one", "• two", "", "three"]


def test_a_formula_right_after_an_item_ends_the_list() -> None:
    assert shown("1. so:\n\\[\nx\n- y\n\\]\n2. then\n") == ["1. so:", "  x", "  - y", "2. then"]


def test_a_formula_in_an_item_belongs_to_it() -> None:
    assert shown("- so:\n  \\[\n  x^2\n  \\]\n") == ["• so:", "    x²"]
