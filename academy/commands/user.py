"""`academy user`: accounts made and changed from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from academy.commands import CommandError
from academy.commands.upkeep import migrated_site
from academy.config import LANGUAGES, read_settings
from academy.services import accounts, form_errors, one_time_links, privacy, role_grants, second_factor, sessions, timing
from academy.services.accounts import ROLES, Person
from academy.services.form_errors import FormError
from academy.services.site import Site


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `user add`, `user role`, `user reset`, `user sign-out`, `user disable` and what else is done to one account."""
    parser = subparsers.add_parser("user", help="make accounts, change their roles, make password links, end sessions, disable")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = _action(actions, "add", "make an account and print a link that sets its password once, within 24 hours", run_add)
    add.add_argument("--name", required=True, help="the person's name")
    add.add_argument("--role", required=True, action="append", choices=ROLES, help="kind of user; may be given several times")
    add.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="the person's language (default: %(default)s)")
    role = _action(actions, "role", "grant or revoke a role", run_role)
    change = role.add_mutually_exclusive_group(required=True)
    change.add_argument("--grant", choices=ROLES, help="role to grant")
    change.add_argument("--revoke", choices=ROLES, help="role to revoke")
    _action(actions, "reset", "print a link that sets a new password once, within 24 hours", run_reset)
    _action(actions, "reset-second-factor", "take away the second factor of somebody who lost it", run_reset_second_factor)
    _action(actions, "sign-out", "end all of an account's sessions; its person may sign in again", run_sign_out)
    extra = _action(actions, "extra-time", "give a learner more time in timed quizzes, open attempts included", run_extra_time)
    extra.add_argument("per_cent", metavar="PERCENT", type=int, help=f"0 to {timing.MOST_EXTRA}; 50 makes 30 minutes 45")
    erase = _action(actions, "erase", "block an account at once and erase its person when the term is over", run_erase)
    when = erase.add_mutually_exclusive_group()
    when.add_argument("--now", action="store_true", help="do not wait for the term")
    when.add_argument("--cancel", action="store_true", help="open the account again, within the term")
    _action(actions, "disable", "end an account's sessions and let nobody sign in to it", run_disable)


def run(options: argparse.Namespace) -> int:
    """Do what was asked; what cannot be used ends in one line."""
    site = migrated_site()
    try:
        options.act(site, options)
    except FormError as error:
        raise CommandError(" ".join(form_errors.explain(code) for code in error.errors.values())) from None
    finally:
        site.database.dispose()
    return 0


def run_add(site: Site, options: argparse.Namespace) -> None:
    """Make an account without a password, and a link to set one."""
    roles = tuple(dict.fromkeys(options.role))
    person = accounts.create_account(site, email=options.email, name=options.name, roles=roles, language=options.language)
    print(f"{person.email}: {', '.join(roles)}.")
    _print_link(site, person)


def run_role(site: Site, options: argparse.Namespace) -> None:
    """Grant or revoke one role."""
    person = _person(site, options.email)
    if options.grant:
        role_grants.grant(site, person.id, options.grant, by=None)
    else:
        role_grants.revoke(site, person.id, options.revoke)
    held = _person(site, options.email).roles
    print(f"{person.email}: {', '.join(role for role in ROLES if role in held) or 'no role'}.")


def run_reset(site: Site, options: argparse.Namespace) -> None:
    """Print a one-time link."""
    _print_link(site, _person(site, options.email))


def run_reset_second_factor(site: Site, options: argparse.Namespace) -> None:
    """Take a second factor away."""
    person = _person(site, options.email)
    had = second_factor.reset(site, person.id, by=None)
    print(f"{person.email} {'signs in with the password alone from now on' if had else 'has no second factor'}.")


def run_sign_out(site: Site, options: argparse.Namespace) -> None:
    """End all sessions of an account."""
    person = _person(site, options.email)
    ended = sessions.end_all(site, person.id, by=None)
    print(f"{person.email}: {ended} {'session' if ended == 1 else 'sessions'} ended.")


def run_extra_time(site: Site, options: argparse.Namespace) -> None:
    """Set how much more time a learner has."""
    person = _person(site, options.email)
    try:
        timing.set_extra(site, person.id, options.per_cent, by=None)
    except ValueError as error:
        raise CommandError(str(error)) from None
    print(f"{person.email} has {options.per_cent} % more time in timed quizzes.")


def run_erase(site: Site, options: argparse.Namespace) -> None:
    """Begin, finish or cancel an erasure."""
    person = _person(site, options.email)
    if options.cancel:
        open_again = privacy.cancel_erasure(site, person.id, by=None)
        print(f"{person.email} {'is open again' if open_again else 'has no erasure to cancel'}.")
    elif options.now:
        privacy.erase_now(site, person.id, by=None)
        print(f"Account {person.id} is erased.")
    else:
        print(f"{person.email} is blocked and will be erased on {privacy.begin_erasure(site, person.id, by=None):%Y-%m-%d}.")


def run_disable(site: Site, options: argparse.Namespace) -> None:
    """Disable an account."""
    person = _person(site, options.email)
    accounts.disable(site, person.id)
    print(f"{person.email} is disabled.")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_text: str, act: Callable[[Site, argparse.Namespace], None]
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    parser.add_argument("email", metavar="EMAIL", help="the account's email address")
    parser.set_defaults(run=run, act=act)
    return parser


def _person(site: Site, email: str) -> Person:
    found = accounts.find_by_email(site, email)
    if found is None:
        raise CommandError(f"there is no account {email}")
    return found


def _print_link(site: Site, person: Person) -> None:
    """A path, for the machine does not know under which name people reach it."""
    offered = read_settings().languages
    language = person.language if person.language in offered else offered[0]
    print(f"Set the password once, within 24 hours, at /{language}/reset/{one_time_links.reset_link(site, person.id)}")
