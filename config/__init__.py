"""How a deployment is set up: settings, and the forms of the files in `directory/`. Imports nothing of ours."""
