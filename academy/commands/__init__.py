"""The command line, one family of commands a file."""


class CommandError(Exception):
    """Input that a command cannot use; its message is the one line printed before exit code 2."""
