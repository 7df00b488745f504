"""`academy calibrate` and `academy items` on CSV files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from academy.cli import main
from tests.core import lsat6

Write = Callable[..., str]
CALIBRATION_KEYS = ["model", "n_learners", "n_responses", "log_likelihood", "converged", "iterations", "sigma", "items"]
ITEM_KEYS = {
    "item",
    "n",
    "facility",
    "facility_interval",
    "sd",
    "discrimination_index",
    "discriminative_efficiency",
    "effective_weight",
    "intended_weight",
    "random_guess_score",
    "options",
}
TEST_KEYS = {
    "mean",
    "sd",
    "skewness",
    "kurtosis",
    "internal_consistency",
    "internal_consistency_interval",
    "error_ratio",
    "standard_error",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows of cells as a CSV file; returns its name."""

    def written(rows: Sequence[Sequence[object]], name: str = "responses.csv") -> str:
        path = tmp_path / name
        path.write_text("".join(",".join(str(cell) for cell in row) + "\n" for row in rows), encoding="utf-8")
        return str(path)

    return written


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def lsat_rows() -> list[list[object]]:
    head: list[object] = ["attempt", "a", "b", "c", "d", "e", "people"]
    return [head, *[[at, *pattern, count] for at, (pattern, count) in enumerate(lsat6.PATTERN_COUNTS.items())]]


def test_calibrate_prints_the_published_parameters(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(lsat_rows())
    found = printed(capsys, "calibrate", "--responses", name, "--model", "2pl", "--priors", "flat", "--freq", "people", "--scores")
    assert list(found) == [*CALIBRATION_KEYS, "scores"]
    assert (found["n_learners"], found["n_responses"], found["converged"], found["sigma"]) == (1000, 5000, True, 1.0)
    assert found["log_likelihood"] == pytest.approx(-2466.653, abs=1e-3)
    assert [list(item) for item in found["items"]] == [["item", "n", "a", "b", "c", "se_a", "se_b"]] * 5
    assert [(item["a"], item["b"]) for item in found["items"]] == [pytest.approx(pair, abs=1e-5) for pair in lsat6.TWO_PARAMETER]
    assert [score["row"] for score in found["scores"]] == list(range(1, 31))
    assert (found["scores"][-1]["theta"], found["scores"][-1]["se"]) == pytest.approx((0.6456, 0.8590), abs=1e-4)


@pytest.mark.parametrize("model", ["rasch", "1pl", "2pl", "3pl"])
@pytest.mark.parametrize("priors", ["default", "flat"])
@pytest.mark.parametrize(
    "rows", [[["a"], ["1"]], [["a", "b"], ["", ""], ["", ""]], [["a", "b"], [1, 0], [1, 0]], [["learner", "a"], ["x", 1], ["y", 0]]]
)
def test_calibrate_answers_whatever_little_there_is(
    write: Write, capsys: pytest.CaptureFixture[str], model: str, priors: str, rows: list[list[object]]
) -> None:
    found = printed(capsys, "calibrate", "--responses", write(rows), "--model", model, "--priors", priors, "--scores")
    assert len(found["scores"]) == len(rows) - 1
    assert all(item["b"] is not None for item in found["items"]) or priors == "flat"


def test_calibrate_shows_a_table(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--responses", write(lsat_rows()), "--freq", "people", "--scores"]) == 0
    out = capsys.readouterr().out
    assert "1,000 learners, 5,000 answers" in out
    assert "row 30: theta" in out


def test_items_prints_every_statistic(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["attempt", "q1", "q2"], [1, 1, 2], [2, 0, 1], [3, 0.5, 2], [4, 1, 0], [5, "1", "2"]]
    found = printed(capsys, "items", "--responses", write(rows), "--max-marks", "1,2")
    assert set(found) == {"n", "items", "test", "dif"}
    assert set(found["items"][0]) >= ITEM_KEYS
    assert set(found["test"]) >= TEST_KEYS
    assert (found["n"], found["dif"], found["items"][0]["options"]) == (5, [], [])
    assert [item["facility"] for item in found["items"]] == pytest.approx([70.0, 70.0])
    assert [item["intended_weight"] for item in found["items"]] == pytest.approx([100 / 3, 200 / 3])
    assert found["items"][0]["random_guess_score"] is None


def test_items_with_a_key_scores_and_looks_at_every_option(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["learner", "q1", "q2"], ["x", "A", "C"], ["y", "A", "B"], ["z", "B", "C"], ["w", "", "C"]]
    key = write([["item", "key", "options"], ["q1", "A", ""], ["q2", "C", 4]], "key.csv")
    found = printed(capsys, "items", "--responses", write(rows), "--key", key)
    first, second = found["items"]
    assert (first["n"], first["facility"]) == (3, pytest.approx(200 / 3))
    assert [(one["option"], one["count"], one["right"]) for one in first["options"]] == [("A", 2, True), ("B", 1, False)]
    assert sum(one["share"] for one in first["options"]) == pytest.approx(1.0)
    assert (first["random_guess_score"], second["random_guess_score"]) == (50.0, 25.0)


def test_options_are_held_against_the_rest_of_the_work(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["q1", "q2", "q3"], ["A", "A", "A"], ["A", "A", "B"], ["B", "A", "B"], ["B", "B", "B"]]
    key = write([["item", "key"], ["q1", "A"], ["q2", "A"], ["q3", "A"]], "key.csv")
    found = printed(capsys, "items", "--responses", write(rows), "--key", key)
    rest = [2, 1, 1, 0]
    wanted = np.corrcoef([1, 1, 0, 0], rest)[0, 1]
    assert [one["rest_correlation"] for one in found["items"][0]["options"]] == pytest.approx([wanted, -wanted])
    assert found["items"][0]["discrimination_index"] == pytest.approx(100 * wanted)


def test_items_compares_two_groups(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(4)
    right = (chance.random((300, 6)) < 0.6).astype(int)
    right[150:, 2] = chance.random(150) < 0.2
    rows = [["language", *"abcdef"], *[["es" if at < 150 else "en", *marks] for at, marks in enumerate(right)]]
    name = write(rows)
    found = printed(capsys, "items", "--responses", name, "--group", "language", "--focal", "en")
    assert [list(one) for one in found["dif"]] == [["item", "chi_square", "p", "odds_ratio", "delta", "class"]] * 6
    assert [one["item"] for one in found["dif"] if one["class"] == "C"] == ["c"]
    assert [item["item"] for item in found["items"]] == list("abcdef")
    assert main(["items", "--responses", name, "--group", "language", "--focal", "en"]) == 0
    assert "DIF c: class C" in capsys.readouterr().out


def test_gaps_are_matched_by_ability(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(6)
    theta = chance.normal(size=(400, 1))
    right = (chance.random((400, 8)) < 1 / (1 + np.exp(-1.5 * theta))).astype(int).astype(object)
    right[chance.random((400, 8)) < 0.4] = ""
    rows = [["group", *"abcdefgh"], *[["x" if at % 2 else "y", *marks] for at, marks in enumerate(right)]]
    found = printed(capsys, "items", "--responses", write(rows), "--group", "group", "--focal", "x")
    assert all(item["discrimination_index"] > 15 for item in found["items"])
    assert all(item["effective_weight"] is None for item in found["items"])
    assert not [one for one in found["dif"] if one["class"] == "C"]


def test_few_answers_show_no_more_than_an_interval(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["items", "--responses", write([["q1", "q2"], [1, 0], [0, 1], [1, 1]])]) == 0
    line = capsys.readouterr().out.splitlines()[2]
    assert line.split() == ["q1", "3", "-", "20.8-93.9", "-", "-", "-"]


@pytest.mark.parametrize(
    ("command", "rows", "more", "says"),
    [
        ("calibrate", [["a"], ["2"]], [], "row 2, a: 2 must be 0, 1 or blank"),
        ("calibrate", [["a"], ["x"]], [], "row 2, a: x is not a number"),
        ("calibrate", [["a"], ["nan"]], [], "nan is not a number"),
        ("calibrate", [["a", "b"], ["1"]], [], "row 2: 1 cells instead of 2"),
        ("calibrate", [["a", "a"], ["1", "1"]], [], "each column needs a name of its own"),
        ("calibrate", [["learner"], ["1"]], [], "has no items"),
        ("calibrate", [["a"]], [], "has no rows"),
        ("calibrate", [], [], "is empty"),
        ("calibrate", [["a"], ["1"]], ["--freq", "n"], "has no column n"),
        ("calibrate", [["a", "n"], ["1", "1.5"]], ["--freq", "n"], "row 2, n: 1.5 is not a whole number"),
        ("items", [["a"], ["2"]], [], "row 2, a: 2 must be at most 1; give --max-marks"),
        ("items", [["a"], ["1"]], ["--max-marks", "1,2"], "2 numbers for 1 items"),
        ("items", [["a"], ["1"]], ["--max-marks", "x"], "must be numbers"),
        ("items", [["a"], ["1"]], ["--max-marks=-1"], "numbers from 0"),
        ("items", [["a"], ["1"]], ["--group", "g"], "need each other"),
        ("items", [["a", "g"], ["1", "x"]], ["--group", "g", "--focal", "y"], "nobody has 'y' in column g"),
        ("items", [["a"], ["1"]], ["--key", "KEY"], "cannot read"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    write: Write, capsys: pytest.CaptureFixture[str], command: str, rows: list[list[object]], more: list[str], says: str
) -> None:
    assert main([command, "--responses", write(rows), *more]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["item"], ["a"]], "must have the columns item and key"),
        ([["item", "key"], ["b", "A"]], "has no key for a"),
        ([["item", "key"], ["a", ""]], "a has no key"),
        ([["item", "key"], ["a", "A"], ["a", "B"]], "a has a second key"),
        ([["item", "key", "options"], ["a", "A", "0"]], "0 is not a number of options"),
    ],
)
def test_a_key_that_cannot_be_used_is_said(write: Write, capsys: pytest.CaptureFixture[str], rows: list[list[object]], says: str) -> None:
    assert main(["items", "--responses", write([["a"], ["A"]]), "--key", write(rows, "key.csv")]) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_is_no_text_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = tmp_path / "f.csv"
    name.write_bytes(b"a\n\xff\n")
    assert main(["calibrate", "--responses", str(name)]) == 2
    assert "is not UTF-8" in capsys.readouterr().err
    name.write_text('a\n"1', encoding="utf-8")
    assert main(["calibrate", "--responses", str(name)]) == 2
    assert "is not CSV" in capsys.readouterr().err
