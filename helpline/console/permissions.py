"""The names of what a person may do. Which role may do it is in config/directory/permissions.toml."""

PUBLIC = "public"

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
    }
)
