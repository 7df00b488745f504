"""QTI 1.2 files, alone or in a folder, zip or Common Cartridge, turned into questions; `qti_writer` is the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from academy.core.interop.archives import ArchiveError, looks_zipped, read_archive
from academy.core.interop.keys import Unusable
from academy.core.interop.model import Imported, ImportResult, Skipped, merged
from academy.core.interop.names import Names
from academy.core.interop.qti_items import identifiers, read_item
from academy.core.interop.qti_parts import fields_of
from academy.core.interop.qti_writer import write as write
from academy.core.interop.xml_tree import XmlError, attribute, line_of, read_xml, text_of

NAMES = ("qti",)

_WHOLE = "non_cc_assessments/"  # where Canvas keeps each quiz in full; elsewhere it may be cut to what Common Cartridge allows
_LATER = {"assessmentItem", "assessmentTest", "qti-assessment-item", "qti-assessment-test"}
_QUIZ_FILES = (".xml", ".qti")


def read(data: bytes, name: str) -> ImportResult:
    """The questions of a zip, an .imscc or a single XML file. Any bytes give a result; what cannot be read is skipped."""
    if not looks_zipped(data):
        return _read_file(data, name, Names(), alone=True)
    try:
        archive = read_archive(data)
    except ArchiveError as error:
        return ImportResult(skipped=(Skipped(name, str(error)),))
    unreadable = ImportResult(skipped=tuple(Skipped(f"{name}/{file}", reason) for file, reason in archive.unreadable))
    return merged([read_folder(archive.files), unreadable])


def read_folder(files: Mapping[str, bytes]) -> ImportResult:
    """The questions of a package's files, by their path in it. A malformed file is skipped alone.

    A quiz that stands in full in non_cc_assessments is read there; its shortened copy only where the full one is broken.
    """
    names = Names()
    results: list[ImportResult] = []
    read_in_full: set[str] = set()
    for path in sorted((path for path in files if path.lower().endswith(_QUIZ_FILES)), key=lambda path: (_WHOLE not in path, path)):
        if _quiz_id(path) in read_in_full:
            continue
        result = _read_file(files[path], path, names, alone=len(files) == 1)
        results.append(result)
        if _WHOLE in path and all(part.where != path for part in result.skipped):
            read_in_full.add(_quiz_id(path))
    if not any(result.questions or result.skipped for result in results):
        return ImportResult(skipped=(Skipped("", "the package holds no QTI file with questions"),))
    return merged(results)


def _quiz_id(path: str) -> str:
    """The quiz that a file belongs to: non_cc_assessments/x.xml.qti, x/assessment_qti.xml and x/x.xml are one."""
    folder, _, file = path.rpartition("/")
    return file.partition(".")[0] if _WHOLE in path else folder.rpartition("/")[2]


def _read_file(data: bytes, path: str, names: Names, *, alone: bool) -> ImportResult:
    """The questions of one XML file; nothing where it is some other part of a package."""
    try:
        root = read_xml(data)
    except XmlError as error:
        return ImportResult(skipped=(Skipped(path, str(error)),))
    if root.tag in _LATER:
        return ImportResult(skipped=(Skipped(path, "this is QTI 2 or 3; only QTI 1.2 is read"),))
    if root.tag != "questestinterop":
        reason = f"this XML is no QTI 1.2: it begins with <{root.tag[:40]}>, not <questestinterop>"
        return ImportResult(skipped=(Skipped(path, reason),) if alone else ())
    return _read_quiz(root, path, names)


def _read_quiz(root: Element, path: str, names: Names) -> ImportResult:
    category = _title(root)
    questions: list[Imported] = []
    skipped: list[Skipped] = []
    for element in root.iter():
        if element.tag == "item":
            try:
                found = read_item(element)
            except Unusable as error:
                skipped.append(Skipped(_where(element, path), str(error)))
            else:
                topic = fields_of(element).get("qmd_topic", category)
                identifier = names.take(*identifiers(element), found.stem)
                questions.append(replace(found, id=identifier, category=topic, where=_where(element, path)))
        elif element.tag == "itemref":
            reason = "this refers to a question of a question bank; it is taken over where the package holds the bank"
            skipped.append(Skipped(_where(element, path), reason))
        elif element.tag == "sourcebank_ref":
            reason = f"this draws questions from the bank {text_of(element)[:60]}; they are taken over where the package holds the bank"
            skipped.append(Skipped(_where(element, path), reason))
    return ImportResult(tuple(questions), tuple(skipped))


def _title(root: Element) -> str:
    """What the quiz or question bank is called."""
    assessment = root.find("assessment")
    if assessment is not None:
        return attribute(assessment, "title")
    bank = root.find("objectbank")
    return fields_of(bank).get("bank_title", "") if bank is not None else ""


def _where(element: Element, path: str) -> str:
    title = " ".join((attribute(element, "title") or attribute(element, "ident")).split())[:60]
    return f"{path}:{line_of(element)} ({title})" if title else f"{path}:{line_of(element)}"
