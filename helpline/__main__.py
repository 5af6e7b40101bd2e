"""The command line. What it cannot do it says in one line, and ends with 1."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from config.faults import ConfigurationError, Fault
from helpline.check import Configuration, own_folder, read_configuration, script_file
from helpline.commands import (
    AsJson,
    fail,
    institutions,
    keys,
    primero,
    records,
    services,
    settings_of,
    simulate,
    staff,
    store,
)
from helpline.errors import HelplineError

app = typer.Typer(
    help="A child helpline that answers in the child's own language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
script = typer.Typer(help="What a line says and asks.", no_args_is_help=True)
app.add_typer(staff.app, name="staff")
app.add_typer(script, name="script")
app.add_typer(keys.app, name="keys")
app.add_typer(records.app, name="records")
for command in (store.migrate, store.backup, store.restore, store.restored):
    app.command()(command)
app.command()(simulate.simulate)
app.add_typer(services.app, name="services")
app.add_typer(institutions.institutions, name="institutions")
app.add_typer(institutions.officers, name="officers")
app.add_typer(institutions.tokens, name="tokens")
app.add_typer(institutions.interpreters, name="interpreters")
app.add_typer(primero.app, name="primero")


def main() -> None:
    """The entry point: errors that we know become one line each."""
    try:
        app(prog_name="helpline")
    except ConfigurationError as error:
        _print_faults(error.faults)
        fail("The configuration has faults; nothing was started.")
    except HelplineError as error:
        fail(f"{error.message} [{error.code}]")
    except OSError as error:
        fail(f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}")
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
            if configuration.settings.primero.url:
                typer.echo("\n".join(primero.asked(configuration)[1]))
    if errors:
        raise typer.Exit(1)


@script.command("draw")
def script_draw(context: typer.Context, name: str) -> None:
    """The script as a Mermaid flow chart."""
    from ivr_scripts.draw import mermaid  # noqa: PLC0415
    from ivr_scripts.loader import load_script  # noqa: PLC0415

    loaded, faults = load_script(script_file(name, settings_of(context, make_keys=False).directory_dir))
    if loaded is None:
        fail("\n".join(str(fault) for fault in faults))
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

    folder = settings_of(context, make_keys=False).directory_dir
    loaded, faults = load_script(script_file(name, folder))
    prompts, of_prompts = load_prompts(own_folder(folder, "prompts") or PROMPTS)
    if loaded is None or not prompts.files:
        fail("\n".join(str(fault) for fault in [*faults, *of_prompts]))

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


def _print_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        typer.echo(str(fault), err=True)


if __name__ == "__main__":
    main()
