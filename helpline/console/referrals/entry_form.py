"""An entry of the directory as a page's form shows it, and what was posted as an entry again."""

import json
from collections.abc import Mapping
from typing import Any

from multidict import MultiDictProxy
from pydantic import ValidationError

from config.directory import Directory
from config.faults import faults_of
from config.services import Service, Services, Way, service_faults
from helpline.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINES = (
    "code",
    "name",
    "kind",
    "language",
    "timezone",
    "country",
    "legal_basis",
    "organisation",
    "person",
    "verified_on",
)


class NotAnEntry(Invalid):
    """What is wrong with it, field by field: (field, problem, remedy)."""

    def __init__(self, found: list[tuple[str, str, str]]) -> None:
        super().__init__("entry_wrong", "Something in the entry is not right.")
        self.found = found


def form_of(service: Service) -> dict[str, Any]:
    """Text for every field; lists of a line each."""
    hours = service.hours
    return {
        **{name: str(getattr(service, name)) for name in _LINES},
        "concerns": list(service.concerns),
        "places": "\n".join(service.places),
        "languages": list(service.languages),
        "aliases": "\n".join(service.aliases),
        "contacts": "\n".join(_written(way) for way in service.contacts),
        "hours": "" if hours == "always" else "\n".join(f"{day} {' '.join(said)}" for day, said in hours.items()),
        "texts": dict(service.texts),
        "enforcement": service.enforcement,
        "stale_days": str(service.stale_days),
        "state": service.state,
    }


def entry_of(form: MultiDictProxy[str], directory: Directory, before: Service | None) -> Service:
    """Raises `NotAnEntry`."""
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in _LINES}
    values |= {
        "concerns": tuple(form.getall("concerns", [])),
        "places": tuple(form.get("places", "").split()),
        "languages": tuple(form.getall("languages", [])),
        "aliases": tuple(filter(None, map(str.strip, form.get("aliases", "").splitlines()))),
        "contacts": [_way(line) for line in form.get("contacts", "").splitlines() if line.strip()],
        "hours": _hours(form.get("hours", "")),
        "texts": {name[5:]: text.strip() for name, text in form.items() if name.startswith("text_") and text.strip()},
        "enforcement": form.get("enforcement") == "yes",
        "stale_days": form.get("stale_days", ""),
        "state": "paused" if form.get("state") == "paused" else "open",
        "demonstration": before.demonstration if before is not None else False,
    }
    if before is not None:
        values["code"] = before.code
    try:
        entry = Service.model_validate(values)
    except ValidationError as error:
        raise NotAnEntry([(one.key, one.problem, one.remedy) for one in faults_of(error, "")]) from None
    kinds = directory.services.kinds
    wrong = service_faults("", Services(service=(entry,)), kinds, directory.places, directory.languages)
    if wrong:
        raise NotAnEntry([(one.key.rsplit(".", 1)[-1], one.problem, one.remedy) for one in wrong])
    return entry


def typed(form: MultiDictProxy[str]) -> dict[str, Any]:
    """What somebody typed, to stand in its fields again."""
    return {
        **{name: form.get(name, "") for name in (*_LINES, "places", "aliases", "contacts", "hours", "stale_days")},
        "concerns": form.getall("concerns", []),
        "languages": form.getall("languages", []),
        "texts": {name[5:]: text for name, text in form.items() if name.startswith("text_")},
        "enforcement": form.get("enforcement") == "yes",
        "state": form.get("state", "open"),
    }


def empty(directory: Directory, today: str) -> dict[str, Any]:
    line = next(iter(directory.lines.values()))
    given = {"timezone": line.timezone, "country": directory.places.country, "language": line.own_language}
    blank = dict.fromkeys((*_LINES, "places", "aliases", "contacts", "hours"), "")
    return {**blank, **given, "concerns": [], "languages": [line.own_language], "texts": {}, "enforcement": False,
            "stale_days": "180", "state": "open", "verified_on": today}  # fmt: skip


def _written(way: Way) -> str:
    """`email desk@service.example`, and behind it what an adapter needs as key=value."""
    more = [f"{key}={json.dumps(value) if ' ' in value else value}" for key, value in way.settings.items()]
    return " ".join([way.channel, way.to, *more])


def _way(line: str) -> Mapping[str, Any]:
    channel, _, rest = line.strip().partition(" ")
    to, _, more = rest.strip().partition(" ")
    return {"channel": channel.lower(), "to": to, "settings": _settings(more)}


def _settings(text: str) -> dict[str, str]:
    found = {}
    while text := text.strip():
        key, _, rest = text.partition("=")
        if rest.startswith('"'):
            try:
                value, end = json.JSONDecoder().raw_decode(rest)
            except ValueError:  # a quotation mark without its other: the rest of the line
                value, end = rest[1:], len(rest)
            text = rest[end:]
        else:
            value, _, text = rest.partition(" ")
        found[key.strip()] = str(value)
    return found


def _hours(text: str) -> Any:
    """`mon 08:00-12:00 13:00-17:00`, a line a day; nothing written is day and night."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return {line[0].lower(): tuple(line[1:]) for line in lines} or "always"
