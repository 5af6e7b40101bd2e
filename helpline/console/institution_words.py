"""What the codes of institutions, officers and interpreters are called on a page."""

from helpline.console import booking_words, request_words
from helpline.console.wording import N_

INSTITUTION = {
    "court": N_("Court"),
    "police": N_("Police"),
    "immigration": N_("Immigration"),
    "prison": N_("Prison"),
    "social_welfare": N_("Social welfare"),
    "care": N_("Care facility"),
    "other": N_("Another institution"),
}

MAY = {"request": N_("Ask for an interpreter now"), "book": N_("Book an interpreter for a date")}

TRAINING = {
    "child_friendly": N_("Interpreting for children"),
    "trauma": N_("Talking about trauma"),
    "court": N_("Court"),
    "medical": N_("Medical"),
    "safeguarding": N_("Safeguarding"),
}

GENDER = {"woman": N_("Woman"), "man": N_("Man"), "unknown": N_("Not known")}

WEEKDAY = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}

ENDING = {
    "holds": N_("holds"),
    "lapsing": N_("ends soon"),
    "lapsed": N_("has ended"),
    "coming": N_("has not begun"),
    "missing": N_("not signed"),
}

AT_FIELD = {
    "missing": N_("Fill this in."),
    "too_long": N_("This is too long. Shorten it."),
    "too_many": N_("These are too many."),
    "choice_unknown": N_("Choose from the list."),
    "zone_unknown": N_("This is no time zone. Write its name, as Africa/Lusaka."),
    "district_elsewhere": N_("This district is not in that province."),
    "not_digits": N_("Digits only: it is keyed in on a telephone."),
    "number_length": N_("Write 4 to 8 digits."),
    "number_taken": N_("Another institution has this number."),
    "pin_not_digits": N_("Digits only: a PIN is keyed in on a telephone."),
    "pin_length": N_("Write 4 to 8 digits."),
    "pin_too_easy": N_("This PIN is among the first that somebody would try. Choose another."),
    "sign_in_taken": N_("Somebody else signs in by this name."),
    "sign_in_unfit": N_("Write 2 to 64 letters without spaces."),
    "not_an_email": N_("Write it as name@example.org."),
    "not_a_telephone": N_("Write it as +260211000000."),
    "days_wrong": N_("From 1 to 1095 days."),
    "named_twice": N_("The same stands here twice."),
    "language_unknown": N_("Choose a language from the list."),
    "level_unknown": N_("Choose how well."),
    "dialect_unfit": N_("Write small letters, digits and hyphens, with spaces between dialects."),
    "date_unreadable": N_("Write a day as year, month and day, such as 2027-01-18."),
    "ends_before_it_begins": N_("This is before the first day."),
    "hours_unreadable": N_("Write times as 08:00-12:00, 13:00-17:00."),
    "hours_overlap": N_("Two of these times overlap."),
    **booking_words.AT_FIELD,
    **request_words.AT_FIELD,
}
"""What is wrong with a field, said beside it."""

TROUBLE = {
    "fields_wrong": N_("Something is missing or not right. Each is marked below; nothing was kept yet."),
    "institution_unknown": N_("There is no such institution."),
    "institution_disabled": N_("This institution is disabled."),
    "institution_enabled": N_("This institution is not disabled."),
    "institution_booked": N_("Bookings of this institution are still to come. Cancel them first."),
    "institution_may_not": N_("Your institution does not have this. Ask the coordinator of the helpline."),
    "telephone_unknown": N_("This telephone is not there any more."),
    "officer_unknown": N_("There is no such officer."),
    "officer_disabled": N_("This officer is disabled."),
    "officer_enabled": N_("This officer is not disabled."),
    "token_unknown": N_("This token is revoked already."),
    "certificate_unknown": N_("This certificate is not there any more."),
    "worker_booked": N_("This person is booked. Give the bookings to somebody else first."),
    "worker_disabled": N_("This person is disabled."),
    "has_other_roles": N_("This person has other roles too. Whoever looks after the system gives them a password."),
    "passwords_differ": N_("The two new passwords are not the same."),
    "password_weak": N_("Take a longer one, such as four words that do not belong together."),
}

ALARM = {
    "undertaking_lapsing": N_("An interpreter's undertaking of confidentiality ends soon"),
    "undertaking_lapsed": N_("An interpreter's undertaking of confidentiality has ended"),
    "certificate_lapsing": N_("An interpreter's certificate ends soon"),
    "certificate_lapsed": N_("An interpreter's certificate has ended"),
    "pin_guessed": N_("Somebody tries PINs that are wrong, again and again"),
}

ADVICE = {
    "undertaking_lapsing": N_("Have it signed anew, and write the new last day down."),
    "undertaking_lapsed": N_("Until it is signed anew, this person is offered no booking."),
    "certificate_lapsing": N_("Ask for the new one, and write it down."),
    "certificate_lapsed": N_("Until there is a new one, this person is not booked where a certificate is needed."),
    "pin_guessed": N_("Nobody is locked out. Call the people whose PIN it is, and set a longer one."),
}
