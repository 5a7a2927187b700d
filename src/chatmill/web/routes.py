"""Which role each route needs, read from the application itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from chatmill.web.api.desk import NeedsRole, OpenToAll
from chatmill.web.roles import Role

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant

STATIC = "/static"
"""Our own scripts and style sheets: the only folder that is served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRoute:
    """One route and who it answers."""

    path: str
    """With its parameters, such as `/examples/{example_id}`."""
    pattern: re.Pattern[str]
    methods: frozenset[str]
    role: Role | None
    """None: everybody, without a session."""

    def answers(self, method: str, path: str) -> bool:
        """Tell whether a request is this route's."""
        return method in self.methods and self.pattern.match(path) is not None


def declared_routes(app: FastAPI) -> tuple[DeclaredRoute, ...]:
    """List every route with the role it declares.

    Raises:
        TypeError: A route declares no role, or more than one; the application must not start.
    """
    return tuple(_declared(app))


def _declared(app: FastAPI) -> Iterator[DeclaredRoute]:
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if isinstance(context.original_route, Mount) and path == STATIC:
            pattern = re.compile(f"^{STATIC}/")
            methods = frozenset({"GET", "HEAD"})
            yield DeclaredRoute(path=path, pattern=pattern, methods=methods, role=None)
            continue
        dependant: Dependant | None = getattr(context, "dependant", None)
        found = list(_needs(dependant)) if dependant is not None else []
        if len(found) != 1:
            raise TypeError(f"route {path} declares {len(found) or 'no'} roles, not one")
        yield DeclaredRoute(
            path=path,
            pattern=context.path_regex,
            methods=frozenset(context.methods or ()),
            role=found[0],
        )


def _needs(dependant: "Dependant") -> Iterator[Role | None]:
    for each in dependant.dependencies:
        if isinstance(each.call, NeedsRole):
            yield each.call.role
        elif isinstance(each.call, OpenToAll):
            yield None
        else:
            yield from _needs(each)
