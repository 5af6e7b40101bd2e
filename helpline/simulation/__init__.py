"""The router in virtual time: against queueing theory, and for an operator who plans a day.

Nothing here is served. The floor and its rules are the real ones; callers, talks and people are made up.
"""
