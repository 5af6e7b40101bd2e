"""Whether each open line has somebody on duty, and each language of its menu.

Looked at when somebody comes or goes, and each minute, since a line opens and closes by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from config.lines import Line
from helpline.clock import SECOND
from helpline.house import House
from helpline.interpreting import qualified
from helpline.lines import is_open
from helpline.protection import acknowledging, starting
from helpline.store import alarms, workers
from helpline.store.db import Tx
from helpline.store.workers import Worker

Spoken = Mapping[str, Mapping[str, str]]
"""Level by language, by worker."""


def look(tx: Tx, house: House) -> None:
    """Raise what is missing, once as long as it is, and close what is so no more.

    Away and on a break is not there. While a line is closed nobody is missed; while it has nobody at all, that is the
    one matter, and its languages stay as they were.
    """
    there = [worker for worker in workers.on_duty(tx) if worker.state == "available"]
    spoken = workers.languages(tx)
    interpreting = _interpreting(tx, there)
    for line in house.for_children():
        serving = [worker for worker in there if _takes_calls(worker) and _is_of(worker, line)]
        closed = not is_open(tx, house, line.id)
        topic = f"line:{line.id}"
        if serving or closed:
            starting.mended(tx, topic)
        else:
            starting.alarm(tx, house, "line_uncovered", topic, line=line.id)
        if closed:
            _settle_languages(tx, house, line, frozenset(line.menu))
        elif serving:
            others = [worker for worker in interpreting if _is_of(worker, line)]
            pairs = house.policies[line.id].stages.pair_after_s is not None
            _settle_languages(tx, house, line, covered(serving, others if pairs else [], spoken))


def covered(counsellors: Sequence[Worker], interpreters: Sequence[Worker], spoken: Spoken) -> frozenset[str]:
    """Languages in which a child can be answered: by a counsellor, or by one with an interpreter with whom they share
    another language. Pure.
    """
    found = {language for worker in counsellors for language in spoken.get(worker.id, {})}
    for interpreter in interpreters:
        known = set(spoken.get(interpreter.id, {}))
        for counsellor in counsellors:
            relays = known & set(spoken.get(counsellor.id, {})) if counsellor.id != interpreter.id else set()
            found |= {language for language in known if relays - {language}}
    return frozenset(found)


def _settle_languages(tx: Tx, house: House, line: Line, there: frozenset[str]) -> None:
    """An alarm for each language that is missing, and one ladder for all of them: who is told at night is told once."""
    missing = [language for language in line.menu if language not in there]
    topic = f"language:{line.id}"
    for language in line.menu:
        if language not in missing:
            alarms.close_topic(tx, f"{topic}:{language}")
    new = [
        language
        for language in missing
        if alarms.raise_alarm(tx, "language_uncovered", f"{topic}:{language}", line=line.id, language=language)
    ]
    if new:
        named = new[0] if len(missing) == 1 else None
        starting.start(tx, house, "language_uncovered", topic, line=line.id, language=named)
    elif not missing:
        acknowledging.mended(tx, topic)


def _interpreting(tx: Tx, there: Sequence[Worker]) -> list[Worker]:
    """Those who may interpret: nobody does whose undertaking of confidentiality has ended."""
    found = [worker for worker in there if "interpreter" in worker.roles.split()]
    today = datetime.fromtimestamp(tx.now // SECOND, UTC).date()
    known = qualified.of(tx, [worker.id for worker in found], today) if found else {}
    return [worker for worker in found if worker.id not in known or not known[worker.id].undertaking_lapsed]


def _takes_calls(worker: Worker) -> bool:
    return "counsellor" in worker.roles.split() and worker.capacity_voice > 0


def _is_of(worker: Worker, line: Line) -> bool:
    return worker.lines is None or line.id in worker.lines.split()
