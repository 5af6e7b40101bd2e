"""A page with several forms: which of them was wrong, at which fields, and what is shown only once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web

from helpline.console import institution_words, words
from helpline.console.context import Visit
from helpline.errors import HelplineError
from helpline.interpreting.fields import Unfit
from helpline.store.db import Unit


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret that is on the page now and never again. ``kind``: pin, password or token; ``name``: whose."""

    kind: str
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a form. ``form`` names the one that was sent; ``fields`` are codes by field."""

    form: str = ""
    notice: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    shown: Shown | None = None
    status: int = 200

    def wrong(self, form: str, name: str) -> str | None:
        """The code of what is wrong with a field of a form."""
        return self.fields.get(name) if form == self.form else None


T = TypeVar("T")
Page = Callable[[Visit, Outcome], Awaitable[web.Response]]


async def fill_in(
    visit: Visit, page: Page, form: str, unit: Unit[T], to: Callable[[T], str], shown: Shown | None = None
) -> web.Response:
    """Do what a form says, and go on to where its result leads.

    Faults lead back to the page, with what was typed; a secret is shown on it.
    """
    try:
        done = await visit.store.write(unit)
    except Unfit as error:
        notice = words.trouble(visit.wording, error)[1]
        return await page(visit, Outcome(form, notice, error.fields, status=error.status))
    except HelplineError as error:
        if error.retry:
            raise
        fields = {form: error.code} if error.code in institution_words.AT_FIELD else {}
        return await page(visit, Outcome(form, words.trouble(visit.wording, error)[1], fields, status=error.status))
    return await page(visit, Outcome(form, shown=shown)) if shown is not None else visit.go(to(done))
