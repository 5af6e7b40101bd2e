"""What the codes of reports are called on a page."""

from helpline.console.wording import N_

DEMAND = {
    "reached": N_("reached somebody who speaks it"),
    "left_in_menu": N_("left in the menu"),
    "left_waiting": N_("left while waiting"),
    "message": N_("left a message"),
    "unreached": N_("called back too late"),
    "nobody_came": N_("request without an interpreter"),
    "unfilled": N_("booking without an interpreter"),
    "not_spoken": N_("served without the language"),
    "short": N_("left within five seconds"),
    "taken_back": N_("taken back by the institution"),
}

INTERPRETED_IN = {"bridge": N_("Children's conversations"), "request": N_("Requests of institutions")}

REQUEST_ENDED = {
    "served": N_("An interpreter came"),
    "unreached": N_("Your telephone was not answered"),
    "cancelled": N_("Taken back"),
    "nobody_came": N_("Nobody came"),
    "open": N_("Open"),
}

TURNED_DOWN = {
    "declined": N_("declined"),
    "silent": N_("not answered"),
    "unreachable": N_("telephone not reached"),
    "conflict": N_("may know the people"),
    "no_show": N_("agreed and did not come"),
}
