"""The report on a course's questions as JSON and as CSV, one line a question and language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from academy.core.measurement.calibration import Maturity
from academy.core.measurement.ctt import QuizStatistics
from academy.core.measurement.questions import Compared, Option, Question
from academy.services.question_report import CourseReport, ItemReport, Parameters, SetReport


def as_json(report: CourseReport) -> dict[str, Any]:
    """The report as the object that `academy items` prints."""
    return {
        "course": report.course.id,
        "cohort": {"group": report.cohort.group, "focal": report.cohort.focal} if report.cohort else None,
        "sets": [_set_json(part) for part in report.sets],
    }


def _set_json(part: SetReport) -> dict[str, Any]:
    return {
        "module": part.module_id,
        "kind": part.kind,
        "n": part.n,
        "items": [_item_json(one) for one in part.items],
        "test": {**quiz_json(part.test), "reliability": part.reliability},
        "dif": [{"item": one.item.id, **compared_json(found)} for one in part.items if (found := one.cohort_dif or one.by_language_dif)],
    }


def _item_json(one: ItemReport) -> dict[str, Any]:
    return {
        "item": one.item.id,
        "key_version": one.key_version,
        "skill": one.skill_id,
        **statistics_json(one.question),
        "flags": list(one.flags),
        "options": [option_json(option) for option in one.question.options],
        "distribution": [list(pair) for pair in one.distribution],
        "languages": {language: statistics_json(found) for language, found in one.by_language.items()},
        "earlier": [{"key_version": old.key_version, **statistics_json(old.question)} for old in one.earlier],
        "parameters": _parameters_json(one.parameters),
        "lately": compared_json(one.lately) if one.lately else None,
        "leak_since": one.leak.since.isoformat() if one.leak and one.leak.since else None,
    }


def _parameters_json(known: Parameters | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "a": known.discrimination,
        "b": known.difficulty,
        "c": known.guessing,
        "se_b": known.se_difficulty,
        "n": known.answered,
        "state": known.maturity.value,
    }


def statistics_json(one: Question) -> dict[str, Any]:
    """A question's statistics as an object."""
    found = one.statistics
    return {
        "n": found.n,
        "facility": found.facility,
        "facility_interval": found.facility_interval,
        "sd": found.sd,
        "discrimination_index": found.discrimination,
        "discrimination_interval": found.discrimination_interval,
        "discriminative_efficiency": found.efficiency,
        "effective_weight": found.effective_weight,
        "intended_weight": found.intended_weight,
        "random_guess_score": one.random_guess,
        "upper_lower_index": found.upper_lower,
        "evidence": found.evidence.value,
        "flags": list(one.flags),
    }


def option_json(one: Option) -> dict[str, Any]:
    """An option as an object."""
    return {
        "option": one.option,
        "right": one.right,
        "count": one.count,
        "share": one.share,
        "rest_correlation": one.rest_correlation,
        "by_third": list(one.by_third),
    }


def compared_json(one: Compared) -> dict[str, Any]:
    """A comparison of two groups as an object."""
    found = one.found
    return {"chi_square": found.chi_square, "p": found.p, "odds_ratio": found.odds_ratio, "delta": found.delta, "class": one.grade}


def quiz_json(found: QuizStatistics) -> dict[str, Any]:
    """Statistics of a whole quiz as an object."""
    return {
        "n": found.n,
        "mean": found.mean,
        "sd": found.sd,
        "skewness": found.skewness,
        "kurtosis": found.kurtosis,
        "internal_consistency": found.consistency,
        "internal_consistency_interval": found.consistency_interval,
        "error_ratio": found.error_ratio,
        "standard_error": found.standard_error,
    }


CSV_COLUMNS = (
    "course", "module", "set", "item", "key_version", "asked", "language", "n", "facility", "facility_low", "facility_high", "sd",
    "discrimination_index", "discrimination_low", "discrimination_high", "discriminative_efficiency", "effective_weight",
    "intended_weight", "random_guess_score", "upper_lower_index", "evidence", "a", "b", "c", "se_b", "calibration", "dif_delta",
    "dif_class", "flags",
)  # fmt: skip


def as_csv(reports: Sequence[CourseReport]) -> str:
    """A line for each question: all languages together ("all"), each language apart, and keys that are asked no more."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        writer.writerows(line for part in report.sets for one in part.items for line in _csv_lines(report, part, one))
    return out.getvalue()


def _csv_lines(report: CourseReport, part: SetReport, one: ItemReport) -> Iterator[dict[str, Any]]:
    place = {"course": report.course.id, "module": part.module_id, "set": part.kind, "item": one.item.id}
    known, compared = one.parameters, one.cohort_dif or one.by_language_dif
    yield {
        **place,
        **_csv_statistics(one.question, one.key_version, "yes", "all"),
        **({name: value for name, value in (_parameters_json(known) or {}).items() if name in ("a", "b", "c", "se_b")}),
        "calibration": known.maturity.value if known else Maturity.AUTHOR.value,
        "dif_delta": compared.found.delta if compared else None,
        "dif_class": compared.grade if compared else None,
        "flags": " ".join(one.flags),
    }
    for language, found in one.by_language.items():
        yield {**place, **_csv_statistics(found, one.key_version, "yes", language)}
    for old in one.earlier:
        yield {**place, **_csv_statistics(old.question, old.key_version, "no", "all")}


def _csv_statistics(one: Question, key_version: str, asked: str, language: str) -> dict[str, Any]:
    values = statistics_json(one)
    low, high = values.pop("facility_interval") or (None, None)
    d_low, d_high = values.pop("discrimination_interval") or (None, None)
    values["flags"] = " ".join(values["flags"])
    return {
        **values,
        "key_version": key_version,
        "asked": asked,
        "language": language,
        "facility_low": low,
        "facility_high": high,
        "discrimination_low": d_low,
        "discrimination_high": d_high,
    }
