"""What the codes of requests are called on a page."""

from helpline.console.wording import N_

PURPOSE = {
    "welfare": N_("Urgent: welfare"),
    "medical": N_("Urgent: medical"),
    "interview": N_("Interview"),
    "hearing": N_("Hearing"),
}

REQUEST = {
    "planned": N_("Waits for the day"),
    "waits": N_("Interpreter sought"),
    "ringing": N_("Ringing"),
    "connected": N_("Connected"),
    "done": N_("Over"),
    "cancelled": N_("Cancelled"),
}

AT_FIELD = {
    "language_unknown": N_("Choose a language from the list."),
    "language_twice": N_("Choose each language once."),
    "too_many_languages": N_("At most five languages."),
    "purpose_missing": N_("Say what it is for."),
    "number_unreadable": N_("Write a telephone number in digits."),
    "children_wrong": N_("A number from 0 to 500."),
    "children_missing": N_("Say how many girls and how many boys there are: at least one child."),
    "can_it_wait": N_("Say whether it can wait for the day."),
    "request_unknown": N_("Choose a request from the list."),
}

TROUBLE = {
    "number_unreadable": N_("Write a telephone number in digits."),
    "still_talking": N_("The conversation before it has not ended."),
    "request_over": N_("This request was cancelled."),
    "request_unknown": N_("There is no such request of your institution."),
    "guest_there": N_("Somebody has been added already."),
    "conversation_not_there": N_("No telephone line for institutions is set up here. Tell the coordinator."),
    "not_yours_to_end": N_("The counsellor ends the conversation. You can leave it."),
    "interpreter_there": N_("An interpreter is there, or on the way."),
    "nobody_sought": N_("Nobody is being sought now."),
    "no_interpreter": N_("There is no interpreter now. Your words are still here."),
    "somebody_asked": N_("Somebody has been asked in already."),
    "no_supervisor": N_("No supervisor is free now."),
    "nobody_came": N_("The colleague whom you asked is not in the conversation yet."),
    "nobody_whispers": N_("The child hears everybody who is there."),
    "render_instead": N_("An interpreter writes renderings: choose the text that you render."),
    "nothing_to_render": N_("This text needs no rendering."),
    "rendered_already": N_("This has been rendered and sent to the child."),
}
