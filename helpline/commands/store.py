"""The database: its tables, a backup, and putting one back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import Settings
from helpline.commands import fail, settings_of, vault_of, with_store

if TYPE_CHECKING:
    from helpline.store.backups import Readable

KEEP = "Keep HELPLINE_KEYS and HELPLINE_HASH_KEY too, in another place than the backups"
KEEP_MADE = "a demonstration's are in the file `keys.toml` of its data folder"


def migrate(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Bring the database to the tables of this version. Says first what it is going to do."""
    from helpline.store import migrate as migrating  # noqa: PLC0415  the database's libraries load slowly

    url = settings_of(context).store_url
    waiting = migrating.pending(url)
    if not waiting:
        typer.echo("The database is up to date.")
        return
    for revision in waiting:
        step = migrating.step(revision)
        changes = ", ".join(f"{count} {kind}" for kind, count in step.changes)
        typer.echo(f"{'would apply' if plan else 'applying'} {revision}: {step.title} ({changes})")
    if waiting[0] > migrating.WORKS_WITH:
        typer.echo("A helpline of the version before goes on working with the new tables until it is restarted.")
    if not plan:
        migrating.migrate(url)
        typer.echo(f"Done: {len(waiting)} applied.")


def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="Where to; must not exist.")]) -> None:
    """Copy the SQLite database to FILE while the helpline runs, and read the copy through."""
    from helpline.store import backups  # noqa: PLC0415

    settings = settings_of(context, make_keys=False)
    copy = backups.back_up(settings.store_url, file)
    typer.echo(f"Written: {copy.path} ({copy.bytes} bytes, tables {copy.revision}, until {backups.told(copy.latest)}).")
    typer.echo(f"{KEEP}: without them nothing in it can be read" + _where(settings))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` has written.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Also when the keys do not fit.")] = False,
) -> None:
    """Put FILE in the place of the SQLite database, which is kept beside it. Refused while a helpline runs."""
    from helpline.store import backups  # noqa: PLC0415

    settings = settings_of(context)
    copy = backups.look_at(file)
    found = _readable(settings, file)
    if found.closed and not found.opened and not anyway:
        fail("These keys open nothing of it. Set the HELPLINE_KEYS that it was made with. [backup_keys_missing]")
    kept = backups.restore(settings.store_url, file)
    _put_back(settings)
    typer.echo(f"Restored: tables {copy.revision}, until {backups.told(copy.latest)}.")
    if kept is not None:
        typer.echo(f"The database before it is {kept}: delete it when you are sure.")
    if found.closed:
        typer.echo(
            f"Not readable with these keys: {found.closed} of {found.opened + found.closed} looked at.", err=True
        )
    typer.echo("Start the helpline: it asks the carrier for the calls and texts of the last two days that are missing.")


def restored(context: typer.Context) -> None:
    """Say that a PostgreSQL database was put back with its own tools, before the helpline is started."""
    _put_back(settings_of(context))
    typer.echo("Everybody signs in again, and what was to be done outside is asked for before it is done.")


def _where(settings: Settings) -> str:
    return f" ({KEEP_MADE})." if settings.is_demonstration else "."


def _put_back(settings: Settings) -> None:
    from helpline.store import backups  # noqa: PLC0415
    from helpline.store.db import Store  # noqa: PLC0415
    from helpline.store.migrate import migrate as apply  # noqa: PLC0415

    async def work(store: Store) -> None:
        await store.write(backups.put_back)

    apply(settings.store_url)
    with_store(settings, work)


def _readable(settings: Settings, file: Path) -> "Readable":
    from helpline.privacy import Unreadable  # noqa: PLC0415
    from helpline.store import backups  # noqa: PLC0415

    vault = vault_of(settings)

    def opens(blob: bytes) -> bool:
        try:
            vault.open_bytes(blob)
        except Unreadable:
            return False
        return True

    return backups.readable_in(file, opens)
