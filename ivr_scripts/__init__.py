"""What a line says and asks: scripts and prompts as data, and the machine that walks them.

Everything here is pure but for `loader`, which reads TOML files. A provider renders what the machine
returns; nothing in this package knows a provider, a database or a clock.
"""
