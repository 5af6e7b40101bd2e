"""What the codes of conversations by text are called on a page."""

from helpline.console.wording import N_

CHANNEL = {
    "voice": N_("Call"),
    "sms": N_("SMS"),
    "whatsapp": N_("WhatsApp"),
    "webchat": N_("Web chat"),
    "offline": N_("Letter, email or visit"),
}

DELIVERY = {
    "held": N_("waits until the child says that it is safe"),
    "due": N_("being sent"),
    "sent": N_("sent"),
    "delivered": N_("delivered"),
    "failed": N_("not delivered"),
}

UNDELIVERED = {
    "withheld": N_("The number was withheld: there is no way to answer."),
    "not_safe": N_("It was not sent: the child said that it is not safe. Wait until the child writes."),
    "30003": N_("The phone is off or out of reach. Send it again later, or wait until the child writes."),
    "30004": N_("The phone takes no texts from us. Do not try again; wait until the child writes."),
    "30005": N_("This number does not exist any more."),
    "30006": N_("This phone cannot receive texts."),
    "30007": N_("The phone network has stopped it as unwanted. Say it in other words, without a link."),
    "63016": N_("WhatsApp lets us answer for one day only. Wait until the child writes."),
    "63024": N_("The phone is off or out of reach. Send it again later, or wait until the child writes."),
    "21610": N_("The child has asked the phone network to stop our texts. Wait until the child writes."),
}

ALARM = {"text_failed": N_("A text to a child could not be sent")}

ADVICE = {
    "text_failed": N_(
        "Open the contact and read the conversation: the reason stands beside the text. What was in it has not reached "
        "the child."
    )
}

TROUBLE = {
    "child_said_stop": N_(
        "The child asked us to stop, or said that it is not safe. You can write when the child writes again."
    ),
    "nobody_to_write_to": N_("The number was withheld: there is no way to answer."),
    "cannot_put_down": N_("This conversation cannot be put down now."),
    "not_asked": N_("This question no longer stands."),
    "no_room_for_it": N_("You are not on duty, or have as many conversations as you can."),
    "no_conversation": N_("This is a call. There are no texts to read."),
}
