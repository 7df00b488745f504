"""Environment variables turned into settings: read once, refused if malformed."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
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
    Setting(
        "ACADEMY_KEY",
        "text",
        "",
        "Seals the audit log and second factors, 32 characters or more; empty means one kept in the data folder. Never change it.",
        secret=True,
    ),
    Setting("ACADEMY_COURSES", "path list", "courses", "Folders that hold courses, separated by the system's path separator."),
    Setting("ACADEMY_BRAND", "text", "Academy", "The product's name as people see it."),
    Setting("ACADEMY_LANGUAGES", "list", "es,en", "Languages offered, the preferred one first."),
    Setting(
        "ACADEMY_SIGN_UP",
        "open|closed",
        "open",
        "Whether anyone may create an account; an invitation to a cohort lets its holder do so in any case.",
    ),
    Setting("ACADEMY_SECOND_FACTOR", "optional|required", "optional", "required: managers and admins must use a second factor to sign in."),
    Setting(
        "ACADEMY_BREACHED_PASSWORDS",
        "file",
        "",
        "Breached passwords that nobody may choose: SHA-1 digests, sorted, one a line, as they are published.",
    ),
    Setting("ACADEMY_URL", "URL", "", "The address at which people reach the product; links in mail begin with it."),
    Setting(
        "ACADEMY_SMTP",
        "URL",
        "",
        "smtps://user:password@host or smtp://… (STARTTLS): for sign-up, new passwords, invitations. Needs ACADEMY_URL, ACADEMY_MAIL_FROM.",
        secret=True,
    ),
    Setting("ACADEMY_MAIL_FROM", "email", "", "Whom mail comes from."),
    Setting("ACADEMY_OPENID_ISSUER", "URL", "", "An OpenID Connect provider to sign in with; needs ACADEMY_URL and the client."),
    Setting("ACADEMY_OPENID_CLIENT", "text", "", "As whom the provider knows this site; it returns to /openid/return."),
    Setting("ACADEMY_OPENID_SECRET", "text", "", "The client's secret at the provider.", secret=True),
    Setting("ACADEMY_OPENID_NAME", "text", "OpenID", "What people call the provider, on the button."),
    Setting("ACADEMY_OPERATOR", "text", "", "Who is responsible for personal data, as the privacy notice says it."),
    Setting("ACADEMY_OPERATOR_ADDRESS", "text", "", "The operator's postal address, for the privacy notice."),
    Setting("ACADEMY_OPERATOR_CONTACT", "email", "", "Where people exercise their rights over their data, for the privacy notice."),
    Setting("ACADEMY_ERASURE_DAYS", "0..90", "15", "Days from asking for erasure, which blocks the account, to the erasure."),
    Setting("ACADEMY_KEEP_INACTIVE_MONTHS", "0..120", "0", "Months without signing in until an account is blocked and erased; 0: never."),
    Setting("ACADEMY_GRACE_SECONDS", "0..300", "30", "How late an answer of a timed quiz may arrive and still count."),
    Setting("ACADEMY_MODE", "production|development", "production", "Development serves edited course files at the next request."),
    Setting("ACADEMY_HTTPS", "yes|no", "no", "yes where people reach the product over HTTPS: cookies are then sent over HTTPS only."),
    Setting("ACADEMY_WORKERS", "1..64", "2", "Processes that answer requests; as many as there are processors."),
    Setting("ACADEMY_THREADS", "1..64", "2", "Requests that each answers at a time: while one waits for the database, another goes on."),
    Setting("ACADEMY_LOG", "json|text|off", "text", "How requests and errors are logged on standard error; off: errors only, as json."),
    Setting(
        "ACADEMY_METRICS_TOKEN",
        "text",
        "",
        "What a reader of /metrics must bring (Authorization: Bearer …), 16 characters or more; empty: only this machine may read.",
        secret=True,
    ),
    Setting("ACADEMY_DEMO", "yes|no", "no", "Marks every page as a demonstration with invented people."),
    Setting("ACADEMY_MIN_CELL", "3..100", "11", "The smallest count of people that is published; smaller ones are hidden."),
)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is responsible for personal data. "" is yet to be completed."""

    name: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long personal data stay: days until an erasure that was asked for, months of disuse (0: for ever)."""

    erasure_days: int = 15
    inactive_months: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running product."""

    data: Path
    database_url: str
    secret: str
    key: str
    courses: tuple[Path, ...]
    brand: str
    languages: tuple[str, ...]
    sign_up_open: bool
    second_factor_required: bool
    breached_passwords: Path | None
    url: str
    smtp: str
    mail_from: str
    openid_issuer: str
    openid_client: str
    openid_secret: str
    openid_name: str
    operator: Operator
    retention: Retention
    grace_seconds: int
    development: bool
    https: bool
    workers: int
    threads: int
    log: str
    metrics_token: str
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
        secret=_secret("ACADEMY_SECRET", raw),
        key=_secret("ACADEMY_KEY", raw),
        courses=tuple(_path(part) for part in raw["ACADEMY_COURSES"].split(os.pathsep) if part),
        brand=raw["ACADEMY_BRAND"],
        languages=_languages(raw["ACADEMY_LANGUAGES"]),
        sign_up_open=_choice("ACADEMY_SIGN_UP", raw, {"open": True, "closed": False}),
        second_factor_required=_choice("ACADEMY_SECOND_FACTOR", raw, {"required": True, "optional": False}),
        breached_passwords=_path(raw["ACADEMY_BREACHED_PASSWORDS"]) if raw["ACADEMY_BREACHED_PASSWORDS"] else None,
        url=_start("ACADEMY_URL", raw, ("https://", "http://")).rstrip("/"),
        smtp=_smtp(raw),
        mail_from=raw["ACADEMY_MAIL_FROM"],
        openid_issuer=_openid(raw),
        openid_client=raw["ACADEMY_OPENID_CLIENT"],
        openid_secret=raw["ACADEMY_OPENID_SECRET"],
        openid_name=raw["ACADEMY_OPENID_NAME"],
        operator=Operator(raw["ACADEMY_OPERATOR"], raw["ACADEMY_OPERATOR_ADDRESS"], raw["ACADEMY_OPERATOR_CONTACT"]),
        retention=Retention(_whole("ACADEMY_ERASURE_DAYS", raw, 0, 90), _whole("ACADEMY_KEEP_INACTIVE_MONTHS", raw, 0, 120)),
        grace_seconds=_whole("ACADEMY_GRACE_SECONDS", raw, 0, 300),
        development=_choice("ACADEMY_MODE", raw, {"development": True, "production": False}),
        https=_choice("ACADEMY_HTTPS", raw, {"yes": True, "no": False}),
        workers=_whole("ACADEMY_WORKERS", raw, 1, 64),
        threads=_whole("ACADEMY_THREADS", raw, 1, 64),
        log=_one_of("ACADEMY_LOG", raw, ("json", "text", "off")),
        metrics_token=_secret("ACADEMY_METRICS_TOKEN", raw, least=16),
        demo=_choice("ACADEMY_DEMO", raw, {"yes": True, "no": False}),
        min_cell=_whole("ACADEMY_MIN_CELL", raw, 3, 100),
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


def kept_secret(data: Path, name: str = "secret") -> str:
    """The secret of this name in the data folder, made on first use and readable by its owner only."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / name
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=data)  # readable by its owner only
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: theirs counts
            os.link(draft, path)
        Path(draft).unlink()
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


def _secret(name: str, raw: Mapping[str, str], least: int = 32) -> str:
    if raw[name] and len(raw[name]) < least:
        raise SettingError(f"{name} must have {least} characters or more")
    return raw[name]


def _start(name: str, raw: Mapping[str, str], starts: tuple[str, ...]) -> str:
    if raw[name] and not raw[name].startswith(starts):
        raise SettingError(f"{name} must start with {' or '.join(starts)}")
    return raw[name]


def _smtp(raw: Mapping[str, str]) -> str:
    smtp = _start("ACADEMY_SMTP", raw, ("smtps://", "smtp://"))
    missing = [name for name in ("ACADEMY_URL", "ACADEMY_MAIL_FROM") if smtp and not raw[name]]
    if missing:
        raise SettingError(f"ACADEMY_SMTP needs {' and '.join(missing)}")
    return smtp


def _openid(raw: Mapping[str, str]) -> str:
    issuer = _start("ACADEMY_OPENID_ISSUER", raw, ("https://", "http://127.0.0.1:", "http://localhost:"))
    missing = [name for name in ("ACADEMY_URL", "ACADEMY_OPENID_CLIENT", "ACADEMY_OPENID_SECRET") if issuer and not raw[name]]
    if missing:
        raise SettingError(f"ACADEMY_OPENID_ISSUER needs {' and '.join(missing)}")
    return issuer


def _languages(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if not chosen or any(language not in LANGUAGES for language in chosen) or len(set(chosen)) != len(chosen):
        raise SettingError(f"ACADEMY_LANGUAGES must be a list of {', '.join(LANGUAGES)}")
    return chosen


def _choice(name: str, raw: Mapping[str, str], choices: Mapping[str, bool]) -> bool:
    return choices[_one_of(name, raw, tuple(choices))]


def _one_of(name: str, raw: Mapping[str, str], choices: tuple[str, ...]) -> str:
    if raw[name] not in choices:
        raise SettingError(f"{name} must be {' or '.join(choices)}, not {raw[name]!r}")
    return raw[name]


def _whole(name: str, raw: Mapping[str, str], low: int, high: int) -> int:
    try:
        value = int(raw[name])
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingError(f"{name} must be a whole number from {low} to {high}, not {raw[name]!r}")
    return value
