"""Who is told what became of a notice, by its purpose. Imported by the composition only, so that there is no circle."""

from collections.abc import Mapping

from helpline.house import Hooks
from helpline.interpreting import booking_days, booking_mail, booking_offers
from helpline.protection import acknowledging, climbing, trial_calls
from helpline.protection.paging import PURPOSE as PAGE
from helpline.referrals import answers as referrals

HOOKS: Mapping[str, Hooks] = {
    **referrals.HOOKS,
    PAGE: Hooks(climbing.page_failed, acknowledging.page_answered, climbing.page_delivered),
    trial_calls.PURPOSE: Hooks(trial_calls.not_placed, trial_calls.answered),
    booking_offers.PURPOSE: Hooks(booking_offers.offer_failed, booking_offers.offer_answered),
    booking_mail.PURPOSE: Hooks(booking_days.mail_failed, booking_days.not_answered),
    booking_mail.LETTERS["officer"]: Hooks(booking_days.officer_letter_failed, booking_days.not_answered),
    booking_mail.LETTERS["interpreter"]: Hooks(booking_days.interpreter_letter_failed, booking_days.not_answered),
    booking_mail.ARRIVAL: Hooks(booking_days.mail_failed, booking_days.arrival_answered),
}
