"""Institutions that ask for interpreters: read from a file, listed, given PINs and tokens; and their officers."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from helpline.check import read_configuration
from helpline.commands import AsJson, settings_of, with_store
from helpline.commands.staff import asked_password

if TYPE_CHECKING:
    from helpline.house import House
    from helpline.interpreting.loading import Loaded
    from helpline.store.db import Store, Tx
    from helpline.store.institutions import Institution
    from helpline.store.officers import Officer

T = TypeVar("T")

institutions = typer.Typer(help="Institutions that ask for interpreters.", no_args_is_help=True)
officers = typer.Typer(help="The people who sign in for an institution.", no_args_is_help=True)
tokens = typer.Typer(help="What an institution's own systems ask with.", no_args_is_help=True)
interpreters = typer.Typer(help="What is known of interpreters.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The institution's number.")]
SignIn = Annotated[str, typer.Argument(help="The name to sign in with.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file; docs/institutions.md shows one.")]
Check = Annotated[bool, typer.Option("--check", help="Prove the file and say what would be done; write nothing.")]


@institutions.command("load")
def load_institutions(context: typer.Context, file: File, check: Check = False) -> None:
    """Add and change institutions and officers as a file says. All of it, or nothing when it has a fault."""
    from helpline.interpreting import loading  # noqa: PLC0415  the libraries behind these load slowly

    read = loading.read(file, loading.InstitutionsFile)
    _load(context, lambda tx, house, by: loading.load_institutions(tx, house, by, read, str(file)), check=check)


@interpreters.command("load")
def load_interpreters(context: typer.Context, file: File, check: Check = False) -> None:
    """Add and change interpreters as a file says. All of it, or nothing when it has a fault."""
    from helpline.interpreting import loading  # noqa: PLC0415

    read = loading.read(file, loading.InterpretersFile)
    _load(context, lambda tx, house, by: loading.load_interpreters(tx, house, by, read, str(file)), check=check)


@institutions.command("list")
def everyone(context: typer.Context, as_json: AsJson = False) -> None:
    """Every institution that was ever added, the disabled ones too."""
    from helpline.store import institutions as rows  # noqa: PLC0415

    found = _do(context, rows.everyone, write=False)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("None yet: `python -m helpline institutions load FILE` reads them from a file.")
    for one in found:
        marks = ("demonstration",) * one.demonstration + ("disabled",) * one.disabled + ("no PIN",) * (not one.has_pin)
        typer.echo("  ".join([one.number, one.name, one.kind, ",".join(one.may), *marks]))


@institutions.command("pin")
def new_pin(context: typer.Context, number: Number) -> None:
    """Give an institution a new PIN, and print it, this once."""
    from helpline.clock import Chance  # noqa: PLC0415
    from helpline.interpreting import pins  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    house, pin = _house(context), pins.fresh(Chance())
    _do(context, lambda tx: pins.set_pin(tx, house, OPERATOR, _numbered(tx, number).id, pin))
    typer.echo(f"The PIN of {number} is {pin}. It is not shown again.")


@institutions.command("disable")
def disable(context: typer.Context, number: Number) -> None:
    """Let an institution ask no more; its officers are signed out. The console enables it again."""
    from helpline.interpreting import institutions as work  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    _do(context, lambda tx: work.disable(tx, OPERATOR, _numbered(tx, number).id))
    typer.echo(f"Disabled {number}.")


@officers.command("add")
def add_officer(
    context: typer.Context,
    sign_in: SignIn,
    number: Annotated[str, typer.Option("--institution", help="The institution's number.")],
    alias: Annotated[str, typer.Option(help="The name that screens show.")],
    email: Annotated[str, typer.Option(help="For confirmations.")] = "",
    phone: Annotated[str, typer.Option(help="Such as +260211000000.")] = "",
) -> None:
    """Add an officer. The password is asked for, or read from standard input, and changed at the first sign-in."""
    from helpline.interpreting import officers as work  # noqa: PLC0415
    from helpline.staff.signin import hash_password  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    house, written = _house(context), work.Written(sign_in, alias, email, phone)
    work.faults_in(house, written).raise_any()
    hashed = hash_password(asked_password())

    def unit(tx: "Tx") -> None:
        work.add(tx, house, OPERATOR, _numbered(tx, number).id, written, hashed, temporary=True)

    _do(context, unit)
    typer.echo(f"Added {work.sign_in_of(sign_in)}.")


@officers.command("password")
def officer_password(context: typer.Context, sign_in: SignIn) -> None:
    """Give an officer a new password, asked for or read from standard input; the officer is signed out."""
    from helpline.interpreting import officers as work  # noqa: PLC0415
    from helpline.staff.signin import hash_password  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    hashed = hash_password(asked_password())
    _do(context, lambda tx: work.give_password(tx, OPERATOR, _named(tx, sign_in).id, hashed))
    typer.echo(f"Changed {work.sign_in_of(sign_in)}.")


@officers.command("disable")
def disable_officer(context: typer.Context, sign_in: SignIn) -> None:
    """Sign an officer out for good."""
    from helpline.interpreting import officers as work  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    _do(context, lambda tx: work.disable(tx, OPERATOR, _named(tx, sign_in).id))
    typer.echo(f"Disabled {work.sign_in_of(sign_in)}.")


@tokens.command("new")
def new_token(
    context: typer.Context,
    number: Number,
    label: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(min=1, max=1095, help="How long it holds.")] = 365,
) -> None:
    """Make a token for an institution's system, and print it, this once."""
    from helpline.interpreting import tokens as work  # noqa: PLC0415
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    token = work.fresh()
    _do(context, lambda tx: work.new(tx, OPERATOR, _numbered(tx, number).id, label, token, days))
    typer.echo(token)


def _load(context: typer.Context, unit: "Callable[[Tx, House, str], Loaded]", *, check: bool) -> None:
    from helpline.store.roster import OPERATOR  # noqa: PLC0415

    house = _house(context)
    try:
        loaded = _do(context, lambda tx: _checked(unit(tx, house, OPERATOR), check=check))
    except _OnlyLooked as looked:
        loaded = looked.loaded
    would = "would be " if check else ""
    for said, names in ((f"{would}added", loaded.added), (f"{would}changed", loaded.changed)):
        for name in names:
            typer.echo(f"{said}: {name}")
    typer.echo(f"{len(loaded.added)} {would}added, {len(loaded.changed)} {would}changed, {len(loaded.same)} the same.")


class _OnlyLooked(Exception):
    """Undoes what was written, and carries what it was."""

    def __init__(self, loaded: "Loaded") -> None:
        super().__init__()
        self.loaded = loaded


def _checked(loaded: "Loaded", *, check: bool) -> "Loaded":
    if check:
        raise _OnlyLooked(loaded)
    return loaded


def _house(context: typer.Context) -> "House":
    from helpline.app import house_of  # noqa: PLC0415

    return house_of(read_configuration(config_file=context.obj))


def _do(context: typer.Context, unit: "Callable[[Tx], T]", *, write: bool = True) -> T:
    async def work(store: "Store") -> T:
        return await (store.write(unit) if write else store.read(unit))

    return with_store(settings_of(context), work)


def _numbered(tx: "Tx", number: str) -> "Institution":
    from helpline.errors import Invalid  # noqa: PLC0415
    from helpline.store import institutions as rows  # noqa: PLC0415

    found = rows.numbered(tx, number.strip())
    if found is None:
        raise Invalid("institution_unknown", "No institution has this number: `institutions list` names them.")
    return found


def _named(tx: "Tx", sign_in: str) -> "Officer":
    from helpline.errors import Invalid  # noqa: PLC0415
    from helpline.store import officers as rows  # noqa: PLC0415

    found = rows.named(tx, sign_in.strip().lower())
    if found is None:
        raise Invalid("officer_unknown", "No officer signs in by this name.")
    return found
