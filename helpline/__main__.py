"""The command line. What it cannot do it says in one line, and ends with 1."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Never, TypeVar

import typer

from config.directory import ROLES
from config.faults import ConfigurationError, Fault
from config.secrets import weakness
from config.settings import Settings, load_settings
from helpline.check import Configuration, own_folder, read_configuration, script_file
from helpline.errors import HelplineError

T = TypeVar("T")

SHORTEST_PASSWORD = 12
LEVELS = ("fluent", "basic")
GENDERS = ("woman", "man", "unknown")

app = typer.Typer(
    help="A child helpline that answers in the child's own language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
staff = typer.Typer(help="The people who answer.", no_args_is_help=True)
script = typer.Typer(help="What a line says and asks.", no_args_is_help=True)
keys = typer.Typer(help="The keys for what is stored.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(script, name="script")
app.add_typer(keys, name="keys")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def main() -> None:
    """The entry point: errors that we know become one line each."""
    try:
        app(prog_name="helpline")
    except ConfigurationError as error:
        _print_faults(error.faults)
        _fail("The configuration has faults; nothing was started.")
    except HelplineError as error:
        _fail(f"{error.message} [{error.code}]")
    except OSError as error:
        _fail(f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}")
    except KeyboardInterrupt:
        sys.exit(130)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Your settings; stands in for HELPLINE_CONFIG.")] = None,
) -> None:
    context.obj = config


@app.command()
def serve(
    context: typer.Context,
    practice: Annotated[bool, typer.Option(help="Start the practice carrier too (demonstration only).")] = False,
) -> None:
    """Answer calls, and serve the console. Refuses to start on a fault."""
    configuration = read_configuration(config_file=context.obj)
    if configuration.warnings:
        typer.echo(f"{len(configuration.warnings)} warnings: `python -m helpline check` names them.", err=True)
    from helpline.app import run  # noqa: PLC0415  the whole house: needed by this command only

    if not practice:
        run(configuration)
        return
    from helpline.practising import practice_carrier  # noqa: PLC0415

    with practice_carrier(configuration):
        run(configuration)


@app.command()
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Read the whole configuration, and name every fault with its file, key and remedy. Writes nothing."""
    configuration: Configuration | None = None
    try:
        configuration = read_configuration(config_file=context.obj, make_keys=False)
        faults = configuration.warnings
    except ConfigurationError as error:
        faults = error.faults
    errors = sum(fault.is_error for fault in faults)
    if as_json:
        typer.echo(json.dumps([asdict(fault) for fault in faults], indent=2, ensure_ascii=False))
    else:
        _print_faults(faults)
        typer.echo(f"{errors} errors, {len(faults) - errors} warnings.", err=True)
        if configuration is not None:
            read = f"{len(configuration.directory.lines)} lines, {len(configuration.scripts)} scripts"
            typer.echo(f"Read: {read}, {len(configuration.directory.languages)} languages.")
    if errors:
        raise typer.Exit(1)


@app.command()
def migrate(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Bring the database to the tables of this version."""
    from helpline.store.migrate import migrate as apply  # noqa: PLC0415  the database's libraries load slowly
    from helpline.store.migrate import pending  # noqa: PLC0415

    url = _settings(context).store_url
    waiting = pending(url)
    for revision in waiting:
        typer.echo(f"{'would apply' if plan else 'applying'} {revision}")
    if not waiting:
        typer.echo("The database is up to date.")
    elif not plan:
        apply(url)
        typer.echo(f"Done: {len(waiting)} applied.")


@staff.command("add")
def staff_add(
    context: typer.Context,
    sign_in: Annotated[str, typer.Argument(help="The name to sign in with.")],
    alias: Annotated[str, typer.Option(help="What screens show; no legal name.")],
    roles: Annotated[str, typer.Option(help=f"Of {', '.join(ROLES)}; commas between several.")],
    languages: Annotated[str, typer.Option(help="Such as so:fluent,en:basic.")],
    reach: Annotated[str, typer.Option(help="Where to call: +260..., sip:NAME@HOST or client:IDENTITY.")] = "",
    gender: Annotated[str, typer.Option(help=f"Of {', '.join(GENDERS)}.")] = "unknown",
    lines: Annotated[str, typer.Option(help="Only these lines; commas between several. All when left out.")] = "",
) -> None:
    """Add a person. The password is asked for, or read from standard input; it is never an argument."""
    configuration = read_configuration(config_file=context.obj)
    name = sign_in.strip().lower()
    if not name or len(name) > 64 or any(letter.isspace() for letter in name):
        raise typer.BadParameter("a name of up to 64 letters without spaces", param_hint="SIGN_IN")
    wanted_roles = _listed(roles, ROLES, "--roles")
    spoken = tuple(_spoken(one, configuration) for one in _parts(languages, "--languages"))
    some_lines = _listed(lines, tuple(configuration.directory.lines), "--lines") if lines else None
    if gender not in GENDERS:
        raise typer.BadParameter(f"one of {', '.join(GENDERS)}", param_hint="--gender")
    kind, address = _reach(reach)
    password = _password()

    from helpline.privacy import Vault  # noqa: PLC0415
    from helpline.staff.signin import hash_password  # noqa: PLC0415
    from helpline.store import roster  # noqa: PLC0415
    from helpline.store.db import Store  # noqa: PLC0415

    settings = configuration.settings
    vault = Vault(settings.vault_keys, settings.hash_key.get_secret_value(), country_code=settings.country_code)
    new = roster.NewWorker(
        sign_in=name,
        alias=alias.strip()[:64],
        roles=wanted_roles,
        spoken=spoken,
        password_hash=hash_password(password),
        gender=gender,
        lines=some_lines,
        reach_kind=kind,
        reach_enc=vault.seal(address) if address else None,
    )

    async def work(store: Store) -> None:
        await store.write(lambda tx: roster.add(tx, new))

    _with_store(settings, work)
    typer.echo(f"Added {name}.")


@staff.command("list")
def staff_list(context: typer.Context, as_json: AsJson = False) -> None:
    """Everyone who was ever added, the disabled ones too."""
    from helpline.store import roster  # noqa: PLC0415
    from helpline.store.db import Store  # noqa: PLC0415

    async def work(store: Store) -> list[roster.Entry]:
        return await store.read(roster.everyone)

    people = _with_store(_settings(context), work)
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


@staff.command("disable")
def staff_disable(context: typer.Context, sign_in: Annotated[str, typer.Argument()]) -> None:
    """Sign a person out for good. What they wrote stays; a conversation that is under way goes on to its end."""
    from helpline.store import roster  # noqa: PLC0415
    from helpline.store.db import Store  # noqa: PLC0415

    async def work(store: Store) -> None:
        await store.write(lambda tx: roster.disable(tx, sign_in.strip().lower()))

    _with_store(_settings(context), work)
    typer.echo(f"Disabled {sign_in.strip().lower()}.")


@script.command("draw")
def script_draw(context: typer.Context, name: str) -> None:
    """The script as a Mermaid flow chart."""
    from ivr_scripts.draw import mermaid  # noqa: PLC0415
    from ivr_scripts.loader import load_script  # noqa: PLC0415

    loaded, faults = load_script(script_file(name, _settings(context, make_keys=False).directory_dir))
    if loaded is None:
        _fail("\n".join(str(fault) for fault in faults))
    typer.echo(mermaid(loaded), nl=False)


@script.command("walk")
def script_walk(
    context: typer.Context,
    name: str,
    given: Annotated[str, typer.Option("--keys", help='What the child does: "3,#,silence". Else asked for.')] = "",
    closed: Annotated[bool, typer.Option("--closed", help="A call out of hours.")] = False,
) -> None:
    """A call as the child hears it, without a carrier."""
    from ivr_scripts.conversation import Arrived, Input  # noqa: PLC0415
    from ivr_scripts.draw import understood, walk  # noqa: PLC0415
    from ivr_scripts.loader import PROMPTS, load_prompts, load_script  # noqa: PLC0415

    folder = _settings(context, make_keys=False).directory_dir
    loaded, faults = load_script(script_file(name, folder))
    prompts, of_prompts = load_prompts(own_folder(folder, "prompts") or PROMPTS)
    if loaded is None or not prompts.files:
        _fail("\n".join(str(fault) for fault in [*faults, *of_prompts]))

    def one(word: str) -> Input:
        found = understood(word)
        if found is None:
            hint = "keys (3, *, #), silence, message SECONDS, join, lost, pass, ask QUESTION, language CODE"
            raise typer.BadParameter(f"{word!r} is none of: {hint}", param_hint="--keys")
        return found

    def asked() -> Iterator[Input]:
        while True:
            try:
                word = typer.prompt(">", prompt_suffix=" ", default="silence", show_default=False)
                yield one(word.strip())
            except typer.BadParameter as error:
                typer.echo(error.message, err=True)
            except typer.Abort:
                return

    inputs = [one(word.strip()) for word in given.split(",")] if given else asked()
    for line in walk(loaded, prompts, inputs, Arrived(open=not closed)):
        typer.echo(line)


@keys.command("new")
def keys_new() -> None:
    """Print a new key, for HELPLINE_KEYS or for HELPLINE_HASH_KEY."""
    from helpline.privacy import generate_key  # noqa: PLC0415

    typer.echo(generate_key())


def _settings(context: typer.Context, *, make_keys: bool = True) -> Settings:
    return load_settings(config_file=context.obj, make_keys=make_keys)


def _with_store(settings: Settings, work: Callable[..., Awaitable[T]]) -> T:
    """Do something with the store, and close it. A demonstration's database is brought up to date first."""
    from helpline.clock import SystemClock, ids_from  # noqa: PLC0415
    from helpline.store.engine import open_store  # noqa: PLC0415

    async def within() -> T:
        clock = SystemClock()
        store = await open_store(settings.store_url, clock, ids_from(clock), migrate=settings.is_demonstration)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(within())


def _password() -> str:
    """From standard input when it is piped, else asked for twice without showing it."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    weak = weakness(password, SHORTEST_PASSWORD)
    if weak is not None:
        _fail(f"The password {weak}. Take a longer one, such as four words that do not belong together.")
    return password


def _spoken(said: str, configuration: Configuration) -> tuple[str, str]:
    code, _, level = said.partition(":")
    level = level or "fluent"
    if code not in configuration.directory.languages:
        raise typer.BadParameter(f"{code!r} is no language of languages.toml", param_hint="--languages")
    if level not in LEVELS:
        raise typer.BadParameter(f"{level!r} is none of {', '.join(LEVELS)}", param_hint="--languages")
    return code, level


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


def _print_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        typer.echo(str(fault), err=True)


def _fail(message: str) -> Never:
    typer.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
