"""What browser tests of the review page look at: which example is shown, what is saved."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from chatmill.project import Project
from chatmill.store.decisions import list_decisions

Opener = Callable[..., Page]
"""Opens the page of a running review by its link."""


def at(page: Page, number: int) -> None:
    """Wait until an example is shown."""
    expect(page.locator(f"body[data-example='e{number:07d}']")).to_be_attached()


def saved(page: Page) -> None:
    """Wait until the server has everything."""
    expect(page.locator("#sync")).to_have_attribute("data-state", "saved")


def log(project: Project) -> list[tuple[str, str, str]]:
    """Return the log: example, action, reason."""
    return [(d.example_id, d.action, d.reason) for d in list_decisions(project.database)]
