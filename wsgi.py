"""The application, for any WSGI server."""

from academy.app import create_app

app = create_app()
