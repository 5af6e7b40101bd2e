"""What codes of protection are called on a page."""

from helpline.console.wording import N_

CONCERN_STATE = {
    "proposed": N_("Proposed"),
    "open": N_("Nobody has taken it yet"),
    "acknowledged": N_("Taken"),
    "closed": N_("Closed"),
}

ACKNOWLEDGED_HOW = {
    "console": N_("at the console"),
    "key": N_("by a key on the phone"),
    "reply": N_("by a reply"),
    "link": N_("by the link"),
}

CONCERN_HAPPENING = {"now": N_("It happens now"), "past": N_("It is over"), "unknown": N_("Not known")}
CONCERN_KNOWN = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("Not known")}

CONCERN_CONSENT = {
    "services": N_("Telling services"),
    "authorities": N_("Telling the police or other authorities"),
    "family": N_("Telling the family"),
    "others": N_("Telling others"),
    "statistics": N_("Counting it, without a name"),
}

CONCERN_SAID = {"not_asked": N_("Not asked"), "yes": N_("Yes"), "no": N_("No")}
PAGE_HOW = {"console": N_("at the console"), "sms": N_("by text"), "voice": N_("by telephone"), "email": N_("by email")}

PAGE_STATE = {
    "told": N_("told"),
    "delivered": N_("delivered"),
    "failed": N_("could not be delivered"),
    "answered": N_("answered"),
    "ended": N_("no longer needed"),
}

ALARM = {
    "concern": N_("A concern was flagged, and nobody has taken it yet"),
    "concern_late": N_("A concern was to be acted on by now"),
    "concern_proposed": N_("Children are said to be held: look whether it is a concern"),
    "number_revealed": N_("A caller's number was revealed to save a life"),
    "line_silent": N_("A line that is never silent is silent"),
    "test_call_lost": N_("A test call did not arrive"),
}

ADVICE = {
    "concern": N_("Open the concerns and take it, or have somebody take it."),
    "concern_late": N_("See what was done, and close the concern with its outcome."),
    "concern_proposed": N_("Open it on the board of concerns, and decide."),
    "number_revealed": N_("Look at the contact and see who did it and why. It is you who knows of it now."),
    "line_silent": N_("Call the line from outside. If it does not answer, tell who looks after the system."),
    "test_call_lost": N_("Call the line from outside. If it does not answer, tell who looks after the system."),
}

ACTION = {
    "concern_flagged": N_("Flagged a concern"),
    "concern_completed": N_("Wrote what is known of a concern"),
    "concern_read": N_("Read a concern"),
    "concern_closed": N_("Closed a concern"),
    "ladder_begun": N_("Began to tell people"),
    "ladder_changed": N_("Told people by another ladder"),
    "ladder_mended": N_("No longer told people: the cause was gone"),
    "rung_told": N_("Told the next people"),
    "acknowledged": N_("Took it"),
    "page_answered_late": N_("Answered after somebody else"),
    "page_link_opened": N_("Opened the link"),
    "number_revealed": N_("Revealed the number"),
    "number_seen": N_("Looked at the number"),
    "called_back": N_("Called the number back"),
    "danger_words_seen": N_("The child wrote words of danger"),
    "danger_words_not_so": N_("Said that the words meant no danger"),
}

TROUBLE = {
    "concern_unknown": N_("There is no such concern."),
    "concern_kind_unknown": N_("Choose from the list of concerns."),
    "concern_changed": N_("This concern was changed in the meantime. This is how it is now."),
    "concern_closed": N_("This concern is closed already."),
    "concern_waits": N_("Nobody has taken this concern yet, so it cannot be closed."),
    "concerns_open": N_("What was flagged or referred is not closed yet: look at it below, then finish once more."),
    "climb_changed": N_("Somebody was quicker. This is how it is now."),
    "climb_unknown": N_("There is nothing to take here any more."),
    "taken_already": N_("Somebody has taken this already."),
    "not_by_oneself": N_("This needs another person than you."),
    "outcome_unknown": N_("Choose what became of it."),
    "place_unknown": N_("Choose a place from the list."),
    "incident_in_future": N_("This time has not come yet. Write when it happened."),
    "sentence_too_long": N_("Say it more shortly."),
    "children_wrong": N_("Say how many girls and boys."),
    "reveal_over": N_("The number is hidden again. Reveal it anew if a life is still in danger."),
    "called_back_already": N_("A call-back of this contact is under way."),
    "words_unknown": N_("This was said already."),
    "post_unknown": N_("Choose a post from the list."),
    "holder_unknown": N_("This person does not hold the post any more."),
    "name_missing": N_("Write the person's name."),
    "name_too_long": N_("Write it more shortly."),
    "number_wrong": N_("Write the number with its country, as +260..."),
    "email_wrong": N_("Write the address as name@example.org."),
    "way_missing": N_("Write a telephone number or a mail address."),
    "time_unreadable": N_("Write a time such as 06:30."),
    "test_from_missing": N_("A line cannot call itself. Name another number of yours for its test calls (test_from)."),
}
