"""What codes are called on a page. Every text here is in the catalogues; a code that has none is shown as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from helpline.clock import SECOND
from helpline.console import (
    booking_words,
    history_words,
    institution_words,
    protection_words,
    referral_words,
    report_words,
    request_words,
    text_words,
)
from helpline.console.wording import N_, Wording
from helpline.errors import HelplineError

FAILED = (N_("This did not work"), N_("Something on our side went wrong. Go back and try again."))

DUTY = {
    "off": N_("Off duty"),
    "available": N_("On duty"),
    "break": N_("On a break"),
    "away": N_("Away"),
}

AWAY = {
    "missed_offer": N_("You were set away because an offer was not answered."),
    "no_answer": N_("You were set away because your phone was not answered."),
    "no_key": N_("You were set away because no key was pressed on your phone."),
    "unreachable": N_("You were set away because your phone could not be reached. Check that it is on and free."),
    "supervisor": N_("A supervisor set you away."),
}

CONTACT = {
    "arriving": N_("In the menu"),
    "waiting": N_("Waiting"),
    "offered": N_("Ringing"),
    "connecting": N_("Being connected"),
    "connected": N_("In conversation"),
    "wrap_up": N_("Writing up"),
    "parked": N_("Silent"),
    "closed": N_("Closed"),
}

KIND = {
    "call": N_("Call"),
    "callback": N_("Call-back"),
    "message": N_("Message"),
    "request": N_("Request for an interpreter"),
    "office": N_("Call to the line for institutions"),
    "duty": N_("Call about duty"),
    "letter": N_("Letter"),
    "email": N_("Email"),
    "visit": N_("Visit"),
}

SEAT = {
    "counsellor": N_("Counsellor"),
    "supervisor": N_("Supervisor"),
    "interpreter": N_("Interpreter"),
    "guest": N_("Asked in"),
}

BESIDE = {
    "offered": N_("is being asked"),
    "connecting": N_("is on the way"),
    "connected": N_("is there"),
    "wrap_up": N_("is writing up"),
}

SAME_CHILD = {"same": N_("The same child"), "not": N_("Another child"), "unknown": N_("Not known")}

ROLE = {"counsellor": N_("Counsellor"), "interpreter": N_("Interpreter"), "supervisor": N_("Supervisor"),
        "coordinator": N_("Coordinator")}  # fmt: skip

DOOR = {
    "named": N_("one person was named"),
    "unknown_language": N_("language not known"),
    "fluent": N_("fluent speakers"),
    "basic": N_("speakers of some of it too"),
    "pair": N_("with an interpreter too"),
    "supervisors": N_("supervisors too"),
    "on_call": N_("people on call too"),
    "fallback": N_("nobody was reached"),
}

STANDING = {
    "due": N_("later"),
    "expected": N_("is expected"),
    "here": N_("is here"),
    "late": N_("is late"),
    "left": N_("came, and left"),
    "over": N_("is over"),
}

LEVEL = {"fluent": N_("fluent"), "basic": N_("basic")}

STAGE = {
    "named": N_("Handed over to {name}."),
    "same_person": N_("{name} spoke with this child before."),
    "unknown_language": N_("The language is not known; {name} speaks the most languages."),
    "fluent": N_("{name} speaks {language} fluently."),
    "basic": N_("{name} speaks some {language}; nobody fluent was free in time."),
    "pair": N_("{name} answers with an interpreter for {language}."),
    "supervisors": N_("The wait was long, so a supervisor is asked: {name}."),
    "on_call": N_("{name} is on call."),
    "fallback": N_("Nobody else could be reached."),
}

TURN = {
    "danger": N_("Danger comes first."),
    "resumed": N_("This child lost the connection before, and goes on before others."),
    "moved_up": N_("A supervisor moved this contact up."),
    "waited": N_("The longest wait was next, {waited}."),
}

WISH = {
    "required": N_("The child needs a woman or a man, and gets one."),
    "honoured": N_("The child's wish for a woman or a man is met."),
    "given_up": N_("The wish for a woman or a man could not be met in time."),
}

ALARM = {
    "danger_waiting": N_("A child in danger is waiting"),
    "danger_lost": N_("A child in danger left before anyone answered"),
    "language_uncovered": N_("Nobody on duty speaks this language"),
    "line_uncovered": N_("Nobody is on duty for this line"),
    "shift_missed": N_("Somebody who is due has not come"),
    "effect_failed": N_("Something could not be sent"),
    "notice_failed": N_("A message to an adult at work could not be delivered"),
    "mail_down": N_("The mail server does not take emails"),
    "mail_not_set_up": N_("An email was to be sent, and there is no mail server"),
    "clock_jumped": N_("The computer's clock jumped"),
    **text_words.ALARM,
    **institution_words.ALARM,
    **protection_words.ALARM,
    **booking_words.ALARM,
    **referral_words.ALARM,
    "redis_gone": N_("Redis is gone: the servers hear of changes more slowly"),
    "calls_missed": N_("Calls came while the helpline could not answer them"),
}

ADVICE = {
    "danger_waiting": N_("Find somebody who can answer now, or answer yourself: go on duty at your desk."),
    "danger_lost": N_("Look at the contact and decide what can be done for this child."),
    "language_uncovered": N_("Ask somebody who speaks it to come on duty."),
    "line_uncovered": N_("Ask somebody to come on duty."),
    "shift_missed": N_("Ask this person, or somebody else who speaks the same languages, to come on duty."),
    "effect_failed": N_("Tell the person who looks after the system."),
    "notice_failed": N_("Reach the person another way, and have the number or address checked."),
    "mail_down": N_("Tell the person who looks after the system. Emails wait, and go out when it is back."),
    "mail_not_set_up": N_("Reach the person by telephone, and tell the person who looks after the system."),
    "clock_jumped": N_("Tell the person who looks after the system."),
    **text_words.ADVICE,
    **institution_words.ADVICE,
    **protection_words.ADVICE,
    **booking_words.ADVICE,
    **referral_words.ADVICE,
    "redis_gone": N_("Nothing is lost. Tell the person who looks after the system."),
    "calls_missed": N_("Look at these contacts and decide whether somebody can be called back safely."),
}

OUTCOME = {
    "served": N_("Served"),
    "abandoned": N_("The child left before anyone answered"),
    "left_in_menu": N_("The child left in the menu"),
    "missed": N_("The call could not be answered here"),
    "lost": N_("The connection was lost while the child waited for us to come back"),
    "message_left": N_("A message was left"),
    "callback_asked": N_("A call-back was asked for"),
    "unreached": N_("The call-back reached nobody"),
    "stopped": N_("Ended by a supervisor"),
    "entered": N_("Entered by hand"),
    "duty": N_("A worker's duty, by telephone"),
}

QUESTION = {
    "question_safe_now": N_("Are you safe now?"),
    "question_someone_with_you": N_("Is somebody with you?"),
    "question_person_here": N_("Is the person you are afraid of there?"),
    "question_hurt": N_("Are you hurt?"),
    "question_doctor": N_("Do you need a doctor?"),
    "question_can_leave": N_("Can you leave the place where you are?"),
    "question_talk_later": N_("Can you talk later?"),
    "question_message_safe": N_("Is it safe to send you a message?"),
    "question_trusted_adult": N_("Is there an adult whom you trust?"),
    "question_police": N_("Do you want the police to come?"),
    "question_stay_on_line": N_("Do you want us to stay on the line?"),
}

ANSWER = {
    "yes": N_("Yes"),
    "no": N_("No"),
    "unknown": N_("Does not know"),
    "dont_know": N_("Does not know"),
    "silence": N_("No answer"),
}

TROUBLE = {
    "sign_in_first": N_("Please sign in first."),
    "not_permitted": N_("Your role does not include this page. Ask a supervisor if you need it."),
    "other_site": N_("This request did not come from our own pages, so nothing was done."),
    "page_too_old": N_("This page is from an earlier sign-in. Go back, reload it, and try again."),
    "form_unreadable": N_("What was sent could not be read."),
    "form_too_long": N_("This is too long to be saved at once. Shorten the longest text."),
    "text_too_long": N_("One text is too long to be kept. Shorten it."),
    "text_not_storable": N_("One text holds signs that cannot be kept. Remove them."),
    "wrong_sign_in": N_("That name and password do not belong together."),
    "offer_gone": N_("This offer is no longer open. It went to somebody else, or the child left."),
    "offer_unknown": N_("This offer is no longer open. It went to somebody else, or the child left."),
    "record_changed": N_("This record was changed in another window. Nothing is lost."),
    "record_invalid": N_("One answer cannot be kept as it is. Look at the ages and the lists."),
    "age_not_a_number": N_("Write the age in years, as a number, or leave it empty."),
    "not_a_number": N_("Write a number, or leave it empty."),
    "form_gone": N_("The form of this record is missing. Ask who looks after the system to put it back."),
    "too_many_children": N_("There is no room for more children in one record."),
    "contact_type_missing": N_("Choose the type of contact before you finish."),
    "still_talking": N_("End the conversation first, then finish the record."),
    "contact_changed": N_("This contact has moved on. This is how it is now."),
    "contact_unknown": N_("There is no such contact."),
    "not_yours": N_("This contact is not with you."),
    "text_empty": N_("Write something first."),
    "key_missing": N_("This page is too old. Open it again; your text is still here."),
    "duty_changed": N_("Your duty had changed already. This is how it is now."),
    "cannot_ask_now": N_("A question is being asked already, or the child is not on the line."),
    "worker_not_there": N_("This person is not there now. Choose another, or whoever is next."),
    "would_not_follow": N_(
        "This person does not speak the child's language. Ask them first, or choose another or whoever is next."
    ),
    "language_unknown": N_("Choose a language from the list."),
    "alarm_taken": N_("Somebody else has taken this alarm."),
    "alarm_unknown": N_("This alarm is closed already."),
    "how_unknown": N_("Say how the contact came."),
    "arrival_unreadable": N_("Write the day and the time at which it arrived."),
    "arrival_in_future": N_("This time has not come yet. Write when it arrived."),
    "date_unreadable": N_("Write a day as year, month and day, such as 2027-01-18."),
    "choice_unknown": N_("Choose from the lists."),
    "word_too_short": N_("Search for a word of three letters or more."),
    "says_unknown": N_("Say whether it is the same child."),
    "not_same_phone": N_("That contact did not come from this number."),
    "said_missing": N_("Say in a few words what was done."),
    "said_too_long": N_("Say it more shortly."),
    "reason_missing": N_("Say in a few words why."),
    "number_unknown": N_("This contact has no number, so there is nothing to block."),
    "never_for_silence": N_("A silent call is never a reason for a block: it may be all that a child can do."),
    "hours_wrong": N_("Choose for how long."),
    "blocked_already": N_("This number is blocked already."),
    "block_over": N_("This block is over already."),
    "block_unknown": N_("This block is over already."),
    "line_unknown": N_("Choose a line from the list."),
    "line_closed": N_("This line is closed already."),
    "line_open": N_("This line is open already."),
    "broadcast_too_long": N_("At most 300 characters. Say it more shortly."),
    "broadcast_over": N_("This message is over already."),
    "worker_unknown": N_("Choose a person from the list."),
    "shift_unreadable": N_("Give a day, and when the shift begins and ends."),
    "days_wrong": N_("From 1 to 31 days."),
    "shift_too_long": N_("Nobody is due for more than 16 hours. Look at the times."),
    "shift_over": N_("This shift would be over already. Look at the day."),
    "shift_overlaps": N_("This person is due at that time already."),
    "shift_unknown": N_("This shift is not there any more."),
    "time_skipped": N_("The clocks go forward over this time on that day. Choose another."),
    "message_not_here": N_("The sound of this message has not arrived yet. Try again in a minute."),
    "already_handled": N_("Somebody has dealt with this message already."),
    **text_words.TROUBLE,
    **institution_words.TROUBLE,
    **protection_words.TROUBLE,
    **booking_words.TROUBLE,
    **referral_words.TROUBLE,
    **request_words.TROUBLE,
}

BY_KIND = {
    "invalid": (N_("Something is missing or not right"), N_("Go back, mend it, and send it again.")),
    "refused": (N_("This is not open to you"), N_("Nothing was changed.")),
    "conflict": (N_("Things have moved on"), N_("Somebody was quicker, or the contact has changed. Look again.")),
    "unavailable": (N_("This cannot be done right now"), N_("Wait a moment and try again. Nothing was lost.")),
}


def trouble(wording: Wording, error: HelplineError) -> tuple[str, str]:
    """A headline and what to do, for a person."""
    title, text = BY_KIND.get(error.kind, FAILED)
    if error.code == "too_many_tries":
        return wording(title), wording(N_("Too many tries. Wait {minutes} min and try again."), minutes=error.message)
    return wording(title), wording(TROUBLE.get(error.code, text))


_PARTS = (
    text_words, history_words, referral_words, institution_words, booking_words, protection_words, request_words,
    report_words,
)  # fmt: skip
"""Words of parts of the house that have a file of their own."""


def _table(name: str) -> Mapping[str, str]:
    """The table of this name, here or in the first part that has one; empty where there is none."""
    found = (vars(part).get(name.upper()) for part in _PARTS)
    return globals().get(name.upper()) or next(filter(None, found), {})


class Words:
    """Codes put into one reader's words, for templates."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._named: dict[str, str] = {}

    def of(self, table: str, code: str | None) -> str:
        """The words for a code of one of the tables above, named in lower case."""
        if not code:
            return "–"
        texts = _table(table)
        return self._wording(texts[code]) if code in texts else code.replace("_", " ").capitalize()

    def pairs(self, table: str, codes: Iterable[str]) -> list[tuple[str, str]]:
        """Codes with their words, for a list to choose from."""
        return [(code, self.of(table, code)) for code in codes]

    def has(self, table: str, code: str | None) -> bool:
        return code in _table(table)

    def say(self, text: str) -> str:
        """A text of the directory, translated if the catalogue has it."""
        return self._wording(text)

    def named(self, language: Any) -> str:
        """A language in its own name and the reader's, for a list of all of them that is shown again and again."""
        if language.code not in self._named:
            self._named[language.code] = f"{language.endonym} – {self._wording(language.name)}"
        return self._named[language.code]

    def language(self, languages: Mapping[str, Any], code: str | None) -> str:
        """A language by its own name, for a place with room for one word."""
        return languages[code].endonym if code and code in languages else self._wording(N_("Language not known"))

    def colleague(self, one: Any, languages: Mapping[str, Any]) -> str:
        """Somebody to hand over to: name, whether they are busy, what they speak."""
        busy = f" ({self._wording(N_('busy now'))})" if one.busy else ""
        spoken = ", ".join(languages[code].endonym if code in languages else code for code in one.languages)
        return f"{one.alias}{busy}{' – ' if spoken else ''}{spoken}"

    def why(self, reasons: Mapping[str, Any], name: str, languages: Mapping[str, Any]) -> list[str]:
        """The stored reasons of an assignment, sentence by sentence; ``name`` is the worker's, or "you"."""
        said = self._wording
        code = reasons.get("language")
        known = languages.get(str(code))
        language = known.name if known else code or N_("the language")
        waited = said.wait(int(float(reasons.get("waited_s") or 0) * SECOND))
        sentences = []
        stage, turn = STAGE.get(reasons.get("stage", "")), TURN.get(reasons.get("turn", ""))
        wish = WISH.get(reasons.get("wish") or "")
        if stage:
            sentences.append(said(stage, name=name, language=said(language)))
        if turn:
            sentences.append(said(turn, waited=waited))
        if reasons.get("eligible") is not None:
            sentences.append(self._choice(reasons))
        if wish:
            sentences.append(said(wish))
        bridge = reasons.get("bridge") or {}
        if bridge.get("relay"):
            relay = languages.get(str(bridge["relay"]))
            spoken = said(relay.name) if relay else str(bridge["relay"])
            sentences.append(said(N_("You and the other adult understand each other in {relay}."), relay=spoken))
        if reasons.get("scarce_speaker"):
            sentences.append(said(N_("Speakers of rarer languages are kept free, but nobody else was.")))
        if reasons.get("came_round"):
            sentences.append(said(N_("It passed by once already; nobody else was left.")))
        return sentences

    def _choice(self, reasons: Mapping[str, Any]) -> str:
        said = self._wording
        idle = said.wait(int(float(reasons.get("idle_s") or 0) * SECOND))
        others = int(reasons["eligible"]) - 1
        if others <= 0:
            return said(N_("No other person was free for it; free for {idle}."), idle=idle)
        return said(N_("Free the longest of {n}: {idle}."), n=others + 1, idle=idle)
