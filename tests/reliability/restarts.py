"""A server that is started again in a moment: a process that has everything imported forks one that serves the product.

`python -m tests.reliability.restarts PORT WORKERS` forks a server for each line it reads, and prints its process group.
"""

from __future__ import annotations

import os
import signal
import sys

from academy.app import create_app
from academy.commands.serve import serve
from academy.config import read_settings
from academy.services.site import open_site


def main(port: int, workers: int) -> int:
    """Serve until standard input ends; a server that was killed before is buried first."""
    for _ in sys.stdin:
        while _bury():
            pass
        child = os.fork()
        if child == 0:
            os.setsid()
            os.dup2(2, 1)  # what the server says is no answer to our caller
            settings = read_settings()
            app = create_app(settings, site := open_site(settings))
            site.database.dispose()
            serve(app, "127.0.0.1", port, workers=workers, threads=settings.threads)
            os._exit(0)
        print(child, flush=True)
    return 0


def _bury() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
