"""The services that a child can be referred to."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from config.faults import ConfigurationError, faults_of, read_toml
from config.services import Service, Services, service_faults
from helpline.check import Configuration, read_configuration
from helpline.commands import AsJson, with_store

if TYPE_CHECKING:
    from helpline.referrals.directory import Entry, Loaded
    from helpline.store.db import Store

app = typer.Typer(help="The services that a child can be referred to.", no_args_is_help=True)


@app.command("load")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A TOML file with [[service]] tables; see docs/referrals.md.")],
) -> None:
    """Bring in the entries of a file: new ones are added, those that are there get what the file says."""
    configuration = read_configuration(config_file=context.obj)
    found = _read(file, configuration)
    from helpline.app import house_of  # noqa: PLC0415  the whole house: it loads slowly
    from helpline.referrals import directory  # noqa: PLC0415

    house = house_of(configuration)

    async def work(store: "Store") -> "Loaded":
        return await store.write(lambda tx: directory.load(tx, house, found, "operator"))

    done = with_store(configuration.settings, work)
    typer.echo(f"{done.added} added, {done.changed} changed, {done.same} as they were.")
    _warn(found.service, configuration)


@app.command("check")
def check(context: typer.Context) -> None:
    """Name each way to a service that these settings do not allow, and each entry that is stale. Sends nothing."""
    configuration = read_configuration(config_file=context.obj)
    from helpline.clock import SystemClock  # noqa: PLC0415
    from helpline.referrals.directory import today_at  # noqa: PLC0415

    services = [entry.service for entry in _entries(configuration)]
    wrong = _warn(services, configuration)
    now = SystemClock().now()
    for one in services:
        if one.stale_on <= today_at(one.timezone, now):
            wrong += 1
            typer.echo(
                f"{one.code}: was verified on {one.verified_on}. Call it, and say so in the directory.", err=True
            )
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{len(services)} services: each can be reached by all of its ways, and none is stale.")


@app.command("list")
def everything(context: typer.Context, as_json: AsJson = False) -> None:
    """Every entry, with when it was last verified. Addresses and numbers are not shown."""
    configuration = read_configuration(config_file=context.obj)
    from helpline.clock import SystemClock  # noqa: PLC0415
    from helpline.referrals import directory  # noqa: PLC0415

    entries = _entries(configuration)
    now = SystemClock().now()
    shown = [_shown(one, one.service.stale_on <= directory.today_at(one.service.timezone, now)) for one in entries]
    if as_json:
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for one in shown:
        marks = ", ".join(filter(None, [one["state"], "stale" if one["stale"] else "", one["fence"]]))
        typer.echo(f"{one['code']}  {one['name']}  [{one['kind']}; {marks}; verified {one['verified_on']}]")


def _entries(configuration: Configuration) -> "list[Entry]":
    from helpline.app import house_of  # noqa: PLC0415
    from helpline.referrals import directory  # noqa: PLC0415

    house = house_of(configuration)

    async def work(store: "Store") -> "list[Entry]":
        return await store.read(lambda tx: directory.everything(tx, house))

    return with_store(configuration.settings, work)


def _warn(services: Iterable[Service], configuration: Configuration) -> int:
    """Name what cannot be used, on the error stream; gives how many. Addresses and numbers are not shown."""
    from helpline.referrals.reaching import REMEDIES, unready  # noqa: PLC0415

    found = [(service, way) for service in services for way in unready(service, configuration.settings)]
    for service, way in found:
        typer.echo(f"{service.code}: way {way.place} ({way.channel}) {REMEDIES[way.code]}", err=True)
    return len(found)


def _shown(entry: "Entry", stale: bool) -> dict[str, Any]:
    service = entry.service
    plain = service.model_dump(
        mode="json",
        include={"code", "name", "kind", "concerns", "places", "languages", "country", "verified_on", "state"},
    )
    return {**plain, "stale": stale, "fence": "enforcement" if service.enforcement else ""}


def _read(path: Path, configuration: Configuration) -> Services:
    """Raises ConfigurationError with every fault."""
    values = read_toml(path)
    try:
        found = Services.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, str(path))) from None
    directory = configuration.directory
    faults = service_faults(path, found, directory.services.kinds, directory.places, directory.languages)
    if faults:
        raise ConfigurationError(faults)
    return found
