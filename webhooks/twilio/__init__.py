"""Twilio: its signature, its forms, its markup and its REST interface. The only importer of the `twilio` library."""
