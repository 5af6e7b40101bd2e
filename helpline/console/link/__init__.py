"""The pages behind a service's link: no account, no script, small enough for a cheap phone and a slow network."""
