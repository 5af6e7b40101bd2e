"""Keys for what is stored: new ones, and what old ones have sealed."""

import typer

from helpline.commands import fail, settings_of, vault_of, with_store

app = typer.Typer(help="The keys for what is stored.", no_args_is_help=True)


@app.command("new")
def new() -> None:
    """Print a new key, for HELPLINE_KEYS or for HELPLINE_HASH_KEY."""
    from helpline.privacy import generate_key  # noqa: PLC0415

    typer.echo(generate_key())


@app.command("reseal")
def reseal(context: typer.Context) -> None:
    """Seal anew, under the first key, whatever another has sealed. May run beside the helpline, and again."""
    from helpline.resealing import Resealed, reseal_all  # noqa: PLC0415
    from helpline.store.db import Store  # noqa: PLC0415

    settings = settings_of(context)
    vault = vault_of(settings)

    async def work(store: Store) -> Resealed:
        return await reseal_all(store, vault)

    done = with_store(settings, work)
    typer.echo(f"Sealed anew: {done.resealed}.")
    if done.unreadable:
        fail(f"Not readable with these keys: {done.unreadable}. Add the key that sealed them, and run it again.")
