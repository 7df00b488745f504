"""A name turned into the text of a new course, lesson or quiz that checks clean, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from academy.core.content.model import LANGUAGES, Language
from academy.core.content.translation import DIGEST_SHOWN
from academy.core.content.version import digest

_COURSE = """id: {id}
level: foundation            # foundation, intermediate or advanced
hours: 1
source_language: {source}          # the language that holds the answer key
title: {{es: {es}, en: {en}}}
summary: {{es: Para qué sirve este curso., en: What this course is for.}}
skills: []                   # what the course claims to measure, once it has 12 questions for it
modules:
{modules}"""
_MODULE = "  - folder: {folder}\n    title: {{es: {es}, en: {en}}}\n"
_LESSON = {
    "es": """title: {title}
summary: Di en una frase para qué sirve esta lección.
minutes: 5
---
Empieza con un caso que tus lectores conozcan: quién, cuándo, qué pasó.

## La idea

Explica una sola idea. Un dato lleva su fuente.

> [!TIP]
> Propón algo que puedan probar hoy.

""",
    "en": """title: {title}
summary: Say in one sentence what this lesson is for.
minutes: 5
---
Begin with a case that your readers know: who, when, what happened.

## The idea

Explain one idea. A fact carries its source.

> [!TIP]
> Suggest something to try today.

""",
}
_QUIZ = {
    "es": "quiz: {quiz}\ntitle: {title}\npass: 70\n---\n",
    "en": "quiz: {quiz}\ntitle: {title}\npass: 70\n---\n",
}
_ITEM = {
    "es": """### {id}: Escribe aquí la pregunta.
`single` `{skill}` `easy`

- [ ] a) Una respuesta que tienta
    > Di por qué tienta y por qué no.
- [x] b) La respuesta correcta
- [ ] c) Otra que tienta
    > Di en qué se queda corta.

> Enseña la idea en una o dos frases.
""",
    "en": """### {id}: Write the question here.
`single` `{skill}` `easy`

- [ ] a) An answer that tempts
    > Say what tempts in it, and why not.
- [x] b) The right answer
- [ ] c) Another that tempts
    > Say where it falls short.

> Teach the idea in a sentence or two.
""",
}


def course_manifest(course_id: str, titles: Mapping[Language, str], source: Language, folder: str, module: Mapping[Language, str]) -> str:
    """A course.yaml with one module."""
    names = {language: _yaml(title) for language, title in titles.items()}
    return _COURSE.format(id=course_id, source=source, modules=module_entry(folder, module), **names)


def module_entry(folder: str, titles: Mapping[Language, str]) -> str:
    """The lines of a module in course.yaml."""
    return _MODULE.format(folder=folder, **{language: _yaml(title) for language, title in titles.items()})


def lesson_files(slug: str, titles: Mapping[Language, str], source: Language, item_id: str, skill: str) -> dict[str, str]:
    """A lesson with a knowledge check, by file name."""
    bodies = {lang: _LESSON[lang].format(title=_yaml(titles[lang])) + _ITEM[lang].format(id=item_id, skill=skill) for lang in LANGUAGES}
    return _files(slug, bodies, source)


def quiz_files(quiz_id: str, titles: Mapping[Language, str], source: Language, item_id: str, skill: str) -> dict[str, str]:
    """A quiz with one question, by file name."""
    heads = {language: _QUIZ[language].format(quiz=quiz_id, title=_yaml(titles[language])) for language in LANGUAGES}
    return _files("quiz", {lang: heads[lang] + _ITEM[lang].format(id=item_id, skill=skill) for lang in LANGUAGES}, source)


def stamped(text: str, source_text: str) -> str:
    """A translation's text with the digest of the source that it now follows. Raises ValueError where it has no front matter."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines) if number and line.strip() == "---"), None)
    if lines[0].strip() != "---" or end is None:
        raise ValueError("it has no front matter")
    stamp = f"source: {digest(source_text)[:DIGEST_SHOWN]}"
    at = next((number for number in range(1, end) if re.match(r"source\s*:", lines[number])), None)
    lines[at or end : (at or end - 1) + 1] = [stamp]
    return "\n".join(lines)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken; at most 64 characters."""
    base = wanted[:60].strip("-") or "new"
    return next(name for number in range(1, len(taken) + 2) if (name := base if number == 1 else f"{base}-{number}") not in taken)


def _files(slug: str, bodies: Mapping[Language, str], source: Language) -> dict[str, str]:
    first = f"---\n{bodies[source]}"
    files = {f"{slug}.{source}.md": first}
    for language in LANGUAGES:
        if language != source:
            files[f"{slug}.{language}.md"] = stamped(f"---\n{bodies[language]}", first)
    return files


def _yaml(text: str) -> str:
    """A title as YAML, quoted where it might be read as something else."""
    plain = re.fullmatch(r"[^\W\d_][\w .¿?¡!-]*", text) and not text.endswith(("?", " ")) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


_WORDS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
