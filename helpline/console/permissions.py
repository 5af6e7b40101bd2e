"""The names of what a person may do. Which role may do it is in config/directory/permissions.toml."""

PUBLIC = "public"

OFFICERS = frozenset(
    {
        "officer",  # any officer of an institution who is signed in
        "officer.request",  # one whose institution may have an interpreter now
        "officer.book",  # one whose institution may book an interpreter
    }
)
"""What an officer may do, by the institution. No role of a worker has any of these."""

NAMES = frozenset(
    {
        PUBLIC,  # no sign-in
        "signed_in",  # any person who is signed in
        "desk.use",  # be on duty, take offers, speak
        "record.write",  # write the record of a contact of one's own, enter one by hand, search one's own
        "contact.read",  # read any contact and its record, search all
        "messages.hear",  # hear messages that were left
        "floor.see",  # see who is where
        "floor.direct",  # set people away, end and move contacts, write to counsellors, ask to put a chat down
        "alarms.take",  # take alarms and say what was done
        "blocks.set",  # block a number for some hours, and lift a block
        "lines.close",  # close a line, and open it again
        "broadcasts.send",  # tell everyone who works here something
        "roster.write",  # write down who is due when
        "concerns.flag",  # flag a concern of a contact of one's own, or in private, and complete it
        "concerns.see",  # every concern that is not private, and the board
        "concerns.take",  # acknowledge concerns, close them, decide what is proposed
        "posts.keep",  # write down who holds a post, and when a line is called as a test
        "number.reveal",  # see a caller's number for some minutes, to save a life
        "services.see",  # search the directory of services, tell a child of one
        "services.keep",  # change the directory, confirm who stands in for an officer
        "referrals.write",  # refer a concern of a contact of one's own, follow it up, keep its case
        "referrals.see",  # every referral and case
        "referrals.read_out",  # read a referral out to a service that calls with its code
        "referrals.override",  # decide to tell a service without the child's yes, for one of four reasons
        "reports.see",  # which languages are lacked, and when, with files in which no small count stands
        "bookings.keep",  # see every booking, choose interpreters, set aside what speaks against one with a reason
        "institutions.keep",  # institutions, their officers, telephones, PINs and tokens; what is known of interpreters
    }
)
