"""The database's forms, oldest first, in `versions`. Applied by `helpline.store.migrate`."""
