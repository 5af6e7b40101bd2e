"""The words of danger by language: how often each was seen in a child's text, and how often it meant none."""

from dataclasses import dataclass

from aiohttp import web

from config.danger_words import DangerWords
from helpline.console.context import Visit
from helpline.store import words_seen


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a list. ``listed``: it stands in the list that is used now."""

    entry: str
    seen: int
    not_so: int
    listed: bool

    @property
    def share(self) -> int | None:
        """Of a hundred times that it was seen, how often it meant no danger; None when it never was."""
        return round(100 * self.not_so / self.seen) if self.seen else None


def rows_of(words: DangerWords | None, counted: dict[str, tuple[int, int]]) -> list[Row]:
    """Those that were wrong most often first, then those that were never seen. Pure."""
    listed = words.words if words is not None and words.review == "reviewed" else ()
    entries = dict.fromkeys((*counted, *listed))
    found = [Row(entry, *counted.get(entry, (0, 0)), listed=entry in listed) for entry in entries]
    return sorted(found, key=lambda row: (-row.not_so, -row.seen, row.entry))


async def page(visit: Visit) -> web.Response:
    lists = visit.house.directory.danger_words
    counted: dict[str, dict[str, tuple[int, int]]] = {language: {} for language in lists}
    for language, entry, seen, not_so in await visit.store.read(words_seen.counts):
        counted.setdefault(language, {})[entry] = (seen, not_so)
    tables = {language: rows_of(lists.get(language), found) for language, found in counted.items()}
    drafts = [language for language, words in lists.items() if words.review != "reviewed"]
    return visit.page("danger_list.html", tables=tables, drafts=drafts)
