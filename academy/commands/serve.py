"""`academy serve`: migrate, check the courses, say where to go, answer requests."""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from academy.commands import CommandError
from academy.config import Settings, kept_secret, read_settings
from academy.services import one_time_links
from academy.services.site import Site, open_site
from academy.store import schema

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""WSGI."""
_REQUESTS = "academy.requests"
"""The logger of the application's own lines."""
STOP_SECONDS = 30
"""How long requests that were accepted may take to finish when the server is told to stop."""


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
    with tempfile.TemporaryDirectory(prefix="academy-metrics-") as counters:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", counters)  # workers share their counters there; /metrics adds them up
        serve(_prepared(options, settings), options.host, options.port, workers=settings.workers, threads=settings.threads)
    return 0


def _prepared(options: argparse.Namespace, settings: Settings) -> Application:
    """The application, its database migrated and its courses read: once, for all the workers that are forked from here."""
    gc.disable()  # until all is loaded
    site = open_site(settings)
    schema.migrate(site.database)
    # By name, for it stands above the commands; and not before its counters have their folder.
    app: Application = importlib.import_module("academy.app").create_app(settings, site)
    _report_courses(site)
    url = f"http://{options.host}:{options.port}"
    if options.demo:
        _prepare_demo(site)
    _report_address(site, f"{url}/{settings.languages[0]}", url)
    site.database.dispose()  # a connection is for one process
    return app


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


def _report_address(site: Site, start: str, url: str) -> None:
    print(f"Academy is at {url}", flush=True)
    token = one_time_links.set_up_link(site)
    if token:
        print(f"No administrator yet. Create one within 24 hours at {start}/set-up/{token}", flush=True)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --port") from None


def _log_alike() -> None:
    """Write what libraries and the server log in these processes, warnings too, as the application writes its own lines."""
    logging.captureWarnings(capture=True)
    logging.getLogger().handlers = list(logging.getLogger(_REQUESTS).handlers)


def serve(app: Application, host: str, port: int, *, workers: int, threads: int) -> None:
    """Answer requests until told to stop; what was accepted by then is finished."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server  # loads the server only when serving

    _log_alike()
    multiprocessing.set_start_method("fork", force=True)
    gc.freeze()  # what is loaded by now stays; so its memory remains common to the workers
    gc.enable()
    server = Server(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        log_level=LogLevels.info if logging.getLogger(_REQUESTS).isEnabledFor(logging.INFO) else LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {"handlers": []}}},  # none of its own: its lines go where all others go
        workers_kill_timeout=STOP_SECONDS,  # a worker that is told to stop while it starts does not hear it
    )
    server.serve(target_loader=lambda: app, wrap_loader=False)
