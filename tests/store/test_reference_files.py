"""The shipped facts load clean; every kind of fault is found at its line, and only the faulty row is left out."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.core.content import codes
from academy.core.content.model import Problem
from academy.core.framework import Framework
from academy.core.reference_codes import REFERENCE_CODES
from academy.store.reference_files import REFERENCE, load_framework

FILES = (
    *("competency_areas.yaml", "skills.yaml", "work_roles.yaml", "scenarios.yaml"),
    *("states.csv", "sectors.csv", "claims.csv", "role_shares.csv"),
    *("countries/mx/country.yaml", "countries/us/country.yaml", "countries/us/figures.csv"),
)

ONE_SKILL = "{skill: log-analysis, level: easy, weight: 1}"
ODD_FILES = ("", "\n", "[]", "- \n", "- []\n", "- 3\n", "a: 1\n", "- {id: {a: 1}, name: [x]}\n", "&a [*a]\n", "id\n\n1\n", "x,x\n1\n")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the shipped facts, to be broken."""
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.fixture(params=range(3))
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Where to break it: somewhere else each time, but the same in every run."""
    return random.Random(request.param)


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")


def change(file: Path, number: int, line: str) -> None:
    """Replace a line, counted from 1."""
    lines = lines_of(file)
    lines[number - 1] = line
    file.write_text("\n".join(lines), encoding="utf-8")


def sub_somewhere(file: Path, pattern: str, replacement: str, chance: random.Random) -> int:
    """Change one of the lines that match; its number."""
    matching = [number for number, line in enumerate(lines_of(file), start=1) if re.search(pattern, line)]
    number = chance.choice(matching)
    change(file, number, re.sub(pattern, replacement, lines_of(file)[number - 1], count=1))
    return number


def cell_somewhere(file: Path, column: str, cell: str, chance: random.Random) -> tuple[str, int]:
    """Change a cell of a table; the row's first cell and its line."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    number = chance.randrange(1, len(rows))
    rows[number][rows[0].index(column)] = cell
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(rows)
    return rows[number][0], number + 1


def found(place: Path, code: str) -> list[Problem]:
    return [problem for problem in load_framework(place)[1] if problem.code == code]


def only(place: Path, code: str) -> Problem:
    """The one problem there is."""
    problems = load_framework(place)[1]
    assert [problem.code for problem in problems] == [code], problems
    return problems[0]


# what we ship


def test_the_shipped_facts_have_no_fault() -> None:
    assert load_framework()[1] == ()


def test_the_shipped_facts_are_complete(framework: Framework) -> None:
    assert (len(framework.areas), len(framework.roles), len(framework.states)) == (11, 42, 32)
    assert framework.roles["OG-WRL-017"].nice_version == "2.2.0"
    assert set(framework.role_shares) == set(framework.roles)
    assert sum(state.population for state in framework.states.values()) == 126_014_024
    assert framework.workforce.mode == 536_027
    assert 35 <= len(framework.skills) <= 45


def test_rows_keep_the_order_of_their_file(framework: Framework) -> None:
    ids = re.findall(r"^- id: (\S+)", (REFERENCE / "skills.yaml").read_text(encoding="utf-8"), re.M)
    assert list(framework.skills) == ids


def test_roles_need_six_to_ten_skills_or_none(framework: Framework) -> None:
    sizes = {len(role.requirements) for role in framework.roles.values()}
    assert sizes <= {0, 6, 7, 8, 9, 10}
    assert len([role for role in framework.roles.values() if role.requirements]) >= 8


def test_the_courses_skills_are_needed_by_roles(framework: Framework) -> None:
    needs = {role.id: {need.skill_id for need in role.requirements} for role in framework.roles.values()}
    assert {"ai-attack-economics", "ai-social-engineering"} <= needs["PD-WRL-001"] & needs["PD-WRL-003"]
    assert sum("ai-social-engineering" in skills for skills in needs.values()) >= 3


def test_every_skill_is_needed_by_some_role(framework: Framework) -> None:
    needed = {need.skill_id for role in framework.roles.values() for need in role.requirements}
    assert needed == set(framework.skills)


def test_sectors_are_a_partition_of_the_census(framework: Framework) -> None:
    counted = sum(sector.employed for sector in framework.sectors.values() if sector.id != "93")
    assert counted == 27_965_433
    assert framework.sectors["93"].provenance.grade == "D"
    assert {sector.rate_provenance.grade for sector in framework.sectors.values()} == {"D"}


def test_multiples_of_the_national_rate_leave_its_mean(framework: Framework) -> None:
    sectors = framework.sectors.values()
    people = sum(sector.employed for sector in sectors)
    assert sum(sector.employed * sector.exposure for sector in sectors) / people == pytest.approx(1, abs=0.01)
    assert sum(sector.employed * sector.security_per_thousand for sector in sectors) / people == pytest.approx(9.7, abs=0.1)


def test_scenarios_rest_on_mexican_claims(framework: Framework) -> None:
    assert list(framework.scenarios) == ["low", "mid", "headline"]
    for scenario in framework.scenarios.values():
        claims = [framework.claims[claim] for claim in scenario.claim_ids]
        assert {claim.area for claim in claims} == {"MX"}
        published = [claim.mode for claim in claims if claim.mode]
        assert (min(published), max(published)) == (scenario.low, scenario.high)


def test_no_number_is_unknown_not_zero(framework: Framework) -> None:
    assert framework.claims["isc2-2025-world"].mode is None


# what `check` finds


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "code"),
    [
        ("skills.yaml", r"\[K\d{4}", "[K12", "reference-nice-id"),
        ("skills.yaml", r"\[(K\d{4}), ", r"[\1, \1, ", "reference-repeat"),
        ("skills.yaml", r"competency_area: NF-COM-\d+", "competency_area: NF-COM-099", "reference-unknown"),
        ("skills.yaml", r"nice_ids: \[.*", "nice_ids: K0018", "reference-type"),
        ("skills.yaml", r"year: \d+", "year: soon", "reference-number"),
        ("skills.yaml", r"year: \d+", "year: 20260", "reference-range"),
        ("skills.yaml", r"grade: D", "grade: E", "reference-grade"),
        ("skills.yaml", r"nice_ids: \[.*", "nice_ids: []", "reference-field"),
        ("scenarios.yaml", r"^- id: ", "- id: Not_", "reference-form"),
        ("work_roles.yaml", r"level: \w+", "level: heroic", "reference-choice"),
        ("work_roles.yaml", r"weight: \d", "weight: 0", "reference-range"),
        ("work_roles.yaml", r"weight: \d", "weight: much", "reference-number"),
        ("work_roles.yaml", r"skill: [\w-]+", "skill: telepathy", "reference-unknown"),
        ("work_roles.yaml", r"requirements: \[\]", f"requirements: [{ONE_SKILL}]", "reference-requirements"),
        ("work_roles.yaml", r"category: \w+", "category: ZZ", "reference-choice"),
        ("work_roles.yaml", r"url: \S+", "url: nowhere", "reference-form"),
        ("work_roles.yaml", r"retrieved: \S+", "retrieved: 2026-13-01", "reference-form"),
        ("work_roles.yaml", r"retrieved: \S+", "retrieved: 2026-02-31", "reference-form"),
        ("scenarios.yaml", r"budgeted_share: 1", "budgeted_share: 1.5", "reference-range"),
        ("scenarios.yaml", r"claims: \[", "claims: [hearsay, ", "reference-unknown"),
        ("scenarios.yaml", r"mode: \d+", "mode: 9000000", "reference-range"),
        ("competency_areas.yaml", r"^( +)year: ", r"\1yaer: 2025\n\1year: ", "reference-extra"),
        ("skills.yaml", r"^( +)year: (.*)", r"\1year: \2\n\1year: \2", "reference-duplicate"),
    ],
)
def test_a_fault_in_yaml_is_found_at_its_line(
    place: Path, chance: random.Random, file: str, pattern: str, replacement: str, code: str
) -> None:
    number = sub_somewhere(place / file, pattern, replacement, chance)
    problem = only(place, code)
    # A key that is given twice is reported where it stands the second time.
    assert problem.line == number + (code == "reference-duplicate")
    assert problem.path.endswith(f"reference/{file}")


@pytest.mark.parametrize(
    ("file", "column", "cell", "code"),
    [
        ("states.csv", "employed", "", "reference-field"),
        ("states.csv", "employed", "many", "reference-number"),
        ("states.csv", "employed", "1.5", "reference-number"),
        ("states.csv", "employed", "-3", "reference-range"),
        ("states.csv", "us_border", "maybe", "reference-choice"),
        ("states.csv", "grade", "A+", "reference-grade"),
        ("states.csv", "inegi", "nine", "reference-form"),
        ("sectors.csv", "name_es", "", "reference-language"),
        ("sectors.csv", "rate_grade", "", "reference-field"),
        ("sectors.csv", "parent", "999", "reference-unknown"),
        ("sectors.csv", "group", "fishing", "reference-choice"),
        ("claims.csv", "counts_en", " ", "reference-language"),
        ("claims.csv", "unit", "souls", "reference-choice"),
        ("claims.csv", "high", "1", "reference-range"),
        ("role_shares.csv", "share", "2", "reference-range"),
    ],
)
def test_a_fault_in_a_table_is_found_at_its_line(place: Path, chance: random.Random, file: str, column: str, cell: str, code: str) -> None:
    if column == "high":  # a claim without a number has no range
        change(place / file, 13, lines_of(place / file)[12].replace("isc2-2025-world,WORLD,,,", "isc2-2025-world,WORLD,,5,"))
    row, number = cell_somewhere(place / file, column, cell, chance)
    problem = only(place, code)
    assert problem.line == number
    assert dict(problem.values)["row"] == row
    assert problem.path.endswith(f"reference/{file}")


def test_a_fault_in_a_table_is_found_at_its_column(place: Path) -> None:
    number = sub_somewhere(place / "claims.csv", r",persons,", ",souls,", random.Random(1))
    assert only(place, "reference-choice").column == lines_of(place / "claims.csv")[number - 1].index("souls") + 1


@pytest.mark.parametrize("field", ["name", "description", "nice_ids", "source", "year", "grade"])
def test_a_missing_field_is_found_at_its_row(place: Path, chance: random.Random, field: str) -> None:
    file = place / "skills.yaml"
    begins = [number for number, line in enumerate(lines_of(file), start=1) if line.startswith("- id: ")]
    begin = chance.choice(begins)
    block = lines_of(file)[begin - 1 :]
    at = next(index for index, line in enumerate(block) if line.startswith(f"  {field}:"))
    change(file, begin + at, block[at].replace(field, f"un{field}"))
    problems = load_framework(place)[1]
    assert {problem.code for problem in problems} == {"reference-field", "reference-extra"}
    missing = next(problem for problem in problems if problem.code == "reference-field")
    assert (missing.line, dict(missing.values)["field"]) == (begin, field)


def test_a_missing_language_is_found(place: Path, chance: random.Random) -> None:
    file = place / "competency_areas.yaml"
    number = sub_somewhere(file, r"^    en: .*", "    en: ''", chance)
    problem = only(place, "reference-language")
    assert (problem.line, dict(problem.values)["language"]) == (number, "en")


@pytest.mark.parametrize("file", ["states.csv", "claims.csv", "role_shares.csv", "sectors.csv"])
def test_a_repeated_row_of_a_table_is_found_where_it_stands_again(place: Path, chance: random.Random, file: str) -> None:
    lines = lines_of(place / file)[:-1]
    again = chance.choice(lines[1:])
    (place / file).write_text("\n".join([*lines, again, ""]), encoding="utf-8")
    assert [problem.line for problem in found(place, "reference-duplicate")] == [len(lines) + 1]


def test_a_repeated_row_of_yaml_is_found_where_it_stands_again(place: Path) -> None:
    text = (place / "skills.yaml").read_text(encoding="utf-8")
    first = text.split("\n\n")[1]
    (place / "skills.yaml").write_text(f"{text}\n{first}\n", encoding="utf-8")
    problem = only(place, "reference-duplicate")
    assert problem.line == text.count("\n") + 2


def test_a_skill_that_a_role_needs_twice_is_found(place: Path, chance: random.Random) -> None:
    file = place / "work_roles.yaml"
    number = sub_somewhere(file, r"^(    - \{.*)", r"\1\n\1", chance)
    assert [problem.line for problem in found(place, "reference-duplicate")] == [number + 1]


def test_two_states_on_one_tile_are_found(place: Path) -> None:
    file = place / "states.csv"
    change(file, 20, lines_of(file)[19].replace(",2,5,", ",2,4,"))
    problem = only(place, "reference-tile")
    assert (problem.line, dict(problem.values)) == (20, {"row": "MX-NLE", "other": "MX-COA"})


def test_a_wrong_population_is_found(place: Path, chance: random.Random) -> None:
    cell_somewhere(place / "states.csv", "population", "1000000", chance)
    assert dict(only(place, "reference-sum").values)["expected"] == "126,014,024"


def test_shares_that_do_not_sum_to_one_are_found(place: Path, chance: random.Random) -> None:
    cell_somewhere(place / "role_shares.csv", "share", "0.5", chance)
    assert dict(only(place, "reference-sum").values)["expected"] == "1"


def test_a_missing_workforce_is_found(place: Path) -> None:
    lines = [line for line in lines_of(place / "claims.csv") if not line.startswith("isc2-2023-workforce")]
    (place / "claims.csv").write_text("\n".join(lines), encoding="utf-8")
    assert only(place, "reference-absent").path.endswith("claims.csv")
    assert load_framework(place)[0].workforce.mode is None


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "break_it",
    [
        Path.unlink,
        lambda file: file.write_bytes(b"\xff\xfe\x00"),
        lambda file: file.write_text('"', encoding="utf-8"),
    ],
    ids=["gone", "not text", "not closed"],
)
def test_a_file_that_cannot_be_read_is_one_problem_of_its_own(place: Path, file: str, break_it: Callable[[Path], object]) -> None:
    break_it(place / file)
    problems = [problem for problem in load_framework(place)[1] if problem.path.endswith(file)]
    assert problems[0].code == "reference-syntax"


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("text", ODD_FILES)
def test_nothing_in_a_file_raises(place: Path, file: str, text: str) -> None:
    (place / file).write_text(text, encoding="utf-8")
    load_framework(place)


def test_random_damage_never_raises(place: Path) -> None:
    chance = random.Random(7)
    for _ in range(60):
        file = place / chance.choice(FILES)
        whole = file.read_text(encoding="utf-8")
        at = chance.randrange(len(whole))
        damage = chance.choice(['"', ",", "\n", "  ", "[", ": ", "é", ""])
        file.write_text(whole[:at] + damage + whole[at + chance.randrange(30) :], encoding="utf-8")
        load_framework(place)


def test_a_row_with_a_wrong_number_of_cells_is_found(place: Path, chance: random.Random) -> None:
    number = chance.randrange(2, 30)
    change(place / "role_shares.csv", number, lines_of(place / "role_shares.csv")[number - 1] + ",")
    problem = next(problem for problem in found(place, "reference-syntax"))
    assert problem.line == number


def test_lines_stay_exact_after_a_cell_of_several_lines(place: Path) -> None:
    file = place / "claims.csv"
    change(file, 2, lines_of(file)[1].replace("Persons missing", '"Persons\n\nmissing').replace("open posts,", 'open posts",', 1))
    number = sub_somewhere(file, r"^(cyberseek-2025-us,US),", r"\1A,", random.Random(0))
    assert only(place, "reference-choice").line == number


def test_only_the_faulty_row_is_left_out(place: Path) -> None:
    sub_somewhere(place / "skills.yaml", r"^    en: AI governance$", "    en:", random.Random(0))
    framework, problems = load_framework(place)
    assert len(problems) == 1
    assert "ai-governance" not in framework.skills
    assert len(framework.roles) == 42
    assert "ai-governance" not in {need.skill_id for role in framework.roles.values() for need in role.requirements}


def test_a_spreadsheets_mark_at_the_beginning_is_no_fault(place: Path) -> None:
    file = place / "states.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert load_framework(place)[1] == ()


def test_every_code_reads_as_a_sentence(place: Path, chance: random.Random) -> None:
    for file in FILES:
        text = (place / file).read_text(encoding="utf-8")
        (place / file).write_text(re.sub(r"\d", lambda hit: chance.choice([hit[0], "x"]), text), encoding="utf-8")
    for problem in load_framework(place)[1]:
        assert problem.code in REFERENCE_CODES
        assert "%(" not in codes.message(problem, str)


def test_nuevo_leon_has_the_share_of_employment_that_the_gap_model_names(framework: Framework) -> None:
    employed = {state.iso: state.employed for state in framework.states.values()}
    assert sum(employed.values()) == 59_001_009
    assert employed["MX-NLE"] / sum(employed.values()) == pytest.approx(0.04823, abs=5e-6)


def test_a_country_is_data(place: Path) -> None:
    """A third pack, made of files alone, stands beside the two that we ship."""
    shutil.copytree(place / "countries/us", place / "countries/lac")
    for file in ("country.yaml", "figures.csv"):
        text = (place / "countries/lac" / file).read_text(encoding="utf-8")
        text = text.replace("id: us", "id: lac").replace("area: US", "area: LAC").replace("Estados Unidos", "El Caribe")
        (place / "countries/lac" / file).write_text(text, encoding="utf-8")
    framework, problems = load_framework(place)
    assert problems == ()
    assert list(framework.countries) == ["mx", "lac", "us"], "the modelled one first"
    assert framework.countries["lac"].figures == framework.countries["us"].figures


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "code"),
    [
        ("countries/us/country.yaml", "id: us", "id: usa", "reference-form"),
        ("countries/us/country.yaml", "  why:", "  reason:", "reference-field"),
        ("countries/us/country.yaml", "scope: national", "scope: village", "reference-choice"),
        ("countries/us/country.yaml", "area: US", "area: XX", "reference-choice"),
        ("countries/mx/country.yaml", "population: 126014024", "population: 126014025", "reference-sum"),
        ("countries/mx/country.yaml", "isc2-2023-workforce", "isc2-2099-workforce", "reference-absent"),
        ("countries/us/figures.csv", ",shortage,", ",wishes,", "reference-choice"),
        ("countries/us/figures.csv", ",265000,,persons", ",265000,,posts per year", "reference-choice"),
        ("countries/us/figures.csv", "1514286,", "1914286,", "reference-range"),
        ("countries/us/figures.csv", "cyberseek-2024-need", "cyberseek-2024-workforce", "reference-duplicate"),
    ],
)
def test_a_fault_of_a_country_pack_is_found(place: Path, file: str, pattern: str, replacement: str, code: str) -> None:
    text = (place / file).read_text(encoding="utf-8")
    assert pattern in text
    (place / file).write_text(text.replace(pattern, replacement, 1), encoding="utf-8")
    problems = load_framework(place)[1]
    assert code in [problem.code for problem in problems]
    assert all("countries" in problem.path or problem.code in ("reference-sum", "reference-absent") for problem in problems)


def test_one_country_is_modelled(place: Path) -> None:
    shutil.rmtree(place / "countries/mx")
    assert [problem.code for problem in load_framework(place)[1] if problem.code == "reference-country"] == ["reference-country"]
