"""`python -m tests.bench.check`: `academy check` on 1,000 lessons in two languages, cold and warm, and 100 kB of hostile text."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from academy.config import ROOT
from academy.core.content.content_file import read_content_file
from academy.core.content.parse import parse_lesson
from academy.core.content.quiz import parse_quiz
from tests.core.hostile import PIECES

COURSES, MODULES, LESSONS = 40, 5, 5
SOURCE = ROOT / "courses/ai-threats"
SIZE = 100_000


def main() -> int:
    """Write the courses, check them three times, then read hostile texts; print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "courses"
        files = _write(root)
        environment = {**os.environ, "ACADEMY_DATA": f"{folder}/data", "LANG": "en"}
        print(f"{COURSES * MODULES * LESSONS:,} lessons in two languages, {files:,} files, {os.cpu_count()} processors")
        print(f"  cold                {_check(root, environment)}")
        print(f"  warm                {_check(root, environment)}")
        edited = next(root.rglob("1-*.en.md"))
        edited.write_text(edited.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")
        print(f"  one file edited     {_check(root, environment)}")
    print(f"The slowest of {len(PIECES)} texts of {SIZE // 1000} kB")
    for name, read in (("parse a quiz", _quiz), ("parse a lesson", _lesson), ("all checks of a file", _file)):
        seconds, piece = max((_timed(read, piece), piece) for piece in PIECES)
        print(f"  {name:20}{seconds:6.2f} s  {piece[:30]!r}")
    return 0


def _check(root: Path, environment: dict[str, str]) -> str:
    """One run in a process of its own: elapsed and processor time."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "academy", "check", str(root)], cwd=ROOT, env=environment, capture_output=True, text=True)
    elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{elapsed:6.2f} s elapsed, {used:6.2f} s of processor; {done.stdout.strip().splitlines()[-1][-26:]}"


def _quiz(text: str) -> None:
    parse_quiz(f"---\nquiz: x\n---\n### a: b\n`single` `c` `easy`\n\n{text}", "quiz.en.md", "en")


def _lesson(text: str) -> None:
    parse_lesson(f"---\ntitle: T\nsummary: S\n---\n{text}", "1-a.en.md", "en", "1-a")


def _file(text: str) -> None:
    read_content_file(f"---\ntitle: T\nsummary: S\n---\n{text}", "1-a.en.md")


def _timed(read: object, piece: str) -> float:
    text = (piece * (SIZE // len(piece)))[:SIZE]
    start = time.process_time()
    read(text)  # type: ignore[operator]  # one of the three above
    return time.process_time() - start


def _write(root: Path) -> int:
    """Courses made of ours: every id and every paragraph is its own, so that nothing is read twice."""
    originals = sorted(SOURCE.glob("*/[0-9]*.es.md"))
    for number in range(COURSES):
        course = root / f"course-{number}"
        modules = []
        for module in range(MODULES):
            folder = course / f"{module + 1}-module"
            folder.mkdir(parents=True)
            modules.append(f"  - folder: {folder.name}\n    title: {{es: Módulo, en: Module}}\n")
            for lesson in range(LESSONS):
                source = originals[(module * LESSONS + lesson) % len(originals)]
                _pair(source, folder / f"{lesson + 1}-lesson", f"l{number}-{module}-{lesson}")
            _pair(sorted(SOURCE.glob("*/quiz.es.md"))[module % 2], folder / "quiz", f"q{number}-{module}")
        head = f"id: course-{number}\nlevel: foundation\nhours: 2\nsource_language: es\nskills: []\n"
        names = "title: {es: C, en: C}\nsummary: {es: C, en: C}\n"
        (course / "course.yaml").write_text(f"{head}{names}modules:\n{''.join(modules)}", encoding="utf-8")
    return sum(1 for _ in root.rglob("*.md"))


def _pair(source: Path, target: Path, name: str) -> None:
    digest = ""
    for language in ("es", "en"):
        text = source.with_name(source.name.replace(".es.md", f".{language}.md")).read_text(encoding="utf-8")
        text = "".join(_own(text, name, digest))
        digest = digest or hashlib.sha256(text.encode()).hexdigest()[:12]
        target.with_name(f"{target.name}.{language}.md").write_text(text, encoding="utf-8")


def _own(text: str, name: str, digest: str) -> Iterator[str]:
    text = re.sub(r"^### ([a-z0-9-]+):", rf"### {name}-\1:", text, flags=re.MULTILINE)
    text = re.sub(r"^quiz: .*", f"quiz: {name}", text, flags=re.MULTILINE)
    text = re.sub(r"^source: .*", f"source: {digest}", text, flags=re.MULTILINE)
    text = re.sub(r"\]\((?!https?:)[^)]*\)", "](https://example.org)", text)
    yield re.sub(r"\.\n\n", f" ({name}).\n\n", text)


if __name__ == "__main__":
    sys.exit(main())
