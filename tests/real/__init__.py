"""The console as a person has it: a program of its own on a pseudo-terminal."""
