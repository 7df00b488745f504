"""Shares ready by language and state: right where they are published, hidden where one would tell of few people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from academy.core.measurement.intervals import Z_80, wilson
from academy.core.workforce import margins, splits, suppression
from academy.core.workforce.shares import Share, apart, share
from academy.core.workforce.suppression import Published, Release, Table, exposed_counts
from academy.services import fairness, publish
from academy.services.fairness import Fairness
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.standings import Standing
from tests import disclosure_attack
from tests.conftest import Clock, add_person

PAGE, OVERVIEW = "/en/programs/fairness", "/en/programs/"
STAGES = ("enrolled", "ever_ready")


def enrol(site: Site, clock: Clock, language: str, people: int, ready: int, *, state: str = "", prefix: str = "") -> None:
    """People who learn in a language, some of whom are ready."""
    for number in range(people):
        person = add_person(site, f"{prefix}{language}{number}", "learner")
        with site.database.writing() as session:
            account = session.get_one(Account, person.id)
            account.language, account.state = language, state
            until = clock() + timedelta(days=9) if number < ready else None
            session.add(Standing(learner_id=person.id, proficient=number < ready, ready_until=until, last_answer_at=clock()))


def read(site: Site) -> Fairness:
    """The groups as published."""
    found = fairness.fairness(site, Query())
    assert found is not None
    return found


def shares(found: Fairness) -> dict[str, float | int | None]:
    """The share of each group by its id."""
    return {group.id: group.share.value if group.share else None for group in (*found.languages, *found.states, found.nation)}


def words(page: FlaskClient, address: str) -> str:
    """A page's text with every run of white space as one blank."""
    return " ".join(page.get(address).text.split())


def test_shares_are_published_shown_and_published_again(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    enrol(light_site, clock, "es", 60, 15, state="MX-NLE")
    enrol(light_site, clock, "en", 30, 25, state="MX-PUE")
    publish.publish(light_site)
    found = read(light_site)
    assert shares(found) == {"es": 0.25, "en": 0.8333, "MX-NLE": 0.25, "MX-PUE": 0.8333, "": 0.4444}
    assert found.languages_apart is True
    assert found.states_apart is True
    for row in (group.share for group in (*found.languages, *found.states)):
        assert row is not None
        assert None not in (row.lo, row.value, row.hi)
        assert row.lo < row.value < row.hi  # type: ignore[operator]  # looked at above
    text = words(mo, PAGE)
    assert "Ready, of those who learn in Spanish: <strong>25%</strong> (15% to 37%); in English: <strong>83%</strong> (61% to 99%)" in text
    assert "The intervals do not meet" in text
    assert '<html lang="en">' in text
    assert re.search(r'data-group="en"><th scope="row">English</th><td class="r">\s*<data value="30">', text)
    assert "Ready, of those who learn in Spanish: 25% (15% to 37%); in English: 83% (61% to 99%)." in words(mo, OVERVIEW)
    lines = mo.get("/en/programs/gap.csv?role=all").text
    assert ",ready_share:es,0.25," in lines
    assert ",enrolled:en,30," in lines
    publish.restate(light_site, add_person(light_site, "max", "manager").id)
    again = read(light_site)
    assert shares(again) == shares(found)
    assert [group.enrolled for group in again.languages] == [group.enrolled for group in found.languages]


def test_few_people_of_one_language_hide_what_would_tell_of_them(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    enrol(light_site, clock, "es", 40, 20)
    enrol(light_site, clock, "en", 3, 1)
    publish.publish(light_site)
    found = read(light_site)
    assert shares(found)["en"] is None
    english = found.languages[1]
    assert english.share is not None
    assert english.share.suppressed
    assert found.languages_apart is None
    assert "By language it is not shown: too few people" in words(mo, PAGE)
    assert "By language it is hidden" in words(mo, OVERVIEW)
    assert "fewer than two states" in words(mo, PAGE)


def test_nobody_is_in_no_share(mo: FlaskClient, light_site: Site) -> None:
    publish.publish(light_site)
    assert set(shares(read(light_site)).values()) == {None}
    assert "there is nothing to compare" in words(mo, PAGE)


def test_who_may_and_before_the_first_publication(mo: FlaskClient, stranger: FlaskClient, lena: FlaskClient) -> None:
    assert stranger.get(PAGE).status_code == 302
    assert lena.get(PAGE).status_code == 403
    assert "academy publish" in mo.get(PAGE).text
    assert mo.get(f"{PAGE}?scenario=none").status_code == 400


def test_a_share_is_of_published_counts_with_what_rounding_took() -> None:
    found = share(Published(15), Published(60))
    low, high = wilson(13 / 62, 62, z=Z_80), wilson(17 / 58, 58, z=Z_80)
    assert low is not None
    assert high is not None
    assert found == Share(0.25, round(low[0], 4), round(high[1], 4))
    assert share(Published(None, suppressed=True), Published(60)).suppressed
    assert share(Published(5), Published(None, suppressed=True)).suppressed
    assert share(Published(5), Published(15)).suppressed, "fewer than 20 people"
    assert share(Published(0), Published(0)) == Share(None)
    assert share(Published(25), Published(20)).value == 1.0, "rounding makes no share above 1"
    assert apart(Share(0.2, 0.1, 0.3), Share(0.4, 0.31, 0.5)) is True
    assert apart(Share(0.4, 0.3, 0.5), Share(0.2, 0.1, 0.3)) is False
    assert apart(Share(None, suppressed=True), Share(0.4, 0.3, 0.5)) is None


PEOPLE = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (max(pair), min(pair)))


def published(counts: Mapping[str, tuple[int, int]], before: Release | None = None) -> tuple[dict[str, float | None], Release]:
    """Enrolled and ever ready of two languages and the nation as published, and the release that was."""
    numbers = {splits.name(stage, language): pair[at] for language, pair in counts.items() for at, stage in enumerate(STAGES)}
    numbers |= {stage: sum(pair[at] for pair in counts.values()) for at, stage in enumerate(STAGES)}
    table = Table(
        {(splits.NATION, metric): people for metric, people in numbers.items()},
        tuple(splits.sums(numbers, STAGES)),
        (*margins.orders([splits.NATION], STAGES), *splits.orders(numbers)),
    )
    found = suppression.publish_table(table, min_cell=11, before=before)
    shown = {metric: found[splits.NATION, metric].value for metric in numbers}
    return shown, Release(found, 11, table.sums, table.orders)


@given(PEOPLE, PEOPLE, PEOPLE, PEOPLE)
@example((40, 20), (3, 1), (40, 20), (4, 1))
@example((12, 11), (10, 10), (13, 11), (11, 10))
@example((500, 11), (10, 10), (500, 11), (0, 0))
def test_no_hidden_language_can_be_taken_from_the_total(
    es: tuple[int, int], en: tuple[int, int], es_later: tuple[int, int], en_later: tuple[int, int]
) -> None:
    """By an attack written apart from the product, on one publication and on two of successive days."""
    first, release = published({"es": es, "en": en})
    second, later = published({"es": es_later, "en": en_later}, before=release)
    days = [{("", "", "", metric): value for metric, value in shown.items()} for shown in (first, second)]
    for day in days:
        assert disclosure_attack.narrowed(day, 11) == []
    assert disclosure_attack.narrowed_by_both(days[0], days[1], 11)[0] == []
    assert exposed_counts(later, release) == []
