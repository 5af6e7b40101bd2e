"""What the codes of services, referrals and cases are called on a page."""

from helpline.console.wording import N_

REFERRAL_STATE = {
    "draft": N_("Written, not sent"),
    "sent": N_("Sent"),
    "delivered": N_("Delivered"),
    "acknowledged": N_("A person there has taken note"),
    "accepted": N_("Accepted"),
    "refused": N_("Refused"),
    "service_received": N_("The service was received"),
    "closed": N_("Closed"),
    "failed": N_("Could not be delivered"),
}

REFERRAL_FIELD = {
    "reference": N_("Reference"),
    "concern": N_("What it is about"),
    "happening": N_("When"),
    "answer_by": N_("Please answer by"),
    "country": N_("Country"),
    "province": N_("Province"),
    "district": N_("District"),
    "language": N_("Language of the child"),
    "age": N_("Age"),
    "gender": N_("Girl or boy"),
    "accompanied": N_("With whom"),
    "circumstances": N_("Circumstances"),
    "safe_tonight": N_("A safe place tonight"),
    "safe_to_contact": N_("Safe to contact"),
    "incident_at": N_("It happened at"),
    "summary": N_("In one sentence"),
    "whereabouts": N_("Where to find the child"),
    "called": N_("Wants to be called"),
    "reach": N_("Number at which it is safe to reach the child"),
    "call_back": N_("Call us at"),
}

HAPPENING = {"now": N_("Now"), "past": N_("In the past"), "unknown": N_("Not known")}
YES_NO = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("Not known"), "not_asked": N_("Not asked")}

AUDIENCE = {
    "services": N_("Services that help"),
    "authorities": N_("Police, immigration, prosecution"),
    "family": N_("The family"),
    "others": N_("Others, such as a school"),
    "statistics": N_("Figures without a name"),
}

OVERRIDE = {
    "child_asks": N_("The child itself asks for it"),
    "life_in_danger": N_("A life is in danger"),
    "harm_by_trusted": N_("Harm by somebody whom the child trusts or depends on"),
    "child_harms_another": N_("A child seriously harms another"),
}

NEAR = {
    "district": N_("in the child's district"),
    "province": N_("for the child's province"),
    "nationwide": N_("for the whole country"),
    "somewhere": N_("the child's place is not known well enough to say how near"),
    "abroad": N_("in the country where the child is"),
    "other_country": N_("in another country than the child"),
}

BARRED = {
    "other_concern": N_("does not take this concern"),
    "elsewhere": N_("is for another place"),
    "paused": N_("takes nothing now"),
    "harm_by": N_("is the organisation of who is said to have done harm"),
    "already": N_("has this already"),
}

REFUSAL = {
    "no_room": N_("No room or nobody free"),
    "not_ours": N_("Not our task"),
    "elsewhere": N_("Another place"),
    "too_little_known": N_("Too little is known"),
    "conflict_of_interest": N_("We know the people concerned"),
    "other": N_("Another reason"),
}

RECEIVED = {
    "medical": N_("Medical help"),
    "safe_place": N_("A safe place"),
    "counselling": N_("Counselling"),
    "legal": N_("Legal help"),
    "documents": N_("Papers"),
    "family_tracing": N_("Family tracing"),
    "food_or_money": N_("Food, clothes or money"),
    "school": N_("School"),
    "assessment": N_("An assessment"),
    "police_report": N_("A report to the police"),
    "other": N_("Something else"),
}

REFERRAL_OUTCOME = {
    "service_received": N_("The child received the service"),
    "safe": N_("The child is safe"),
    "followed_elsewhere": N_("Another organisation goes on with it"),
    "not_wanted": N_("The child does not want it any more"),
    "not_found": N_("The child could not be found"),
    "not_served": N_("The service did not help"),
    "other": N_("Something else"),
    "withdrawn": N_("Taken back"),
}

WAY = {
    "email": N_("Email"),
    "sms": N_("Text message"),
    "voice": N_("Telephone call"),
    "primero": N_("Primero"),
    "webhook": N_("Its own computer"),
}

UNREADY = {
    "not_allowed": N_("cannot be used: its host is not among the places that may be sent to"),
    "no_secret": N_("cannot be used: its account has no secret here"),
    "no_primero": N_("cannot be used: no Primero is set up here"),
    "other_primero": N_("cannot be used: it is another Primero than the one that is set up here"),
    "no_recipient": N_("cannot be used: it names nobody who takes referrals there"),
    "no_mail": N_("cannot be used: no mail server is set up here"),
}

NOTICE_STATE = {
    "due": N_("waits to be sent"),
    "sent": N_("sent"),
    "delivered": N_("arrived"),
    "failed": N_("did not arrive"),
    "cancelled": N_("not sent"),
}

HOW = {
    "link": N_("by the link"),
    "reply": N_("by a reply to the text"),
    "key": N_("by a key on the telephone"),
    "call": N_("by a call to us"),
    "system": N_("by its own system"),
    "console": N_("as one of us was told"),
    "read_out": N_("read out on the telephone"),
}

CIRCUMSTANCE = {
    "unaccompanied": N_("Unaccompanied"),
    "separated": N_("Separated from its parents"),
    "other": N_("Other"),
}

TRIGGER = {
    "lasting_solution": N_("A lasting solution is looked for"),
    "temporary_care": N_("Temporary care in an exceptional situation"),
    "separation_from_parents": N_("Separation from the parents against their will"),
}

CASE_OUTCOME = {
    "reunited": N_("With its family again"),
    "lasting_solution": N_("A lasting solution was found"),
    "in_care": N_("In care"),
    "safe": N_("Safe"),
    "handed_to_primero": N_("Goes on in Primero"),
    "moved_away": N_("Moved to another country"),
    "lost": N_("Could not be found any more"),
    "other": N_("Something else"),
}

PROBLEM = {
    "consent": N_("Their system asks for consent that was not given."),
    "unauthorised": N_("Their system did not let us in. Tell the person who looks after the system."),
    "not_allowed": N_("Their address is not on the list of those that may be used."),
    "forbidden": N_("Their system does not allow us this. Tell the person who looks after the system."),
    "other_primero": N_("Their entry names another Primero than ours. Have the entry mended."),
    "no_recipient": N_("Their entry does not say who takes referrals there. Have the entry mended."),
    "no_secret": N_("Their entry names an account that has no secret here. Have the entry mended."),
    "busy": N_("Their system asks us to wait. It is tried again by itself."),
    "under_way": N_("It may be there already. Before anything is sent again, we look."),
    "timeout": N_("Their system did not answer. It is tried again by itself."),
    "unreachable": N_("Their system cannot be reached. It is tried again by itself."),
    "broken_off": N_("The connection broke off. It is tried again by itself."),
    "their_fault": N_("Their system has an error. It is tried again by itself."),
    "case_not_ours": N_("There is a case of somebody else under our number. Nothing was sent into it."),
    "gone": N_("Their system takes no more referrals at this address."),
    "invalid": N_("Their system does not take it in this form."),
    "channel_unknown": N_("This kind of system is not set up here."),
    "expired": N_("It could not be sent for too long."),
}

ALARM = {
    "referral_silent": N_("A service has not answered a referral in time"),
    "referral_refused": N_("A service has refused a referral, and no other was asked"),
    "referral_failed": N_("A referral could not be delivered"),
    "referral_pending": N_("A referral still waits to leave the house"),
    "service_shut_out": N_("The system of a service does not let us in any more"),
    "referral_shut": N_("Somebody gave a wrong code for a referral five times"),
    "referral_code_failed": N_("The code for a referral could not be delivered"),
    "referral_fields_lost": N_("A service's system did not take everything of a referral"),
    "referral_twice": N_("Two services have accepted the same referral"),
    "follow_up_late": N_("A follow-up was not done on its day"),
    "service_stale": N_("A service of the directory was not verified for long"),
    "stand_in_named": N_("An officer of a service has named a stand-in"),
    "override_wanted": N_("A counsellor asks for a decision to tell a service without the child's yes"),
}

ADVICE = {
    "referral_silent": N_("Call the service, or refer to another. The contact's page names it."),
    "referral_refused": N_("Refer to another service. The contact's page says why it was refused."),
    "referral_failed": N_("Call the service, or refer to another, and have its entry mended."),
    "referral_pending": N_("Call the service if it is urgent. It is still being tried."),
    "service_shut_out": N_(
        "Tell the person who looks after this system: our account with this service has to be mended. Until then "
        "answers of services do not come back by themselves: call those that have open referrals."
    ),
    "referral_shut": N_("Call the service. A new link and a new code can be sent from the referral's page."),
    "referral_code_failed": N_("Call the service and tell it a new code, from the referral's page."),
    "referral_fields_lost": N_("Look at the referral's page and tell the service what is missing."),
    "referral_twice": N_("Agree with both services who goes on, and take the other referral back."),
    "follow_up_late": N_("Ask the counsellor, or do it yourself: it is among the follow-ups."),
    "service_stale": N_("Call the service, ask whether its entry is right, and say so in the directory."),
    "stand_in_named": N_(
        "Call the service at its own number and ask whether it is so, then confirm it in the directory."
    ),
    "override_wanted": N_("Open the contact's concern and decide."),
}

ACTION = {
    "referral_written": N_("Wrote a referral"),
    "referral_sent": N_("Sent the referral"),
    "referral_delivered": N_("The referral arrived"),
    "referral_failed": N_("The referral could not be delivered"),
    "referral_acknowledged": N_("The service has taken note"),
    "referral_accepted": N_("The service accepted"),
    "referral_refused": N_("The service refused"),
    "referral_received": N_("The child received the service"),
    "referral_closed": N_("Closed the referral"),
    "referral_withdrawn": N_("The referral was taken back"),
    "referral_opened": N_("Opened the referral with the code"),
    "referral_viewed": N_("Looked at the referral"),
    "referral_read_out": N_("Read the referral out on the telephone"),
    "referral_code_wrong": N_("Gave a wrong code"),
    "referral_link_made": N_("Sent a new link"),
    "referral_code_made": N_("Made a new code"),
    "referral_went_on": N_("Went on to the next service"),
    "referral_fields_lost": N_("Their system did not take everything"),
    "consent_overridden": N_("Decided to tell without the child's yes"),
    "override_asked": N_("Asked for a decision without the child's yes"),
    "follow_up_set": N_("Set a follow-up"),
    "follow_up_done": N_("Did the follow-up"),
    "case_opened": N_("Opened a case"),
    "case_closed": N_("Closed the case"),
    "case_contact_added": N_("Put the contact into a case"),
    "case_contact_removed": N_("Took the contact out of a case"),
    "best_interests_asked": N_("Asked for a best interests assessment"),
    "service_told": N_("Told the child of a service"),
}

TROUBLE = {
    "consent_missing": N_("The child has not said yes to this, and nobody has decided otherwise."),
    "consent_unknown": N_("Choose from the lists."),
    "override_not_yours": N_("Only a supervisor decides this. You can ask for it here."),
    "override_unknown": N_("Choose one of the four reasons."),
    "concern_private": N_("This concern goes to nobody outside."),
    "service_paused": N_("This service takes nothing now. Choose another."),
    "service_asked": N_("This service has this concern already. Close what went there before, to ask it again."),
    "service_harm_by": N_("This is the organisation of who is said to have done harm. Nothing goes there."),
    "service_unknown": N_("Choose a service from the list."),
    "service_changed": N_("This entry was changed on another page. This is how it is now."),
    "service_kind": N_("Choose a kind from the list."),
    "service_code_taken": N_("Another entry has this code. Choose another."),
    "service_text_missing": N_("This service has no text for a child."),
    "referral_unknown": N_("There is no such referral."),
    "referral_changed": N_("This referral has moved on. This is how it is now."),
    "referral_illegal_move": N_("This cannot be done with the referral any more. This is how it is now."),
    "referral_over": N_("Nothing is expected of the service any more."),
    "refusal_unknown": N_("Choose why."),
    "received_unknown": N_("Choose what the child received."),
    "received_in_future": N_("This day has not come yet."),
    "name_too_long": N_("Write the name more shortly."),
    "too_many_next": N_("At most five services can follow."),
    "follow_up_day": N_("Choose a day from today on, within a year."),
    "follow_up_done": N_("This follow-up was done already."),
    "stand_in_incomplete": N_("Give a name, and an email address or a number."),
    "stand_in_dates": N_("Give the first and the last day, at most 92 days."),
    "stand_in_address": N_("The address or the number cannot be used. Write the number with its country."),
    "stand_in_over": N_("This stand-in is over already."),
    "link_over": N_("This link is over. Call us for a new one."),
    "visit_over": N_("Open the link again, with its code."),
    "link_code_wrong": N_("This is not the code."),
    "call_in_wrong": N_("Reference and code do not belong together. Ask again; after five tries the link is shut."),
    "outcome_unknown": N_("Choose what became of it."),
    "case_unknown": N_("There is no such case."),
    "case_changed": N_("This case was changed on another page. This is how it is now."),
    "case_closed": N_("This case is closed."),
    "case_waits": N_("A referral is open, or a step is not done. See to them first."),
    "case_last_contact": N_("A case needs at least one contact."),
    "trigger_unknown": N_("Choose why an assessment is asked for."),
    "not_best_interests": N_("An assessment is for an unaccompanied or separated child."),
    "not_of_case": N_("This concern belongs to another child."),
    "ack_within_wrong": N_("This time is too short or too long."),
}
