"""When a model is switched off: what its server says, else a dated list that ships with us."""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel

from chatmill.errors import ModelCallError, ServerDownError
from chatmill.models.estimates import untuned_name
from chatmill.models.providers import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.models.connection import Connection

NEAR_DAYS = 180
"""A date this close, or past, is said before money is spent."""
_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """When a model stops answering."""

    model: str
    on: date
    source: str
    """`the server`, or the list and its date."""

    def line(self, today: date) -> str:
        """Say it in one line for a person."""
        days = (self.on - today).days
        when = f"in {days} days" if days > 0 else "so it may answer no more"
        verb = "will be switched off" if days > 0 else "was to be switched off"
        return f"{self.model} {verb} on {self.on}, {when} (says {self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirementList:
    """The list that ships with chatmill."""

    checked: date
    """Day it was checked last."""
    source: str
    """Page it was read from."""
    last_tuning_day: date
    """After it OpenAI takes no new fine-tuning jobs."""
    shutdowns: dict[str, date]
    """Model name without its snapshot's date → the day it is switched off."""


class ModelDates(BaseModel):
    """`GET /models/MODEL`, as far as it tells of the end; a date or Unix seconds."""

    shutdown_date: str | int | None = None


@cache
def retirement_list() -> RetirementList:
    """Read the list that ships with chatmill."""
    text = files("chatmill.models").joinpath("retirements.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    return RetirementList(
        checked=date.fromisoformat(document["checked"]),
        source=document["source"],
        last_tuning_day=date.fromisoformat(document["last_tuning_day"]),
        shutdowns={
            model: date.fromisoformat(entry["shutdown"])
            for entry in document["retired"]
            for model in entry["models"]
        },
    )


def listed_shutdown(model: str) -> Shutdown | None:
    """Look a model of OpenAI up in the list; a tuned model ends with the one it was tuned from."""
    known = retirement_list()
    name = untuned_name(model)
    day = known.shutdowns.get(name) or known.shutdowns.get(_SNAPSHOT.sub("", name))
    if day is None:
        return None
    return Shutdown(model=model, on=day, source=f"chatmill's list of {known.checked}")


async def find_shutdown(connection: "Connection", model: str) -> Shutdown | None:
    """Ask the server when a model is switched off; where it does not say, look in the list.

    Never raises because a server does not know the model or the endpoint.
    """
    retrieve = connection.sdk.models.with_raw_response.retrieve
    name = connection.endpoint.name_of(model)
    try:
        body = await connection.call(lambda: retrieve(name), ModelDates, max_attempts=2)
    except (ModelCallError, ServerDownError):
        body = ModelDates()
    day = _day(body.shutdown_date)
    if day is not None:
        return Shutdown(model=model, on=day, source="the server")
    return listed_shutdown(model) if connection.endpoint.profile.has_shutdown_dates else None


async def near_shutdowns(
    connection: "Connection", models: "Sequence[str]", today: date | None = None
) -> list[Shutdown]:
    """List the models that are switched off soon, or were already.

    Only servers that follow a calendar of retirements are asked.
    """
    if not has_calendar(connection.endpoint):
        return []
    day = today or datetime.now(UTC).date()
    found = [await find_shutdown(connection, model) for model in models]
    return [each for each in found if each is not None and (each.on - day).days <= NEAR_DAYS]


def has_calendar(endpoint: Endpoint) -> bool:
    """Say whether models of this server have dates to end."""
    return endpoint.profile.has_shutdown_dates


async def tuning_notices(connection: "Connection", base_model: str) -> list[str]:
    """Say, before a job is paid for, what ends soon: the model, and tuning itself."""
    today = datetime.now(UTC).date()
    found = await near_shutdowns(connection, [base_model], today)
    lines = [each.line(today) for each in found]
    notice = tuning_notice(connection.endpoint, today)
    return [*lines, notice] if notice else lines


def tuning_notice(endpoint: Endpoint, today: date | None = None) -> str:
    """Say that a server soon takes no more fine-tuning jobs; empty where that is not known."""
    if not has_calendar(endpoint):
        return ""
    known = retirement_list()
    day = today or datetime.now(UTC).date()
    if day > known.last_tuning_day:
        return f"OpenAI takes no new fine-tuning jobs since {known.last_tuning_day}"
    return (
        f"OpenAI takes no new fine-tuning jobs after {known.last_tuning_day} "
        f"(list of {known.checked})"
    )


def _day(said: str | int | None) -> date | None:
    if said is None:
        return None
    try:
        if isinstance(said, int):
            return datetime.fromtimestamp(said, UTC).date()
        return date.fromisoformat(said[:10])
    except (ValueError, OverflowError, OSError):
        return None
