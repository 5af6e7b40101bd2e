"""Institutions that ask for interpreters, and the interpreters whom they ask for."""
