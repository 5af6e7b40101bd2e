"""What was written of contacts."""

import typer

from helpline.check import read_configuration
from helpline.commands import vault_of, with_store

app = typer.Typer(help="What was written of contacts.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """A group, though it has one command."""


@app.command("reindex")
def again(context: typer.Context) -> None:
    """Write anew the words by which records are found, after the hash key has changed. May run beside it all."""
    configuration = read_configuration(config_file=context.obj)
    from helpline.contacts.search import reindex  # noqa: PLC0415  the database's libraries load slowly
    from helpline.store.db import Store  # noqa: PLC0415

    vault = vault_of(configuration.settings)

    async def work(store: Store) -> int:
        return await reindex(store, vault, configuration.directory)

    typer.echo(f"Written anew: {with_store(configuration.settings, work)} records.")
