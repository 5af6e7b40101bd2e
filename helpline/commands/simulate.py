"""A day, simulated on the real router: for whoever plans a roster."""

import json
from pathlib import Path
from typing import Annotated

import typer

from config.faults import ConfigurationError
from helpline.commands import AsJson, fail, settings_of

MOST_DAYS = 2_000


def simulate(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Your day; the demonstration's when left out.")] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            help='A question: "so interpreter 14:00-20:00", "without NAME", "scarcity=true". May be repeated.'
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=2, max=MOST_DAYS, help="So many days are drawn.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed draws the same days.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Write the day as a picture (SVG) into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a day on the real router: who waits, who gives up, who is idle; and what a change would bring."""
    from helpline.simulation import drawing, planning, report, results, running  # noqa: PLC0415  this command only
    from helpline.simulation.day import OURS  # noqa: PLC0415
    from helpline.simulation.what_if import question  # noqa: PLC0415

    try:
        folder = settings_of(context, make_keys=False).directory_dir
        setting = planning.read_setting(file or OURS, folder)
        relay = setting.line.own_language
        questions = [question(one, setting.plan, setting.names, relay) for one in what_if or []]
        plans = [planning.as_asked(setting, one) for one in questions]
    except ConfigurationError as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        fail("Nothing was simulated.")
    run = running.simulate(setting.plan, days, seed)
    answers = tuple(
        results.answer(one, run, running.simulate(plan, days, seed)) for one, plan in zip(questions, plans, strict=True)
    )
    found = results.results(run, setting.names, answers)
    if picture is not None:
        picture.write_text(drawing.picture(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(results.as_json(found), indent=2, ensure_ascii=False))
        return
    for line in report.report(found):
        typer.echo(line)
