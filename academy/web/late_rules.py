"""Rules of the URL map whose addresses can be built once somebody asks for one: to prepare that for all takes a start too long."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule that makes what builds its address when it is first built.

    It stands in for a private method of Werkzeug's. Should that be called otherwise one day, rules are made whole at once, as usual.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(*given: object, **values: object) -> tuple[str, str]:
            if not made:
                made.append(super(LateRule, self)._compile_builder(append_unknown))
            return made[0](*given, **values)

        return build
