"""The commands, by what they are about; and the ground that all of them stand on."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Never, TypeVar

import typer

from config.settings import Settings, load_settings

if TYPE_CHECKING:
    from helpline.privacy import Vault
    from helpline.store.db import Store

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def settings_of(context: typer.Context, *, make_keys: bool = True) -> Settings:
    """``context.obj`` holds the file that `--config` names."""
    return load_settings(config_file=context.obj, make_keys=make_keys)


def with_store(settings: Settings, work: "Callable[[Store], Awaitable[T]]") -> T:
    """Do something with the store, and close it. A demonstration's database is brought up to date first."""
    from helpline.clock import SystemClock, ids_from  # noqa: PLC0415  the database's libraries load slowly
    from helpline.store.engine import open_store  # noqa: PLC0415

    async def within() -> T:
        clock = SystemClock()
        store = await open_store(settings.store_url, clock, ids_from(clock), migrate=settings.is_demonstration)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(within())


def vault_of(settings: Settings) -> "Vault":
    from helpline.privacy import Vault  # noqa: PLC0415

    return Vault(settings.vault_keys, settings.hash_key.get_secret_value(), country_code=settings.country_code)


def fail(message: str) -> Never:
    """Say why in one line, and end with 1."""
    typer.echo(message, err=True)
    sys.exit(1)
