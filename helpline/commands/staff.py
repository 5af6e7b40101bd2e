"""The people who answer: added, listed, changed, taken off."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.directory import ROLES
from config.secrets import weakness
from helpline.check import Configuration, read_configuration
from helpline.commands import AsJson, fail, settings_of, vault_of, with_store

if TYPE_CHECKING:
    from helpline.store.db import Store, Tx
    from helpline.store.roster import Entry

SHORTEST_PASSWORD = 12
MOST_AT_ONCE = 20
LEVELS = ("fluent", "basic")
GENDERS = ("woman", "man", "unknown")

app = typer.Typer(help="The people who answer.", no_args_is_help=True)

SignIn = Annotated[str, typer.Argument(help="The name to sign in with.")]
Alias = Annotated[str, typer.Option(help="What screens show; no legal name.")]
Roles = Annotated[str, typer.Option(help=f"Of {', '.join(ROLES)}; commas between several.")]
Languages = Annotated[str, typer.Option(help="Such as so:fluent,en:basic.")]
Reach = Annotated[str, typer.Option(help="Where to call: +260..., sip:NAME@HOST or client:IDENTITY.")]
Gender = Annotated[str, typer.Option(help=f"Of {', '.join(GENDERS)}.")]
Capacity = Annotated[int | None, typer.Option(min=0, max=MOST_AT_ONCE, help="How many at once.")]


@app.command("add")
def add(
    context: typer.Context,
    sign_in: SignIn,
    alias: Alias,
    roles: Roles,
    languages: Languages,
    reach: Reach = "",
    gender: Gender = "unknown",
    lines: Annotated[str, typer.Option(help="Only these lines; commas between several. All when left out.")] = "",
    text_only: Annotated[bool, typer.Option("--text-only", help="No calls, so no --reach is needed.")] = False,
) -> None:
    """Add a person. The password is asked for, or read from standard input; it is never an argument."""
    configuration = read_configuration(config_file=context.obj)
    name = sign_in.strip().lower()
    if not name or len(name) > 64 or any(letter.isspace() for letter in name):
        raise typer.BadParameter("a name of up to 64 letters without spaces", param_hint="SIGN_IN")
    wanted_roles = _listed(roles, ROLES, "--roles")
    spoken = _spoken(languages, configuration)
    some_lines = _listed(lines, tuple(configuration.directory.lines), "--lines") if lines else None
    kind, address = _reach(reach)
    if "counsellor" in wanted_roles and not address and not text_only:
        raise typer.BadParameter("where a counsellor is called, or --text-only", param_hint="--reach")
    gender = _one_of(gender, GENDERS, "--gender")
    password = asked_password()

    from helpline.staff.signin import hash_password  # noqa: PLC0415  the libraries behind these load slowly
    from helpline.store import roster  # noqa: PLC0415

    settings = configuration.settings
    new = roster.NewWorker(
        sign_in=name,
        alias=alias.strip()[:64],
        roles=wanted_roles,
        spoken=spoken,
        password_hash=hash_password(password),
        gender=gender,
        lines=some_lines,
        reach_kind=kind,
        reach_enc=vault_of(settings).seal(address) if address else None,
        capacity_voice=1 if address and not text_only else 0,
    )

    async def work(store: "Store") -> None:
        await store.write(lambda tx: roster.add(tx, new))

    with_store(settings, work)
    typer.echo(f"Added {name}{'' if new.capacity_voice else ', who is offered no calls'}.")


@app.command("set")
def change(  # an option each, as on the command line
    context: typer.Context,
    sign_in: SignIn,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new one; signs the person out.")] = False,
    alias: Alias = "",
    roles: Roles = "",
    languages: Languages = "",
    reach: Annotated[str | None, typer.Option(help='Where to call; "" for nowhere: then no calls are offered.')] = None,
    gender: Gender = "",
    lines: Annotated[str, typer.Option(help='Only these lines; "all" for every line.')] = "",
    capacity_voice: Capacity = None,
    capacity_text: Capacity = None,
) -> None:
    """Change what is given, and nothing else. A new password is asked for, or read from standard input."""
    configuration = read_configuration(config_file=context.obj)
    values: dict[str, Any] = {}
    if alias.strip():
        values["alias"] = alias.strip()[:64]
    if roles:
        values["roles"] = " ".join(_listed(roles, ROLES, "--roles"))
    if gender:
        values["gender"] = _one_of(gender, GENDERS, "--gender")
    if lines:
        known = tuple(configuration.directory.lines)
        values["lines"] = None if lines == "all" else " ".join(_listed(lines, known, "--lines"))
    if reach is not None:
        kind, address = _reach(reach)
        sealed = vault_of(configuration.settings).seal(address) if address else None
        values |= {"reach_kind": kind, "reach_enc": sealed, "capacity_voice": 1 if address else 0}
    given = {"capacity_voice": capacity_voice, "capacity_text": capacity_text}
    values |= {name: number for name, number in given.items() if number is not None}
    spoken = _spoken(languages, configuration) if languages else None
    if not values and spoken is None and not password:
        raise typer.BadParameter("say what to change; --help names what can be")
    if password:
        from helpline.staff.signin import hash_password  # noqa: PLC0415

        values["password_hash"] = hash_password(asked_password())

    from helpline.interpreting.qualified import may_leave  # noqa: PLC0415
    from helpline.store import interpreters, roster  # noqa: PLC0415

    name = sign_in.strip().lower()

    def unit(tx: "Tx") -> None:
        found = interpreters.named(tx, name)
        if found is not None and roles and "interpreter" not in values["roles"].split():
            may_leave(tx, found.worker_id)
        roster.change(tx, name, values, spoken)

    async def work(store: "Store") -> None:
        await store.write(unit)

    with_store(configuration.settings, work)
    typer.echo(f"Changed {name}.")


@app.command("list")
def everyone(context: typer.Context, as_json: AsJson = False) -> None:
    """Everyone who was ever added, the disabled ones too."""
    from helpline.store import roster  # noqa: PLC0415

    async def work(store: "Store") -> "list[Entry]":
        return await store.read(roster.everyone)

    people = with_store(settings_of(context), work)
    if as_json:
        typer.echo(json.dumps([asdict(person) for person in people], indent=2, ensure_ascii=False))
        return
    if not people:
        typer.echo("Nobody yet: `python -m helpline staff add --help` says how.")
    for person in people:
        spoken = " ".join(f"{code}:{level}" for code, level in sorted(person.languages.items()))
        marks = "demonstration " * person.demonstration + "disabled" * person.disabled
        columns = (person.sign_in, person.alias, ",".join(person.roles), spoken, marks.strip())
        typer.echo("  ".join(column for column in columns if column))


@app.command("pin")
def pin(
    context: typer.Context,
    sign_in: Annotated[str, typer.Argument()],
    remove: Annotated[bool, typer.Option("--remove", help="No more duty by telephone.")] = False,
) -> None:
    """Give a person a new PIN for duty by telephone, and print it with its number, this once."""
    from helpline.app import house_of  # noqa: PLC0415  the libraries behind these load slowly
    from helpline.errors import Invalid  # noqa: PLC0415
    from helpline.interpreting import pins  # noqa: PLC0415
    from helpline.store import interpreters, roster  # noqa: PLC0415

    house, name = house_of(read_configuration(config_file=context.obj)), sign_in.strip().lower()
    made = pins.fresh(house.chance)

    def unit(tx: "Tx") -> str:
        found = interpreters.named(tx, name)
        if found is None or found.disabled:
            raise Invalid("worker_unknown", "Nobody signs in by this name.")
        if remove:
            pins.remove_worker_pin(tx, roster.OPERATOR, found.worker_id)
            return ""
        return pins.set_worker_pin(tx, house, roster.OPERATOR, found.worker_id, made, house.chance)

    async def work(store: "Store") -> str:
        return await store.write(unit)

    number = with_store(settings_of(context), work)
    said = f"The number of {name} is {number}, the PIN {made}. The PIN is not shown again."
    typer.echo(said if number else f"{name} has no PIN now.")


@app.command("disable")
def disable(context: typer.Context, sign_in: Annotated[str, typer.Argument()]) -> None:
    """Sign a person out for good. What they wrote stays; a conversation that is under way goes on to its end.

    Somebody who is booked as an interpreter is not disabled before the bookings are given to others.
    """
    from helpline.interpreting.qualified import may_leave  # noqa: PLC0415
    from helpline.store import interpreters, roster  # noqa: PLC0415

    def unit(tx: "Tx") -> None:
        found = interpreters.named(tx, sign_in.strip().lower())
        if found is not None:
            may_leave(tx, found.worker_id)
        roster.disable(tx, sign_in.strip().lower())

    async def work(store: "Store") -> None:
        await store.write(unit)

    with_store(settings_of(context), work)
    typer.echo(f"Disabled {sign_in.strip().lower()}.")


def asked_password() -> str:
    """From standard input when it is piped, else asked for twice without showing it."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    weak = weakness(password, SHORTEST_PASSWORD)
    if weak is not None:
        fail(f"The password {weak}. Take a longer one, such as four words that do not belong together.")
    return password


def _spoken(said: str, configuration: Configuration) -> tuple[tuple[str, str], ...]:
    """(language, level) pairs."""
    found = []
    for part in _parts(said, "--languages"):
        code, _, level = part.partition(":")
        if code not in configuration.directory.languages:
            raise typer.BadParameter(f"{code!r} is no language of languages.toml", param_hint="--languages")
        if (level or "fluent") not in LEVELS:
            raise typer.BadParameter(f"{level!r} is none of {', '.join(LEVELS)}", param_hint="--languages")
        found.append((code, level or "fluent"))
    return tuple(found)


def _reach(said: str) -> tuple[str, str]:
    """The kind of address, and the address as the carrier takes it."""
    said = said.strip()
    kind = next((kind for kind in ("sip", "client") if said.startswith(f"{kind}:")), "phone")
    if kind == "client":
        said = said.removeprefix("client:")
    if kind == "phone" and said:
        said = "".join(letter for letter in said if letter not in " -.()")
        if not said.removeprefix("+").isdecimal():
            raise typer.BadParameter("+260..., sip:NAME@HOST or client:IDENTITY", param_hint="--reach")
    return kind, said


def _one_of(said: str, known: tuple[str, ...], option: str) -> str:
    if said not in known:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint=option)
    return said


def _listed(said: str, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    parts = _parts(said, option)
    unknown = [part for part in parts if part not in known]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: none of {', '.join(known)}", param_hint=option)
    return parts


def _parts(said: str, option: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part.strip() for part in said.split(",") if part.strip()))
    if not parts:
        raise typer.BadParameter("at least one", param_hint=option)
    return parts
