"""Need, workforce and people made ready, compared: shortage, coverage, people per post and the market ratio."""

from __future__ import annotations


def shortage(need: float, workforce: float) -> float:
    """People missing, max(0, need - workforce) [persons]. Source: docs/gap-model §2.1."""
    return max(0.0, need - workforce)


def shortage_left(need: float, workforce: float, ready: float) -> float:
    """People still missing once those made ready are placed [persons]."""
    return max(0.0, need - workforce - ready)


def coverage(need: float, workforce: float, ready: float = 0.0) -> float | None:
    """(workforce + ready) / need [-]; None where nobody is needed. May exceed 1."""
    return (workforce + ready) / need if need > 0 else None


def ready_per_vacancy(ready: float, vacancies: float) -> float | None:
    """People ready per open post [persons per post]; None without open posts."""
    return ready / vacancies if vacancies > 0 else None


def openings_per_year(workforce: float, *, growth: float, attrition: float) -> float:
    """Posts that open in a year [posts/year]; growth and attrition are shares of the workforce per year."""
    return (growth + attrition) * workforce


def vacancies(openings: float, *, years_to_fill: float) -> float:
    """Posts open at a moment [posts]: the rate of opening times how long a post stays open. Source: Little (1961)."""
    return openings * years_to_fill


def market_ratio(supply: float, demand: float) -> float | None:
    """CyberSeek's present ratio [-]: (employed + seekers + ready) / (employed + openings); None without demand."""
    return supply / demand if demand > 0 else None


def shrink(count: float, n: float, *, prior: float, kappa: float = 20.0) -> float:
    """A share drawn towards its prior, (y + kappa p0) / (n + kappa), so that few people make no loud number."""
    return (count + kappa * prior) / (n + kappa)


def ratio(top_down: float, bottom_up: float) -> float | None:
    """Top-down need over bottom-up need [-]: how far the two ways of estimating disagree. None without the second."""
    return top_down / bottom_up if bottom_up > 0 else None
