"""`academy serve`: migrate, check the courses, say where to go, answer requests."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from pathlib import Path

from academy.commands import CommandError
from academy.config import kept_secret, read_settings
from academy.services import accounts, registry
from academy.services.site import Site, open_site
from academy.store import schema


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve`."""
    parser = subparsers.add_parser("serve", help="serve the product on this machine")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--demo", action="store_true", help="serve a separate database with a labelled synthetic population")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    if not 1 <= options.port <= 65535:
        raise CommandError("--port must be from 1 to 65535")
    if options.demo:
        os.environ["ACADEMY_DEMO"] = "yes"
        os.environ["ACADEMY_DATA"] = str(read_settings().data / "demo")
        os.environ.pop("ACADEMY_DATABASE_URL", None)
    settings = read_settings()
    _refuse_taken_port(options.host, options.port)
    kept_secret(settings.data)
    site = open_site(settings)
    schema.migrate(site.database)
    registry.sync(site)
    _report_courses(site)
    url = f"http://{options.host}:{options.port}"
    if options.demo:
        _prepare_demo(site)
    _report_address(site, url)
    site.database.dispose()
    _serve(options.host, options.port, settings.workers)
    return 0


def _report_courses(site: Site) -> None:
    library = site.courses.current
    print(f"Courses: {', '.join(library.courses) or 'none'}")
    if library.problems:
        print(f"  {len(library.problems)} problems; `./run academy check` lists them.")


def _prepare_demo(site: Site) -> None:
    from academy.services import demo  # only a demonstration needs it

    for line in demo.prepare(site, progress=_show_progress):
        print(line)


def _show_progress(done: int, total: int, what: str) -> None:
    end = "\n" if done == total else "\r"
    print(f"  {what}: {done:,} of {total:,}", end=end, flush=True)


def _report_address(site: Site, url: str) -> None:
    print(f"Academy is at {url}", flush=True)
    token = accounts.set_up_link(site)
    if token:
        print(f"No administrator yet. Create one within 24 hours at {url}/es/set-up/{token}", flush=True)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --port") from None


def _serve(host: str, port: int, workers: int) -> None:
    from granian.server import Server  # loads the server only when serving

    logging.getLogger("granian").setLevel(logging.WARNING)
    Server("wsgi:app", address=host, port=port, interface="wsgi", workers=workers, blocking_threads=1, working_dir=_root()).serve()


def _root() -> Path:
    return Path(sys.modules["academy"].__file__ or ".").resolve().parent.parent
