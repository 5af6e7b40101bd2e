"""The web console: a folder a surface. `routes.attach` is all that the composition root needs."""
