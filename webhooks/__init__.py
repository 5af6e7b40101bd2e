"""The edge to providers: what they send becomes events, what we answer becomes their markup. No database here."""
