"""Every code of `academy check`: a random place of the real courses is spoilt, and exactly that code at that line appears."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.support import Translations

from academy.config import ROOT
from academy.core.content import codes
from academy.core.content.content_file import ContentFile
from academy.core.content.model import Problem
from academy.core.framework import Framework
from academy.core.reference_codes import REFERENCE_CODES
from academy.store.course_files import read_library
from tests.courses.test_parted_codes import SPOILT

COURSE = "courses/ai-threats"
CHIPS = re.compile(r"^(`\w+`) (`[a-z][a-z0-9-]*`) (`\w+`)")
"""Type, skill and level, as our courses order them."""
Place = tuple[str, int]
KEPT: dict[tuple[str, str], ContentFile | None] = {}
"""Files of the course as they are, so that a test reads only what it spoils."""


class Folder:
    """A copy of the courses that can be spoilt."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self.chance = chance
        self.modules = sorted(path.name for path in (root / COURSE).iterdir() if path.is_dir())

    def lessons(self, language: str) -> list[str]:
        return sorted(f"{COURSE}/{p.parent.name}/{p.name}" for p in (self.root / COURSE).glob(f"*/[0-9]*.{language}.md"))

    def quizzes(self, language: str) -> list[str]:
        return sorted(f"{COURSE}/{p.parent.name}/{p.name}" for p in (self.root / COURSE).glob(f"*/quiz.{language}.md"))

    def read(self, name: str) -> list[str]:
        return (self.root / name).read_text(encoding="utf-8").split("\n")

    def write(self, name: str, lines: list[str]) -> None:
        """Write a file; the digest in its translation follows, so that only the fault meant is there."""
        text = "\n".join(lines)
        (self.root / name).write_text(text, encoding="utf-8")
        if name.endswith(".es.md"):
            other = name.replace(".es.md", ".en.md")
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            self.write(other, [re.sub("^source: .*", f"source: {digest}", line) for line in self.read(other)])

    def edit(self, name: str, at: int, *new: str) -> Place:
        """Replace the line with index `at`; the place of the first new line."""
        lines = self.read(name)
        lines[at : at + 1] = new
        self.write(name, lines)
        return name, at + 1

    def allow(self, name: str, code: str, reason: str = '"It is meant"') -> Place:
        """Silence a code in a file; the place where it says so."""
        lines = self.read(name)
        self.write(name, [lines[0], "allow:", f"  {code}: {reason}", *lines[1:]])
        return name, 3

    def skill(self) -> str:
        """A skill that no question of the course measures."""
        listed = (ROOT / "academy/reference/skills.yaml").read_text(encoding="utf-8")
        known: set[str] = set(re.findall(r"^- id: ([a-z0-9-]+)", listed, re.MULTILINE))
        lines = [line for name in self.quizzes("es") + self.lessons("es") for line in self.read(name)]
        used = {chips[2].strip("`") for line in lines if (chips := CHIPS.match(line))}
        return self.chance.choice(sorted(known - used))

    def without_pictures(self, language: str) -> list[str]:
        """Lessons that can be missed without leaving a picture that nobody sees, or a skill with too few questions."""
        spare = ("ai-attack-economics", "ai-social-engineering", "ai-assisted-defense")
        texts = {name: "\n".join(self.read(name)) for name in self.lessons(language)}
        skills = {name: re.findall(r"^`\w+` `([a-z-]+)`", text, re.MULTILINE) for name, text in texts.items()}
        return [name for name, text in texts.items() if "](img/" not in text and set(skills[name]) <= set(spare)]

    def lesson(self) -> str:
        return self.chance.choice(self.lessons("en"))

    def quiz(self) -> str:
        return self.chance.choice(self.quizzes("en"))

    def find(self, name: str, pattern: str, after: int = 0) -> int:
        """Index of a random line that fits."""
        found = [at for at, line in enumerate(self.read(name)) if at >= after and re.search(pattern, line)]
        assert found, f"{pattern} is nowhere in {name}"
        return self.chance.choice(found)

    def next(self, name: str, pattern: str, at: int) -> int:
        """Index of the first line from `at` on that fits."""
        lines = self.read(name)
        return next(number for number in range(at, len(lines)) if re.search(pattern, lines[number]))

    def item(self, type_name: str) -> tuple[str, int]:
        """A quiz and the index of the heading of an item of this type in it."""
        places = [
            (name, at)
            for name in self.quizzes("en")
            for at, line in enumerate(self.read(name))
            if line.startswith("### ") and f"`{type_name}`" in self.read(name)[at + 1]
        ]
        return self.chance.choice(places)

    def wrong_option(self, type_name: str = "single") -> tuple[str, int]:
        name, at = self.item(type_name)
        return name, self.next(name, r"^- \[ \] ", at)

    def right_option(self, type_name: str = "single") -> tuple[str, int]:
        name, at = self.item(type_name)
        return name, self.next(name, r"^- \[x\] ", at)

    def prose_line(self) -> tuple[str, int]:
        """A lesson and the index of an empty line between two paragraphs of it."""
        name = self.lesson()
        lines = self.read(name)
        places = [
            at
            for at in range(8, len(lines) - 1)
            if lines[at - 1][:1].isalpha() and not lines[at] and lines[at + 1][:1].isalpha() and "### " not in "".join(lines[at : at + 3])
        ]
        return name, self.chance.choice(places)


MUTATIONS: dict[str, Callable[[Folder], Place]] = {}


def spoils(code: str) -> Callable[[Callable[[Folder], Place]], Callable[[Folder], Place]]:
    """Register a mutation that must give this code at the place it returns."""

    def keep(mutate: Callable[[Folder], Place]) -> Callable[[Folder], Place]:
        MUTATIONS[code] = mutate
        return mutate

    return keep


# Files and front matter


@spoils("file-encoding")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    lines = (folder.root / name).read_bytes().split(b"\n")
    lines[at] = b"caf\xe9"
    (folder.root / name).write_bytes(b"\n".join(lines))
    return name, at + 1


@spoils("file-unreadable")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    outside = folder.root / "outside.md"
    shutil.move(folder.root / name, outside)
    (folder.root / name).symlink_to(outside)
    return name, 1


@spoils("file-name")
def _(folder: Folder) -> Place:
    name = f"{COURSE}/{folder.chance.choice(folder.modules)}/notes.md"
    (folder.root / name).write_text("Notes")
    return name, 1


@spoils("front-matter-missing")
def _(folder: Folder) -> Place:
    return folder.edit(folder.lesson(), 0, "Hello")


@spoils("front-matter-syntax")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    return folder.edit(name, folder.find(name, "^title:"), "title: [a, b")[0], folder.find(name, "^summary:") + 1


@spoils("field-missing")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    lines = folder.read(name)
    del lines[folder.find(name, "^(title|summary):")]
    folder.write(name, lines)
    return name, 1


@spoils("field-type")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    return folder.edit(name, folder.find(name, "^title:"), "title: [a, b]")


@spoils("field-range")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    return folder.edit(name, folder.find(name, "^minutes:"), folder.chance.choice(["minutes: soon", "minutes: 0", "minutes: 5000"]))


@spoils("field-unknown")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    return folder.edit(name, 1, "author: somebody", folder.read(name)[1])


@spoils("allow-code")
def _(folder: Folder) -> Place:
    return folder.allow(folder.lesson(), folder.chance.choice(["key-missing", "no-such-code", "allow-unused"]))


@spoils("allow-reason")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    folder.edit(name, at, "", "##### Deep", "")
    return folder.allow(name, "heading-skip", folder.chance.choice(["", '""', "5"]))


@spoils("allow-unused")
def _(folder: Folder) -> Place:
    return folder.allow(folder.chance.choice([folder.lesson(), folder.quiz()]), "heading-skip")


# Courses


@spoils("budget")
def _(folder: Folder) -> Place:
    wrong = folder.chance.choice(["60", "{lesson: little}", "{lessons: 60}", "{quiz: -1}", "{lesson: true}"])
    return folder.edit(f"{COURSE}/course.yaml", 1, f"budget: {wrong}", folder.read(f"{COURSE}/course.yaml")[1])


@spoils("course-id")
def _(folder: Folder) -> Place:
    return folder.edit(f"{COURSE}/course.yaml", 0, "id: ai-threat")


@spoils("course-duplicate")
def _(folder: Folder) -> Place:
    shutil.copytree(folder.root / COURSE, folder.root / "more" / "ai-threats")
    return "more/ai-threats/course.yaml", 1


@spoils("module-folder")
def _(folder: Folder) -> Place:
    name = f"{COURSE}/course.yaml"
    at = folder.find(name, "^modules:")
    folder.edit(name, at, "modules:", "  - folder: 9-missing", "    title: {es: Falta, en: Missing}")
    return name, at + 2


@spoils("module-unlisted")
def _(folder: Folder) -> Place:
    (folder.root / COURSE / "9-extra").mkdir()
    return f"{COURSE}/course.yaml", 1


@spoils("module-empty")
def _(folder: Folder) -> Place:
    new = folder.root / COURSE / "9-empty"
    new.mkdir()
    for language in ("es", "en"):
        lines = folder.read(f"{COURSE}/{folder.modules[0]}/quiz.{language}.md")
        text = re.sub(r"^### ", "### x-", "\n".join(lines), flags=re.MULTILINE).replace("quiz: ", "quiz: x-", 1)
        (new / f"quiz.{language}.md").write_text(text)
    folder.write(f"{COURSE}/9-empty/quiz.es.md", folder.read(f"{COURSE}/9-empty/quiz.es.md"))
    name = f"{COURSE}/course.yaml"
    at = folder.find(name, "^modules:")
    folder.edit(name, at, "modules:", "  - folder: 9-empty", "    title: {es: Vacío, en: Empty}")
    return name, at + 2


@spoils("quiz-missing")
def _(folder: Folder) -> Place:
    module = folder.root / COURSE / "9-new"
    module.mkdir()
    for language in ("es", "en"):
        source = "\nsource: 0" if language == "en" else ""
        (module / f"1-new.{language}.md").write_text(f"---\ntitle: New\nsummary: Short{source}\n---\nText.\n")
    folder.write(f"{COURSE}/9-new/1-new.es.md", folder.read(f"{COURSE}/9-new/1-new.es.md"))
    name = f"{COURSE}/course.yaml"
    at = folder.find(name, "^modules:")
    folder.edit(name, at, "modules:", "  - folder: 9-new", "    title: {es: Nuevo, en: New}")
    return name, at + 2


@spoils("language-unknown")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    other = name.replace(".en.md", ".fr.md")
    shutil.copy(folder.root / name, folder.root / other)
    return other, 1


@spoils("skill-unknown")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    folder.edit(name, at + 1, CHIPS.sub(r"\1 `ai-magic` \3", folder.read(name)[at + 1]))
    return name, at + 1


@spoils("skill-thin")
def _(folder: Folder) -> Place:
    name = f"{COURSE}/course.yaml"
    at = folder.find(name, "^skills:")
    folder.edit(name, at, "skills:", f"  - {folder.skill()}")
    return name, at + 2


# Items


@spoils("chips-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    folder.edit(name, at + 1, "")
    return name, at + 1


@spoils("type-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at + 1, folder.read(name)[at + 1].replace("`single` ", ""))


@spoils("level-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at + 1, re.sub(" `(easy|medium|hard)`", "", folder.read(name)[at + 1]))


@spoils("skill-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at + 1, CHIPS.sub(r"\1 \3", folder.read(name)[at + 1]))


@spoils("chip-unknown")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at + 1, folder.read(name)[at + 1] + " `Difficult`")


@spoils("item-id")
def _(folder: Folder) -> Place:
    name = folder.quiz()
    lines = folder.read(name)
    lines += ["", "### What is this?", "`single`", ""]
    folder.write(name, lines)
    return name, len(lines) - 2


@spoils("item-duplicate")
def _(folder: Folder) -> Place:
    name, at = folder.item("truefalse")
    lines = folder.read(name)
    end = folder.next(name, "^### ", at + 1) if any(line.startswith("### ") for line in lines[at + 1 :]) else len(lines)
    folder.write(name, [*lines, "", *lines[at:end]])
    return name, len(lines) + 2


@spoils("stem-empty")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at, folder.read(name)[at].partition(":")[0] + ":")


@spoils("options-number")
def _(folder: Folder) -> Place:
    name, at = folder.item("truefalse")
    option = folder.next(name, r"^- \[.\] b\)", at)
    folder.edit(name, option, "- [ ] b) Maybe", "    > No.", folder.read(name)[option].replace("b)", "c)"))
    return name, at + 1


@spoils("option-letter")
def _(folder: Folder) -> Place:
    name, at = folder.wrong_option()
    return folder.edit(name, at, re.sub(r"\] [a-z]\)", "] z)", folder.read(name)[at]))


@spoils("option-empty")
def _(folder: Folder) -> Place:
    name, at = folder.wrong_option()
    return folder.edit(name, at, re.sub(r"(\] [a-z]\)).*", r"\1", folder.read(name)[at]))


@spoils("option-duplicate")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    first, second = folder.next(name, r"^- \[.\] a\)", at), folder.next(name, r"^- \[.\] b\)", at)
    text = folder.read(name)[first].partition("a)")[2]
    return folder.edit(name, second, folder.read(name)[second].partition("b)")[0] + "b)" + text.upper())


@spoils("line-mark")
def _(folder: Folder) -> Place:
    name, at = folder.item("lines")
    line = folder.next(name, r"^\[ \] ", at)
    return folder.edit(name, line, folder.read(name)[line], "09:99 no mark")[0], line + 2


@spoils("fence-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("lines")
    fence = folder.next(name, "^```lines", at)
    folder.edit(name, fence, "```text")
    return name, at + 1


@spoils("fence-open")
def _(folder: Folder) -> Place:
    name = folder.quiz()
    lines = folder.read(name)
    folder.write(name, [*lines, "", "### loose: Is it open?", "`truefalse` `ai-social-engineering` `easy`", "", "```text", "log"])
    return name, len(lines) + 5


@spoils("key-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    option = folder.next(name, r"^- \[x\] ", at)
    folder.edit(name, option, folder.read(name)[option].replace("[x]", "[ ]"))
    return name, at + 1


@spoils("key-too-many")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    option = folder.next(name, r"^- \[ \] ", at)
    folder.edit(name, option, folder.read(name)[option].replace("[ ]", "[x]"))
    return name, at + 1


@spoils("number-unreadable")
def _(folder: Folder) -> Place:
    name, at = folder.right_option("number")
    return folder.edit(name, at, "- [x] about thirty")


@spoils("text-pattern")
def _(folder: Folder) -> Place:
    name, at = folder.right_option("text")
    return folder.edit(name, at, "- [x] /(a+)+b/", folder.read(name)[at])


@spoils("rationale-missing")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    lines = folder.read(name)
    rationale = folder.next(name, "^>", at)
    end = next((number for number in range(rationale, len(lines)) if not lines[number].startswith(">")), len(lines))
    folder.write(name, lines[:rationale] + lines[end:])
    return name, at + 1


@spoils("feedback-missing")
def _(folder: Folder) -> Place:
    name, at = folder.wrong_option()
    lines = folder.read(name)
    assert lines[at + 1].startswith("    >")
    del lines[at + 1]
    folder.write(name, lines)
    return name, at + 1


@spoils("text-after-item")
def _(folder: Folder) -> Place:
    name = folder.quiz()
    lines = folder.read(name)
    folder.write(name, [*lines, "", "This stands alone."])
    return name, len(lines) + 2


@spoils("quiz-empty")
def _(folder: Folder) -> Place:
    name = folder.quiz()
    folder.write(name, folder.read(name)[: folder.find(name, "^source:") + 2])
    return name, 1


@spoils("quiz-duplicate")
def _(folder: Folder) -> Place:
    first, second, *_others = folder.quizzes("en")
    return folder.edit(second, 1, folder.read(first)[1])


@spoils("quiz-drift")
def _(folder: Folder) -> Place:
    return folder.edit(folder.quiz(), 1, "quiz: another-name")


@spoils("quiz-terms")
def _(folder: Folder) -> Place:
    name, field = folder.quiz(), folder.chance.choice(["attempts: 2", "minutes: 30"])
    lines = folder.read(name)
    return folder.edit(name, 1, lines[1], field)[0], 3


@spoils("chip-self")
def _(folder: Folder) -> Place:
    name, at = folder.item(folder.chance.choice(["single", "multiple", "number", "text", "truefalse", "lines"]))
    return folder.edit(name, at + 1, folder.read(name)[at + 1] + " `self`")


# Item writing


@spoils("item-link")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    pointer = folder.chance.choice(["[the lesson](1-voice.en.md)", "![a door](img/door.svg)", "[above](#the-call)"])
    return folder.edit(name, at, f"{folder.read(name)[at]} See {pointer}")


@spoils("longest-is-key")
def _(folder: Folder) -> Place:
    name, at = folder.right_option()
    return folder.edit(name, at, folder.read(name)[at] + ", " + "because that is the one thing that really helps here and everywhere " * 3)


@spoils("all-of-the-above")
def _(folder: Folder) -> Place:
    name, at = folder.wrong_option()
    return folder.edit(name, at, re.sub(r"(\] [a-z]\)).*", r"\1 All of the above, more or less", folder.read(name)[at]))


@spoils("negative-stem")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    return folder.edit(name, at, folder.read(name)[at].partition(":")[0] + ": Which of these does not help?")


@spoils("key-position")
def _(folder: Folder) -> Place:
    """In both languages, so that nothing but the position is wrong; each quiz is told."""
    english = folder.chance.choice([name for name in folder.quizzes("en") if "\n".join(folder.read(name)).count("`single`") >= 6])
    for name in (english.replace(".en.md", ".es.md"), english):
        lines = folder.read(name)
        singles = [at for at, line in enumerate(lines) if line.startswith("### ") and "`single`" in lines[at + 1]]
        for at in singles:
            end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("### ")), len(lines))
            options = [n for n in range(at, end) if re.match(r"- \[.\] ", lines[n])]
            right = next(n for n in options if lines[n].startswith("- [x]"))
            first = lines[options[0]].partition(") ")[2]
            lines[options[0]] = "- [x] a) " + lines[right].partition(") ")[2]
            if right != options[0]:
                letter = lines[right].partition("] ")[2][0]
                lines[right] = f"- [ ] {letter}) {first}"
        folder.write(name, lines)
    return english, singles[0] + 1


# Lessons


@spoils("heading-skip")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    return folder.edit(name, at, "", "##### Deep", "")[0], at + 2


@spoils("heading-top")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    at = folder.find(name, "^## ")
    return folder.edit(name, at, folder.read(name)[at][1:])


@spoils("list-blank")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    return folder.edit(name, at, "- one", "")


@spoils("list-indent")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    return folder.edit(name, at, "", "- one", "  - two", "")[0], at + 3


@spoils("image-alt")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    (folder.root / name).parent.joinpath("img").mkdir(exist_ok=True)
    (folder.root / name).parent.joinpath("img", "x.png").write_bytes(b"x")
    return folder.edit(name, at, "", "See ![](img/x.png).", "")[0], at + 2


@spoils("image-missing")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    return folder.edit(name, at, "", "See ![a diagram](img/none.svg).", "")[0], at + 2


@spoils("image-unused")
def _(folder: Folder) -> Place:
    images = folder.root / COURSE / folder.chance.choice(folder.modules) / "img"
    images.mkdir(exist_ok=True)
    (images / "nobody.png").write_bytes(b"x")
    return str((images / "nobody.png").relative_to(folder.root)), 1


@spoils("file-kind")
def _(folder: Folder) -> Place:
    name = f"{COURSE}/{folder.chance.choice(folder.modules)}/notes.pdf"
    (folder.root / name).write_bytes(b"x")
    return name, 1


@spoils("link-missing")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    targets = ["9-none.en.md", "../9-none/1-first.en.md", "../../../README.md", "img/none.png", "/etc/passwd", "none.en.md#top"]
    return folder.edit(name, at, "", f"See [there]({folder.chance.choice(targets)}).", "")[0], at + 2


@spoils("anchor-missing")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    other = folder.chance.choice(["", name.rpartition("/")[2], f"../{folder.lesson().partition(COURSE + '/')[2]}"])
    return folder.edit(name, at, "", f"See [there]({other}#no-such-heading).", "")[0], at + 2


@spoils("lesson-heavy")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    (folder.root / name).parent.joinpath("img").mkdir(exist_ok=True)
    (folder.root / name).parent.joinpath("img", "heavy.png").write_bytes(b"x" * 59_000)
    return folder.edit(name, at, "", "See ![a wall](img/heavy.png).", "")[0], 1


@spoils("quiz-heavy")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    line = folder.next(name, "^>", at)
    folder.edit(name, line, folder.read(name)[line] + " And once more." * 6_000)
    return name, 1


@spoils("commonmark-differs")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    first, second = folder.chance.choice([("one\\", "two"), ("#two", ""), ("text", "| a | b |\n|---|---|\n| 1 | 2 |")])
    place = folder.edit(name, at, "", first, *second.split("\n"), "")
    return place[0], at + (3 if second.startswith("|") else 2)


@spoils("footnote-undefined")
def _(folder: Folder) -> Place:
    name, at = folder.prose_line()
    return folder.edit(name, at, "", "So they say.[^nobody]", "")[0], at + 2


@spoils("footnote-unused")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    lines = folder.read(name)
    folder.write(name, [*lines, "[^extra]: Publisher, *Title*, 2 May 2024"])
    return name, len(lines) + 1


@spoils("footnote-undated")
def _(folder: Folder) -> Place:
    name = folder.lesson()
    at = folder.find(name, r"^\[\^[^\]]+\]:")
    return folder.edit(name, at, folder.read(name)[at].partition(":")[0] + ": Publisher, *Title*")


# Drawings

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 200"><path class="f-line" d="M0 0h9"/>{more}</svg>'


def _drawing(folder: Folder, text: str) -> Place:
    """Put a drawing into a lesson; the place of its file's first line."""
    name, at = folder.prose_line()
    folder.edit(name, at, "", "![Two networks](img/new.svg)", "")
    path = f"{name.rpartition('/')[0]}/img/new.svg"
    (folder.root / path).parent.mkdir(exist_ok=True)
    (folder.root / path).write_text(text)
    return path, 1


@spoils("figure-unreadable")
def _(folder: Folder) -> Place:
    return _drawing(folder, folder.chance.choice(["no drawing", DRAWING.replace("0 0 360 200", ""), "<!DOCTYPE svg>" + DRAWING]))


@spoils("figure-part")
def _(folder: Folder) -> Place:
    return _drawing(folder, DRAWING.format(more=folder.chance.choice(["<style/>", '<rect onclick="x"/>', '<g class="btn"/>'])))


@spoils("figure-large")
def _(folder: Folder) -> Place:
    return _drawing(folder, DRAWING.format(more=" " * 12_000))


# Paths


def _path(folder: Folder, *, role: str = "PD-WRL-001", module: str = "", needs: str = "") -> list[str]:
    """A path to a role through one module of the course."""
    step = f"      - {{course: {Path(COURSE).name}, module: {module or folder.chance.choice(folder.modules)}, needs: [{needs}]}}"
    return [f"  - role: {role}", "    outcomes: {es: [Leer], en: [Read]}", "    steps:", step]


def _paths(folder: Folder, *paths: list[str]) -> str:
    name = "courses/paths.yaml"
    (folder.root / name).write_text("\n".join(["paths:", *(line for path in paths for line in path), ""]), encoding="utf-8")
    return name


@spoils("path-unknown")
def _(folder: Folder) -> Place:
    fault, line = folder.chance.choice([({"role": "XX-WRL-001"}, 6), ({"module": "9-none"}, 9), ({"needs": "magic"}, 9)])
    return _paths(folder, _path(folder, role="PD-WRL-003"), _path(folder, **fault)), line


@spoils("path-duplicate")
def _(folder: Folder) -> Place:
    return _paths(folder, _path(folder), _path(folder)), 6


# Words


@spoils("term-avoided")
def _(folder: Folder) -> Place:
    name = folder.chance.choice(folder.lessons("es"))
    lines = folder.read(name)
    end = folder.next(name, r"^\[\^", 8)
    folder.write(name, [*lines[: end - 1], "", folder.chance.choice(["Haz un backup.", "Una copia de seguridad."]), *lines[end - 1 :]])
    return name, end + 1


@spoils("term-duplicate")
def _(folder: Folder) -> Place:
    name = "courses/glossary.yaml"
    lines = folder.read(name)
    at = folder.find(name, "^  - id: (patch|phishing|token)$")
    (folder.root / name).write_text("\n".join([*lines[:-1], *lines[at : at + 3], ""]), encoding="utf-8")
    return name, len(lines)


# Languages


@spoils("translation-missing")
def _(folder: Folder) -> Place:
    name = folder.chance.choice(folder.without_pictures("en"))
    (folder.root / name).unlink()
    return name.replace(".en.md", ".es.md"), 1


@spoils("source-missing")
def _(folder: Folder) -> Place:
    name = folder.chance.choice(folder.lessons("en") + folder.quizzes("en"))
    lines = folder.read(name)
    del lines[folder.find(name, "^source:")]
    folder.write(name, lines)
    return name, 1


@spoils("translation-stale")
def _(folder: Folder) -> Place:
    name = folder.chance.choice(folder.lessons("en") + folder.quizzes("en"))
    return folder.edit(name, folder.find(name, "^source:"), "source: 0123456789ab")


@spoils("translation-orphan")
def _(folder: Folder) -> Place:
    name = folder.chance.choice(folder.without_pictures("es"))
    (folder.root / name).unlink()
    return name.replace(".es.md", ".en.md"), 1


@spoils("item-untranslated")
def _(folder: Folder) -> Place:
    name, at = folder.item("single")
    lines = folder.read(name)
    end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("### ")), len(lines))
    folder.write(name, lines[:at] + lines[end:])
    return name, 1


@spoils("item-not-in-source")
def _(folder: Folder) -> Place:
    name, at = folder.item("truefalse")
    lines = folder.read(name)
    end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("### ")), len(lines))
    folder.write(name, [*lines, "", "### brand-new: Is it new?", *lines[at + 1 : end]])
    return name, len(lines) + 2


@spoils("item-drift")
def _(folder: Folder) -> Place:
    name, at = folder.item(folder.chance.choice(["single", "multiple", "number", "text", "truefalse", "lines"]))
    level = {"easy": "hard", "medium": "easy", "hard": "medium"}
    folder.edit(name, at + 1, re.sub("`(easy|medium|hard)`", lambda match: f"`{level[match[1]]}`", folder.read(name)[at + 1]))
    return name, at + 1


@spoils("key-drift")
def _(folder: Folder) -> Place:
    name, at = folder.item("truefalse")
    lines = folder.read(name)
    for letter in "ab":
        option = folder.next(name, rf"^- \[.\] {letter}\)", at)
        lines[option] = _flip(lines[option])
    folder.write(name, lines)
    return name, at + 1


def _flip(line: str) -> str:
    return line.replace("- [x]", "- [?]").replace("- [ ]", "- [x]").replace("- [?]", "- [ ]")


def problems_of(root: Path, framework: Framework) -> list[Problem]:
    roots = [root / "courses"] + ([root / "more"] if (root / "more").exists() else [])
    skills, roles = frozenset(framework.skills), frozenset(framework.roles)
    return list(read_library(roots, skills, dict(KEPT), known_roles=roles, shown=lambda path: os.path.relpath(path, root)).problems)


@pytest.fixture(scope="session", autouse=True)
def _read_once(framework: Framework) -> None:
    read_library([ROOT / COURSE], frozenset(framework.skills), KEPT, shown=lambda path: os.path.relpath(path, ROOT))


def test_the_real_courses_are_clean(framework: Framework) -> None:
    assert problems_of(ROOT, framework) == []


def test_a_code_is_silenced_with_a_reason(tmp_path: Path, framework: Framework) -> None:
    shutil.copytree(ROOT / COURSE, tmp_path / COURSE)
    folder = Folder(tmp_path, random.Random(1))
    name, at = folder.prose_line()
    folder.edit(name, at, "", "##### Deep", "")
    folder.allow(name, "heading-skip")
    spoilt = folder.chance.choice([other for other in folder.lessons("en") if other != name])
    lines = folder.read(spoilt)
    folder.write(spoilt, [*lines[:-1], "", "##### Deep", ""])
    (folder.root / COURSE / folder.modules[0] / "notes.pdf").write_bytes(b"x")
    manifest = f"{COURSE}/course.yaml"
    folder.edit(manifest, 1, "allow:", "  file-kind: Our editors keep their notes here", folder.read(manifest)[1])
    found = [(problem.code, problem.path) for problem in problems_of(tmp_path, framework)]
    assert found == [("heading-skip", spoilt)], "each file speaks for itself, the manifest for what is no text"


def test_the_budget_is_settable(tmp_path: Path, framework: Framework) -> None:
    shutil.copytree(ROOT / COURSE, tmp_path / COURSE)
    folder = Folder(tmp_path, random.Random(1))
    manifest = f"{COURSE}/course.yaml"
    folder.edit(manifest, 1, "budget: {lesson: 1}", folder.read(manifest)[1])
    found = problems_of(tmp_path, framework)
    assert {problem.code for problem in found} == {"lesson-heavy"}
    assert len(found) == len(folder.lessons("es")) + len(folder.lessons("en"))


def test_every_code_has_a_mutation() -> None:
    assert set(MUTATIONS) | set(SPOILT) == set(codes.all_codes()) - set(REFERENCE_CODES)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("code", sorted(MUTATIONS))
def test_a_spoilt_place_is_named_exactly(code: str, seed: int, tmp_path: Path, framework: Framework) -> None:
    shutil.copytree(ROOT / COURSE, tmp_path / COURSE)
    shutil.copy(ROOT / "courses/glossary.yaml", tmp_path / "courses")
    path, line = MUTATIONS[code](Folder(tmp_path, random.Random(f"{code}{seed}")))
    found = [(problem.code, problem.path, problem.line) for problem in problems_of(tmp_path, framework)]
    if code == "key-position":  # the letters agree in both languages, so the source has the same fault
        found = [problem for problem in found if problem[1] == path]
    assert found == [(code, path, line)]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_code_speaks_both_languages(language: str) -> None:
    translate = Translations.load(str(ROOT / "academy/i18n"), [language]).gettext
    for code in codes.all_codes().values():
        for text in (code.message, code.remedy):
            assert language == "en" or translate(text) != text, text
