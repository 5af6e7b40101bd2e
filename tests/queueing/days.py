"""A plain day, as an operator writes it down."""

from collections.abc import Callable
from pathlib import Path

Write = Callable[[str], Path]
"""Writes a day's file."""

PLAIN = """
[channel.voice]
talk = { mean_s = 300 }
patience = { mean_s = 120 }

[[arrivals]]
language = "en"
by_hour = [30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30]

[[person]]
name = "ann"
fluent = ["en"]
count = 3
"""
