"""Pieces of text that make careless readers slow: each is repeated to any length."""

from __future__ import annotations

PIECES = (
    "a", "a ", "\n", "a\n", " ", "\t", "[", "![", "](", "![](", "[^", "[^a]", "[a](b", "[[", "[[a|", "]]", "`", "`a", "`a``b```",
    "*", "**a", "_a", "<", "<a", "<!--", "&", "&amp", "\\", ">", "> ", "> > ", "- ", "- [ ] a) b\n",
    "- [x] a) b\n    > c\n", "1. a\n", "  - a\n", "    - a\n", "# ",
    "### a: b\n", "### a: b\n`single` `c` `easy`\n", "### a: b\n`cloze` `c` `easy`\n[[a|b]]\n", "### a: b\n`open` `c` `easy`\n- [ ] a) b\n",
    "```\n", "```lines\n", "~~~\n", "```a\n~~~\n", "| a ", "| a | b |\n", "|-|-|\n", "---\n", "===\n", ". ", ".  ?", "¿", "?", "a?", ": ",
    "http://a.b ", "a@b.c ", "x" * 99 + "\n", "[a]: b\n", "[^a]: b\n", "1) a\n", "- a\n\n", "a\n- b\n", "[x](y.es.md#z) ", "![x](y.png) ",
)  # fmt: skip
