"""Questions of every type that XML formats hold, for round trips."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import strategies as st

from academy.core.interop.fractions import FRACTIONS
from academy.core.interop.keys import figures
from academy.core.interop.model import Imported, ImportedOption
from academy.core.interop.names import Names
from academy.core.interop.text import safe_markdown

_LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], include_characters="\n*_`<>&{}=~#:\\|[]()")


def _tidy(text: str) -> str:
    return safe_markdown("\n".join(line for line in text.splitlines()).strip()).strip()


MARKDOWN = st.text(_LETTERS, min_size=1, max_size=40).map(_tidy).filter(bool)
LINE = MARKDOWN.map(lambda text: " ".join(text.split())).filter(lambda text: text and safe_markdown(text) == text)
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12).filter(
    lambda word: not word.startswith("/")
)
FEEDBACK = st.none() | MARKDOWN
FIGURE = st.decimals(-10_000, 10_000, places=3)


def _range(ends: tuple[Decimal, Decimal]) -> str:
    return figures(min(ends), max(ends))


def _options(texts: st.SearchStrategy[list[str]], share: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[ImportedOption, ...]]:
    return texts.flatmap(lambda found: st.tuples(*(st.builds(ImportedOption, st.just(text), share, FEEDBACK) for text in found)))


KINDS = ("single", "multiple", "truefalse", "number", "text", "match", "categorize")
"""What every format with types of its own holds whole."""


@st.composite
def questions(draw: st.DrawFn, *, typed_wrong: bool = True, kinds: Sequence[str] = KINDS) -> Imported:
    """One question. typed_wrong: whether typed answers foresee wrong ones."""
    kind = draw(st.sampled_from(kinds))
    pairs: tuple[tuple[str, str], ...] = ()
    options: tuple[ImportedOption, ...] = ()
    if kind in {"single", "multiple"}:
        options = draw(_options(st.lists(MARKDOWN, min_size=3, max_size=5), st.just(0.0)))
        right = draw(st.integers(0, len(options) - 1))
        shares = [1.0 if place == right else 0.0 for place in range(len(options))]
        if kind == "multiple":
            shares = draw(st.lists(st.sampled_from(FRACTIONS), min_size=len(options), max_size=len(options)).filter(lambda s: max(s) > 0))
        options = tuple(ImportedOption(o.text, share, o.feedback) for o, share in zip(options, shares, strict=True))
    elif kind == "truefalse":
        key = draw(st.booleans())
        words = draw(st.sampled_from([("True", "False"), ("Verdadero", "Falso"), ("No", "Yes")]))
        options = (ImportedOption(words[0], float(key), draw(FEEDBACK)), ImportedOption(words[1], float(not key), draw(FEEDBACK)))
    elif kind == "match":
        rights = draw(st.lists(MARKDOWN, min_size=3, max_size=4, unique=True))
        last = draw(st.just("") | MARKDOWN)  # "": a right side that fits nothing
        pairs = (*((draw(MARKDOWN), right) for right in rights[:-1]), (last, rights[-1]))
    elif kind == "categorize":
        shared, other = draw(st.lists(MARKDOWN, min_size=2, max_size=2, unique=True))
        pairs = ((draw(MARKDOWN), shared), (draw(MARKDOWN), other), (draw(MARKDOWN), shared))
    elif kind == "order":
        steps = draw(st.lists(MARKDOWN, min_size=3, max_size=5, unique=True))
        options = tuple(ImportedOption(step, 1.0) for step in steps)
    elif kind == "open":
        options = tuple(ImportedOption(line, 0.0) for line in draw(st.lists(LINE, max_size=4 if "order" in kinds else 0)))
    else:
        texts = st.lists(WORDS if kind == "text" else st.tuples(FIGURE, FIGURE).map(_range), min_size=1, max_size=3, unique=True)
        share = st.sampled_from([1.0, 0.0] if typed_wrong else [1.0])
        options = draw(_options(texts, share).filter(lambda found: any(option.fraction for option in found)))
    points = draw(st.sampled_from([(), ("2 pts",)]))
    return Imported(
        "", kind, draw(MARKDOWN), options, draw(FEEDBACK), pairs,
        title=draw(st.sampled_from(["", "id", "A title of its own"])), category=draw(st.sampled_from(["", "Networks/Ports", "Más"])),
        tags=(*draw(st.sampled_from([(), ("easy",), ("hard", "ai-social-engineering")])), *points),
    )  # fmt: skip


def banks(*, typed_wrong: bool = True, kinds: Sequence[str] = KINDS) -> st.SearchStrategy[list[Imported]]:
    """Several questions with ids as a reader gives them."""

    def named(found: list[Imported]) -> list[Imported]:
        names = Names()
        return [
            Imported(
                identifier := names.take(f"question {number}"), q.type, q.stem, q.options, q.rationale, q.pairs,
                identifier if q.title == "id" else q.title, q.category, q.tags,
            )
            for number, q in enumerate(found)
        ]  # fmt: skip

    return st.lists(questions(typed_wrong=typed_wrong, kinds=kinds), min_size=1, max_size=4).map(named)
