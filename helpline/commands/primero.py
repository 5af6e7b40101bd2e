"""The Primero that referrals go to."""

import asyncio

import typer

from helpline.check import Configuration, read_configuration
from helpline.commands import fail

app = typer.Typer(help="The case system that referrals go to.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """A group, though it has one command."""


@app.command("check")
def check(context: typer.Context) -> None:
    """Ask the Primero for its lookups, and name each of our codes that has no match there. Sends nothing."""
    configuration = read_configuration(config_file=context.obj, make_keys=False)
    if not configuration.settings.primero.url:
        fail("No Primero is configured: set HELPLINE_PRIMERO__URL.")
    right, lines = asked(configuration)
    for line in lines:
        typer.echo(line)
    if not right:
        raise typer.Exit(1)


def asked(configuration: Configuration) -> tuple[bool, list[str]]:
    """Whether it answered and knows what the operator wrote down; and what is to be told, in lines."""
    from helpline.clock import SystemClock  # noqa: PLC0415  needed where there is a Primero only
    from helpline.referrals.adapters import matches, outgoing_http, primero_of  # noqa: PLC0415
    from helpline.referrals.port import DeliveryTrouble  # noqa: PLC0415
    from helpline.referrals.primero_mapping import Report  # noqa: PLC0415

    async def ask() -> Report:
        http = outgoing_http(configuration.settings)
        try:
            primero = primero_of(configuration, http, SystemClock())
            assert primero is not None
            return await matches(primero, configuration)
        finally:
            await http.close()

    try:
        found = asyncio.run(ask())
    except DeliveryTrouble as trouble:
        return False, [f"Primero: could not be asked [{trouble.code}]. {_REMEDIES.get(trouble.code, _LATER)}"]
    lines = [f"Primero: {found.matched} of {found.matched + found.missing} codes have a match."]
    for one in found.unmatched:
        where = f"not in {one.lookup}" if one.lookup else "this Primero has no such list"
        lines.append(f"  {one.ours}: {', '.join(one.codes)}: {where}; sent as other, and shown as not taken.")
    if found.unmatched:
        first = f"{found.unmatched[0].ours}.{found.unmatched[0].codes[0]}"
        lines.append(f'  Where it calls one otherwise, write so under [primero.codes]: "{first}" = "..."')
    lines += [f"  [primero.codes] {key}: this Primero has no such code." for key in found.own]
    return not found.own, lines


_LATER = "Try again later."
_REMEDIES = {
    "unauthorised": "Check the account's name and password.",
    "forbidden": "Let the account's role read lookups.",
    "address_refused": "Its name leads to a private address: write the network beside the host in outgoing_allowed.",
    "certificate": "Its certificate is not valid.",
    "missing": "There is no Primero (version 2) at this address.",
    "not_understood": "There is no Primero (version 2) at this address.",
    "redirected": "Write the address to which it redirects.",
}
