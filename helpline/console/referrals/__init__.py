"""The directory of services, referrals and cases, for those who work here."""
