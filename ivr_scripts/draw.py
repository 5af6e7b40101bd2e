"""A script as a picture, and a call as a transcript. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr_scripts.conversation import (
    Answered,
    Arrived,
    CallbackAsked,
    CannotSpeak,
    ChildHere,
    Danger,
    Decision,
    Digits,
    DutyAsked,
    DutyIs,
    HangUp,
    Identified,
    Identify,
    Input,
    InterpreterWanted,
    Joined,
    LanguageChosen,
    LanguageUnknown,
    LimitsTold,
    Listen,
    MessageLeft,
    NamedLanguage,
    OfficerCallAsked,
    Question,
    Queue,
    Record,
    Recorded,
    Rejoin,
    RequestTold,
    Resumed,
    Silence,
    Step,
    Then,
    Wish,
)
from ivr_scripts.machine import advance, begin
from ivr_scripts.paths import edges
from ivr_scripts.schema import Script
from ivr_scripts.wording import Prompts

_SHAPES = {
    "language_menu": ("{{", "}}"),
    "menu": ("{{", "}}"),
    "callback": ("{{", "}}"),
    "record": ("[/", "/]"),
    "wait": ("([", "])"),
    "goodbye": ("((", "))"),
    "identify": ("[\\", "\\]"),
    "interpreter_menu": ("{{", "}}"),
    "purpose": ("{{", "}}"),
    "request_part": ("{{", "}}"),
    "duty": ("{{", "}}"),
    "call_officer": ("((", "))"),
}


def mermaid(script: Script) -> str:
    """The script as a Mermaid flow chart.

    A way that is taken only while the line is open, or closed, is labelled so. The key for danger works
    at every node; it is drawn once.
    """
    drawn = ["flowchart TD", f"  call(({script.title})) --> {script.start}"]
    for name, node in script.node.items():
        left, right = _SHAPES[node.kind]
        drawn.append(f'  {name}{left}"{name}<br/>{node.kind}"{right}')
    danger, to = _sign(script.keys.danger.press), script.keys.danger.to
    if script.for_institutions:
        drawn.append(f'  anywhere["anywhere, until somebody is known"] -->|"{danger} a child"| children(("children"))')
    else:
        drawn.append(f'  anywhere["anywhere, until a person is there"] -->|"{danger} danger"| {to}')
    for name in script.node:
        ways = {hours: edges(script, name, hours) for hours in (True, False)}
        arrows: dict[tuple[str, str], list[str]] = {}
        for hours, found in ways.items():
            for edge in found:
                if edge.field == "danger":
                    continue
                both = any(other.field == edge.field and other.to == edge.to for other in ways[not hours])
                label = _sign(edge.on) if both else f"{_sign(edge.on)}, {'open' if hours else 'closed'}"
                labels = arrows.setdefault((name, edge.to), [])
                if label not in labels:
                    labels.append(label)
        drawn += [f'  {source} -->|"{"; ".join(labels)}"| {end}' for (source, end), labels in arrows.items()]
    return "\n".join(drawn) + "\n"


def _sign(on: str) -> str:
    """Mermaid takes a number sign in a label for the start of a character's code."""
    return on.replace("#", "#35;")


def walk(script: Script, prompts: Prompts, inputs: Iterable[Input], arrived: Arrived | None = None) -> Iterator[str]:
    """The transcript of a call, line by line. It ends with the inputs, or with the call."""
    step = begin(script, arrived or Arrived(open=True))
    yield from _told(script, prompts, step)
    for given in inputs:
        if isinstance(step.then, HangUp):
            return
        yield _did(given)
        step = advance(script, step.session, given)
        yield from _told(script, prompts, step)


def understood(word: str) -> Input | None:
    """What a word typed at a terminal stands for, None when it stands for nothing.

    Keys (`3`, `*`), `silence`, `message SECONDS`, `join`, `lost`, `pass`, `two`, `ask QUESTION`,
    `language CODE`; in a script for institutions `known LANGUAGES`, `wrong`, `slow SECONDS`, and a worker's duty
    (`off`, `on`, `browser`, `away`, `no_phone`).
    """
    office = _understood_of_office(word)
    if office is not None:
        return office
    match word.split():
        case ["silence"] | []:
            return Silence()
        case ["message"]:
            return Recorded("recording", 10)
        case ["message", seconds] if seconds.isascii() and seconds.isdigit() and len(seconds) < 5:
            return Recorded("recording" if int(seconds) else None, int(seconds))
        case ["join"]:
            return Joined()
        case ["lost"]:
            return Resumed("lost")
        case ["pass"]:
            return Resumed("passed_on")
        case ["two"]:
            return Resumed("two_coming")
        case ["ask", question]:
            return Question(question)
        case ["language", code]:
            return NamedLanguage(code)
        case [keys] if set(keys) <= set("0123456789*#"):
            return Digits(keys)
        case _:
            return None


def _understood_of_office(word: str) -> Input | None:
    match word.split():
        case ["known", *languages]:
            return Identified("ok", "somebody", menu=tuple(languages), duty="off")
        case ["wrong"]:
            return Identified("wrong")
        case ["slow", seconds] if seconds.isascii() and seconds.isdigit() and len(seconds) < 5:
            return Identified("slow_down", wait_s=int(seconds))
        case [("off" | "on" | "browser" | "away" | "no_phone") as duty]:
            return DutyIs(duty)
        case _:
            return None


def _told(script: Script, prompts: Prompts, step: Step) -> Iterator[str]:
    for decision in step.decisions:
        yield f"[{_decided(decision)}]"
    for say in step.say:
        spoken = prompts.spoken(say, script.language)
        if spoken is not None:
            yield f"the line says ({spoken.language}): {spoken.text}"
    yield _then(step.then)


def _then(then: Then) -> str:
    match then:
        case Listen():
            return f"the line listens for {then.timeout_s} s"
        case Record():
            return f"the line records for at most {then.max_s} s"
        case Rejoin():
            return "the child is with a person"
        case HangUp():
            return "the line hangs up"


def _did(given: Input) -> str:
    match given:
        case Arrived():
            return "the child calls"
        case Digits():
            return f"the child presses {given.keys}" if given.keys else "the child does nothing"
        case Silence():
            return "the child does nothing"
        case Recorded():
            return f"the child speaks for {given.seconds} s" if given.recording else "the child says nothing"
        case Joined():
            return "a person joins"
        case Resumed():
            return "the person is lost" if given.why == "lost" else "the child is passed on"
        case Question():
            return f"the counsellor asks {given.id}"
        case NamedLanguage():
            return f"the counsellor names the language {given.language}"
        case Identified():
            return f"number and PIN are {given.outcome.replace('_', ' ')}"
        case DutyIs():
            return f"the duty is now: {given.duty.replace('_', ' ')}"


def _decided(decision: Decision) -> str:
    match decision:
        case LanguageChosen():
            return f"language {decision.language}"
        case LanguageUnknown():
            return "language unknown"
        case Danger():
            return "danger"
        case CannotSpeak():
            return "cannot speak"
        case Wish():
            return f"wishes for a {decision.gender}"
        case LimitsTold():
            return "limits told"
        case Queue():
            return "waits for a person"
        case CallbackAsked():
            return f"asks for a call, safe: {decision.when}"
        case MessageLeft():
            return f"left a message of {decision.seconds} s"
        case Answered():
            return f"{decision.question}: {decision.answer or 'no answer'}"
        case ChildHere():
            return "a child: the call goes on in the line for children"
        case Identify():
            return (
                f"number and PIN of {'an institution' if decision.whose == 'institution' else 'a worker'} are looked at"
            )
        case DutyAsked():
            return f"wants to be {decision.to} duty"
        case InterpreterWanted():
            return f"wants an interpreter for {decision.language or 'a language that is not known yet'}"
        case RequestTold():
            return f"tells of the request: {decision.part.replace('_', ' ')}"
        case OfficerCallAsked():
            return "asks to be called by day" if decision.by_day else "asks to be called"
