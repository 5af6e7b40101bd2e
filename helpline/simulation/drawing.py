"""A simulated day as a picture (SVG): no script, no font of its own, nothing said by colour alone."""

from collections.abc import Iterator, Sequence
from html import escape

from helpline.simulation.day import HOURS
from helpline.simulation.report import duration, percent
from helpline.simulation.results import Results

_LEFT, _HOUR, _TOP = 130, 30, 90
_WIDTH = _LEFT + HOURS * _HOUR + 110
_TALL, _GAP, _ROW = 150, 70, 20
_IN_TIME, _LATE, _GONE, _BUSY = "#1b6e53", "#8fc9b2", "#b3452c", "#20507a"


def picture(found: Results) -> str:
    """Who comes and what becomes of them, how long they wait, and how busy those are who speak each language."""
    day, everybody = found.run.plan.day, found.everybody
    title = day.title or "A simulated day"
    languages = [one for one, each in found.idle.items() if one is not None and any(each.on_duty)]
    waits_top = _TOP + _TALL + _GAP
    busy_top = waits_top + _TALL + _GAP
    height = busy_top + (len(languages) + 1) * _ROW + 50
    said = (
        f"{len(found.run.days)} days: {percent(everybody.service_level)} answered within {duration(day.goal.within_s)},"
        f" {percent(everybody.abandonment)} give up, nine in ten of the answered wait at most"
        f" {duration(everybody.long_wait_s)}."
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        ' aria-labelledby="title desc" font-family="sans-serif" font-size="12" fill="#111">'
    )
    parts = [
        svg,
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(said)}</desc>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(16, 24, title, "font-size='17' font-weight='bold'"),
        _text(16, 44, said),
        *_contacts(found, _TOP),
        *_waits(found, waits_top),
        *_busy(found, languages, busy_top),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _contacts(found: Results, top: int) -> Iterator[str]:
    """Bars of three parts."""
    days = len(found.run.days)
    most = max((one.come for one in found.hours), default=0) / days or 1.0
    yield from _frame(top, "Contacts an hour", most, f"{most:.1f}")
    for hour, one in enumerate(found.hours):
        base = float(top + _TALL)
        for count, colour in (
            (one.in_time, _IN_TIME),
            (one.answered - one.in_time, _LATE),
            (one.gave_up + one.short, _GONE),
        ):
            tall = count / days / most * (_TALL - 14)
            base -= tall
            if count:
                yield _rect(_LEFT + hour * _HOUR + 4, base, _HOUR - 8, tall, colour)
    for at, (colour, name) in enumerate(((_IN_TIME, "in time"), (_LATE, "later"), (_GONE, "gave up"))):
        yield _rect(_LEFT + HOURS * _HOUR + 12, top + 10 + at * 20, 12, 12, colour)
        yield _text(_LEFT + HOURS * _HOUR + 30, top + 20 + at * 20, name)


def _waits(found: Results, top: int) -> Iterator[str]:
    """A line for nine in ten, a dashed one for half, with gaps where nobody was answered."""
    long = [one.long_wait_s for one in found.hours]
    half = [one.median_wait_s for one in found.hours]
    most = max((one for one in long if one is not None), default=0.0) or 1.0
    yield from _frame(top, "Wait of the answered", most, duration(most))
    for waits, dashes, name in ((long, "", "9 in 10"), (half, "5 4", "half")):
        last: float | None = None
        path = ""
        for hour, wait in enumerate(waits):
            if wait is None:
                last = None
                continue
            x, y = _LEFT + (hour + 0.5) * _HOUR, top + _TALL - wait / most * (_TALL - 14)
            path += f"{'M' if last is None else 'L'}{x:.1f} {y:.1f} "
            last = y
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{_BUSY}"/>'
        yield f'<path d="{path.strip() or "M0 0"}" fill="none" stroke="{_BUSY}" stroke-dasharray="{dashes or "none"}"/>'
        legend = top + (14 if not dashes else 34)
        x = _LEFT + HOURS * _HOUR + 8
        yield f'<path d="M{x} {legend} h18" stroke="{_BUSY}" stroke-dasharray="{dashes or "none"}"/>'
        yield _text(x + 22, legend + 4, name)


def _busy(found: Results, languages: Sequence[str], top: int) -> Iterator[str]:
    """A box for each language and hour: the darker the busier, with the per cent of idle time in it."""
    yield _text(16, top - 10, "Idle time in per cent, of those on duty who speak the language", "font-weight='bold'")
    for row, language in enumerate([None, *languages]):
        one = found.idle[language]
        y = top + row * _ROW
        yield _text(_LEFT - 8, y + 14, "All" if language is None else found.names.of(language), "text-anchor='end'")
        for hour in range(HOURS):
            if not one.on_duty[hour]:
                continue
            share = one.idle[hour] / one.on_duty[hour]
            x = _LEFT + hour * _HOUR
            yield _rect(x + 1, y, _HOUR - 2, _ROW - 2, _BUSY, f'fill-opacity="{0.05 + 0.65 * (1 - share):.2f}"')
            yield _text(x + _HOUR / 2, y + 13, f"{100 * share:.0f}", "text-anchor='middle' font-size='10'")
    yield from _clock(top + (len(languages) + 1) * _ROW + 12)


def _frame(top: int, name: str, most: float, label: str) -> Iterator[str]:
    yield _text(16, top - 10, name, "font-weight='bold'")
    yield f'<path d="M{_LEFT} {top} v{_TALL} h{HOURS * _HOUR}" fill="none" stroke="#777"/>'
    yield _text(_LEFT - 8, top + 18, label, "text-anchor='end'")
    yield _text(_LEFT - 8, top + _TALL, "0", "text-anchor='end'")
    yield from _clock(top + _TALL + 16)


def _clock(y: int) -> Iterator[str]:
    for hour in range(0, HOURS + 1, 2):
        yield _text(_LEFT + hour * _HOUR, y, f"{hour:02}", "text-anchor='middle'")


def _text(x: float, y: float, said: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{escape(said)}</text>'.replace("'", '"')


def _rect(x: float, y: float, wide: float, tall: float, colour: str, more: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:.1f}" width="{wide:g}" height="{tall:.1f}" fill="{colour}" {more}/>'
