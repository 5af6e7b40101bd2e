"""The results in a supervisor's words."""

from collections.abc import Iterator, Sequence

from helpline.simulation.day import HOURS
from helpline.simulation.measuring import Difference, Figures
from helpline.simulation.results import Answer, Results
from helpline.simulation.what_if import without_effect

_NONE = "-"

Rows = Sequence[Sequence[str]]


def report(found: Results) -> Iterator[str]:
    """Line by line."""
    day, days = found.run.plan.day, len(found.run.days)
    if day.title:
        yield day.title
    yield f"{days} days, drawn with seed {found.run.seed}. Waits are those of the answered."
    yield ""
    yield from _in_short(found, days)
    within = f"within {duration(day.goal.within_s)}"
    head = ("", "come", "answered", "give up", within, "mean wait", "half wait", "9 in 10", "by two")
    yield ""
    yield "A day, by language (`by two`: a counsellor with an interpreter)"
    named = [(found.names.of(one), each) for one, each in found.languages.items()]
    if found.danger.come:
        named.append(("In danger", found.danger))
    yield from table([head, *(_row(name, each, days) for name, each in [("All", found.everybody), *named])])
    yield ""
    yield "By the hour in which they come"
    hours = [(f"{hour:02}-{hour + 1:02}", each) for hour, each in enumerate(found.hours) if each.come]
    yield from table([head, *(_row(name, each, days) for name, each in hours)])
    yield from _idle(found)
    yield from _staffing(found)
    for one in found.answers:
        yield from _answer(one, found)


def duration(seconds: float | None) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`; half a second and more counts as one."""
    if seconds is None:
        return _NONE
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60:02} min"


def percent(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:.1f} %"


def table(rows: Rows) -> Iterator[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for first, *others in rows:
        cells = [each.rjust(width) for each, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(["  " + first.ljust(widths[0]), *cells]).rstrip()


def _in_short(found: Results, days: int) -> Iterator[str]:
    day, all_ = found.run.plan.day, found.everybody
    yield (
        f"On an average day {all_.come / days:.0f} come: {all_.answered / days:.0f} are answered,"
        f" {all_.gave_up / days:.0f} wait and give up ({percent(all_.abandonment)}),"
        f" {all_.short / days:.0f} leave within {duration(day.short_s)}."
    )
    yield (
        f"Half of the answered wait at most {duration(all_.median_wait_s)}, nine in ten at most"
        f" {duration(all_.long_wait_s)}; {duration(all_.mean_wait_s)} on the average."
    )
    yield (
        f"{percent(all_.service_level)} are answered within {duration(day.goal.within_s)};"
        f" the goal is {percent(day.goal.share)}."
    )
    if found.unspoken:
        yield f"Nobody on the roster speaks {', '.join(found.names.of(one) for one in found.unspoken)}."


def _row(name: str, one: Figures, days: int) -> tuple[str, ...]:
    return (
        name,
        f"{one.come / days:.1f}",
        f"{one.answered / days:.1f}",
        percent(one.abandonment),
        percent(one.service_level),
        duration(one.mean_wait_s),
        duration(one.median_wait_s),
        duration(one.long_wait_s),
        f"{one.bridged / days:.1f}",
    )


def _idle(found: Results) -> Iterator[str]:
    yield ""
    yield "Idle, of those who speak the language (who speaks several counts in each, interpreters too)"
    hours = [hour for hour in range(HOURS) if found.idle[None].on_duty[hour]]
    rows = [("", "on duty", "idle", *(f"{hour:02}" for hour in hours))]
    for language, one in found.idle.items():
        by_hour = [_share(one.idle[hour], one.on_duty[hour]) for hour in hours]
        name = "All" if language is None else found.names.of(language)
        rows.append((name, f"{sum(one.on_duty):.0f} h", percent(one.share), *by_hour))
    yield from table(rows)
    yield "  Under each hour: per cent of their time."


def _share(idle: float, on_duty: float) -> str:
    return _NONE if not on_duty else f"{100 * idle / on_duty:.0f}"


def _staffing(found: Results) -> Iterator[str]:
    if found.together is None:
        return
    goal = found.run.plan.day.goal
    yield ""
    yield f"People for calls, so that {percent(goal.share)} are answered within {duration(goal.within_s)} (Erlang-A)"
    rows = [("", "busiest hour", "calls in it", "needed in it", "on duty in it", "needed all day")]
    for one in (found.together, *found.staffing):
        hour = one.busiest
        rows.append(
            (
                "All, if each spoke everything" if one.language is None else found.names.of(one.language),
                f"{hour:02}-{hour + 1:02}",
                f"{one.calls[hour]:.1f}",
                f"{one.needed[hour]}",
                f"{one.there[hour]:.1f}",
                f"{sum(one.needed)} h",
            )
        )
    yield from table(rows)
    yield "  A language's need is that of people who answer nothing else; shared ones do with fewer."


# Questions

_HEADS = {"gave_up": "give up", "in_time": "in time", "mean_wait_s": "mean wait", "long_wait_s": "9 in 10 wait"}


def _answer(one: Answer, found: Results) -> Iterator[str]:
    when = f"of those who come in these hours ({one.question.when})" if one.question.when else "of a whole day"
    yield ""
    yield f"What if: {one.question.what}?"
    if without_effect(one.question, found.run.plan):
        yield "  Nothing: this policy opens no stage for a counsellor with an interpreter (pair_after_s), and one who"
        yield "  only interprets answers nobody alone."
        return
    if one.same:
        yield f"  Nothing: in {len(found.run.days)} days not one caller is answered otherwise."
        return
    yield f"Change {when}, on the same callers, with its 95 % interval"
    rows = [("", *_HEADS.values())]
    for key, row in one.rows.items():
        name = found.names.of(key[0]) if key else "All"
        rows.append((name, *(_change(row[metric], metric) for metric in _HEADS)))
    yield from table(rows)
    yield "  * more than chance would bring; of figures that nothing has changed, it still marks one in twenty."
    yield f"  `in time`: within {duration(found.run.plan.day.goal.within_s)}. It is to rise, the others to fall."


def _change(one: Difference | None, metric: str) -> str:
    if one is None:
        return _NONE
    mark = " *" if one.is_clear else "  "
    if metric.endswith("_s"):
        return f"{one.before:.1f} s -> {one.after:.1f} s ({one.change:+.1f} ±{one.half:.1f}){mark}"
    before, after, change, half = (100 * each for each in (one.before, one.after, one.change, one.half))
    return f"{before:.1f} % -> {after:.1f} % ({change:+.1f} ±{half:.1f}){mark}"
