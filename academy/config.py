"""Environment variables turned into settings: read once, refused if malformed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("es", "en")


class SettingError(ValueError):
    """A setting that cannot be understood; the message names it and says what is accepted."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One `ACADEMY_*` variable: what it is called, what it accepts, its default and what it is for."""

    name: str
    type: str
    default: str
    help: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("ACADEMY_DATA", "folder", "var", "Where the embedded database and the generated secret are kept."),
    Setting(
        "ACADEMY_DATABASE_URL",
        "URL",
        "",
        "postgresql+psycopg://… or sqlite:///…; empty means SQLite in the data folder.",
        secret=True,
    ),
    Setting("ACADEMY_SECRET", "text", "", "Signs sessions, 32 characters or more; empty means one kept in the data folder.", secret=True),
    Setting("ACADEMY_COURSES", "path list", "courses", "Folders that hold courses, separated by the system's path separator."),
    Setting("ACADEMY_BRAND", "text", "Academy", "The product's name as people see it."),
    Setting("ACADEMY_LANGUAGES", "list", "es,en", "Languages offered, the preferred one first."),
    Setting("ACADEMY_SIGN_UP", "open|closed", "open", "Whether anyone may create an account."),
    Setting("ACADEMY_MODE", "production|development", "production", "Development serves edited course files at the next request."),
    Setting("ACADEMY_HTTPS", "yes|no", "no", "yes where people reach the product over HTTPS: cookies are then sent over HTTPS only."),
    Setting("ACADEMY_WORKERS", "1..64", "2", "Processes that answer requests."),
    Setting("ACADEMY_DEMO", "yes|no", "no", "Marks every page as a demonstration with invented people."),
    Setting("ACADEMY_MIN_CELL", "2..100", "11", "The smallest count of people that is published; smaller ones are hidden."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running product."""

    data: Path
    database_url: str
    secret: str
    courses: tuple[Path, ...]
    brand: str
    languages: tuple[str, ...]
    sign_up_open: bool
    development: bool
    https: bool
    workers: int
    demo: bool
    min_cell: int


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read every setting. Raises SettingError for the first that is malformed; creates no file."""
    env = os.environ if environment is None else environment
    raw = {setting.name: env.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    data = _path(raw["ACADEMY_DATA"])
    return Settings(
        data=data,
        database_url=_database_url(raw["ACADEMY_DATABASE_URL"], data),
        secret=_secret(raw["ACADEMY_SECRET"]),
        courses=tuple(_path(part) for part in raw["ACADEMY_COURSES"].split(os.pathsep) if part),
        brand=raw["ACADEMY_BRAND"],
        languages=_languages(raw["ACADEMY_LANGUAGES"]),
        sign_up_open=_choice("ACADEMY_SIGN_UP", raw, {"open": True, "closed": False}),
        development=_choice("ACADEMY_MODE", raw, {"development": True, "production": False}),
        https=_choice("ACADEMY_HTTPS", raw, {"yes": True, "no": False}),
        workers=_whole("ACADEMY_WORKERS", raw, 1, 64),
        demo=_choice("ACADEMY_DEMO", raw, {"yes": True, "no": False}),
        min_cell=_whole("ACADEMY_MIN_CELL", raw, 2, 100),
    )


def present_values(settings: Settings, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every setting's value as it stands, secrets hidden."""
    env = os.environ if environment is None else environment
    shown = {setting.name: env.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    shown["ACADEMY_DATA"] = str(settings.data)
    return {
        setting.name: ("(set, hidden)" if shown[setting.name] else "(generated)") if setting.secret else shown[setting.name]
        for setting in SETTINGS
    }


def kept_secret(data: Path) -> str:
    """The secret in the data folder, made on first use and readable by its owner only."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / "secret"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _path(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else ROOT / path


def _database_url(text: str, data: Path) -> str:
    if not text:
        return f"sqlite:///{data / 'academy.db'}"
    if text.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    if text.startswith(("postgresql+psycopg://", "sqlite:///")):
        return text
    raise SettingError("ACADEMY_DATABASE_URL must start with postgresql:// or sqlite:///")


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise SettingError("ACADEMY_SECRET must have 32 characters or more")
    return text


def _languages(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if not chosen or any(language not in LANGUAGES for language in chosen) or len(set(chosen)) != len(chosen):
        raise SettingError(f"ACADEMY_LANGUAGES must be a list of {', '.join(LANGUAGES)}")
    return chosen


def _choice(name: str, raw: Mapping[str, str], choices: Mapping[str, bool]) -> bool:
    if raw[name] not in choices:
        raise SettingError(f"{name} must be {' or '.join(choices)}, not {raw[name]!r}")
    return choices[raw[name]]


def _whole(name: str, raw: Mapping[str, str], low: int, high: int) -> int:
    try:
        value = int(raw[name])
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingError(f"{name} must be a whole number from {low} to {high}, not {raw[name]!r}")
    return value
