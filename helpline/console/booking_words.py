"""What the codes of bookings are called on a page."""

from helpline.console.wording import N_

BOOKING = {
    "requested": N_("An interpreter is sought"),
    "offering": N_("An interpreter is asked"),
    "exhausted": N_("Nobody found yet: a coordinator looks for one"),
    "confirmed": N_("Confirmed"),
    "begun": N_("Taking place"),
    "completed": N_("Took place"),
    "unfilled": N_("No interpreter was found"),
    "no_show": N_("The institution did not come"),
    "cancelled": N_("Cancelled"),
    "adjourned": N_("Moved to another date"),
}

MODE = {"in_person": N_("In person"), "phone": N_("By telephone"), "video": N_("By video")}

TECHNIQUE = {
    "consecutive": N_("Consecutive: after each part that is said"),
    "whispered": N_("Whispered: to one person, while others speak"),
    "simultaneous": N_("Simultaneous: while others speak"),
}

HEARING = {
    "first_appearance": N_("First appearance"),
    "bail": N_("Bail"),
    "plea": N_("Plea"),
    "trial": N_("Trial"),
    "judgment": N_("Judgment or sentence"),
    "immigration_hearing": N_("Immigration or asylum hearing"),
    "age_assessment": N_("Age assessment"),
    "best_interests": N_("Best interests"),
    "interview": N_("Interview"),
    "medical": N_("Medical appointment"),
    "other": N_("Something else"),
}

PERSON_ROLE = {
    "child_in_conflict": N_("A child in conflict with the law"),
    "witness": N_("A witness"),
    "victim": N_("A victim"),
    "applicant": N_("An applicant or claimant"),
    "detained": N_("A person who is detained"),
    "guardian": N_("A parent or guardian"),
    "other": N_("Somebody else"),
}

WANTED = {"woman": N_("A woman"), "man": N_("A man")}

SPEAKS_FOR = {
    "fluent": N_("speaks it fluently"),
    "dialect": N_("speaks the dialect"),
    "certified": N_("certified"),
    "wish_met": N_("meets the wish for a woman or a man"),
    "wish_not_met": N_("does not meet the wish for a woman or a man"),
    "child_friendly": N_("trained for children"),
    "near": N_("lives in the district"),
    "never_booked": N_("not booked lately"),
}

SPEAKS_AGAINST = {
    "basic_only": N_("speaks it at the basic level"),
    "dialect_not_spoken": N_("does not speak the dialect"),
    "not_certified": N_("has no certificate that holds on the day"),
    "wish_not_met": N_("is not the woman or man that is required"),
    "no_child_training": N_("is not trained for children"),
    "no_undertaking": N_("has no undertaking of confidentiality that holds on the day"),
    "too_far": N_("does not travel there"),
    "out_of_hours": N_("does not work at that time"),
    "busy": N_("is booked then"),
    "conflict_declared": N_("has declared a conflict of interest in this case"),
    "served_child": N_("counselled the child of this case"),
    "declined": N_("has declined"),
    "silent": N_("did not answer"),
    "unreachable": N_("could not be reached"),
    "let_go": N_("had agreed, and let it go"),
    "no_show": N_("had agreed, and did not come"),
    "taken_off": N_("was taken off"),
    "unfit": N_("could no longer take it"),
}

OFFERED = {
    "open": N_("is asked now"),
    "agreed": N_("has agreed"),
    "done": N_("was there"),
    "conflict": N_("declared a conflict of interest"),
    "withdrawn": N_("was asked until something changed"),
    "cancelled": N_("was asked until it was cancelled"),
    "adjourned": N_("goes on at the other date"),
    **SPEAKS_AGAINST,
}

GIVE_UP = {
    "dialect_not_spoken": N_("Give up the dialect"),
    "basic_only": N_("Take somebody who speaks it at the basic level"),
    "wish_not_met": N_("Give up that it must be a woman or a man"),
    "no_child_training": N_("Give up the training for children"),
    "not_certified": N_("Give up the certificate"),
    "too_far": N_("Do it by telephone, or ask somebody to travel"),
    "busy": N_("Move it to another time"),
    "out_of_hours": N_("Move it to another time of day, or ask outside the hours"),
    "silent": N_("Ask again those who did not answer"),
    "unreachable": N_("Ask again those who could not be reached"),
    "declined": N_("Ask again those who declined"),
}

CALLED_OFF_BY = {"officer": N_("the institution"), "coordinator": N_("the helpline")}

DID = {"booking": N_("Booking"), "request": N_("Request"), "helpline": N_("Conversation of the helpline")}

AT_FIELD = {
    "reference_missing": N_("Write your own number of the case."),
    "reference_is_a_name": N_("This looks like a name. Write the number of the case: never the child's name."),
    "reference_is_a_telephone": N_("This looks like a telephone number. Write the number of the case."),
    "date_past": N_("This day is over."),
    "too_far_ahead": N_("This is too far ahead."),
    "too_soon": N_("This is too soon to book. Ask for an interpreter now instead."),
    "time_unreadable": N_("Write a time such as 09:30."),
    "time_skipped": N_("The clocks go forward over this time on that day. Choose another."),
    "ends_before_begin": N_("It ends before it begins."),
    "ends_and_length_differ": N_("The end and the length do not agree. Write one of the two."),
    "length_unreadable": N_("Write the length in minutes."),
    "too_long_a_time": N_("This is too long for one interpreter. Book each day by itself."),
    "place_unknown": N_("Choose a place from the list."),
    "venue_missing": N_("Write where to come."),
    "phone_missing": N_("Write the number that is called at the hour."),
    "number_wrong": N_("Write a telephone number such as +260 211 123456."),
    "dialect_unreadable": N_("Write one word in small letters."),
    "count_wrong": N_("Write a number from 0 to 200."),
}

TROUBLE = {
    "booking_unknown": N_("There is no such booking."),
    "booking_moved_on": N_("This booking has changed in the meantime. This is how it is now."),
    "not_permitted_to_book": N_("Your institution does not have this. Ask the coordinator of the helpline."),
    "interpreter_busy": N_("This interpreter is booked at that time already."),
    "not_waivable": N_("This cannot be set aside: the language, the undertaking, or another booking stand against it."),
    "times_wrong": N_("It cannot have taken place at these times."),
    "too_early": N_("It is not time yet."),
    "booking_not_over": N_("Say how it was once it is over."),
    "rating_wrong": N_("Choose from 1 to 5."),
    "contact_ambiguous": N_("Several contacts have this name. Ask a supervisor for the right one's address."),
}

ALARM = {
    "booking_unfilled": N_("A booking has no interpreter"),
    "booking_near": N_("An interpreter is still in a conversation, and a booking is near"),
    "booking_not_begun": N_("A booking should have begun"),
    "booking_unreported": N_("Nobody has said how a booking went"),
    "booking_untold": N_("Somebody could not be told about a booking"),
}

ADVICE = {
    "booking_unfilled": N_("Look in the calendar what could be given up, or choose somebody."),
    "booking_near": N_("Help to bring the conversation to its end, or find somebody else for the booking."),
    "booking_not_begun": N_(
        "Call the interpreter and the institution. Whoever has not come is reported in the calendar."
    ),
    "booking_unreported": N_("Ask the interpreter, and write it down in the calendar."),
    "booking_untold": N_("Call them, and have the address or number put right."),
}
