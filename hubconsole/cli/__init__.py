"""The command line: every verb of the hub without the screen, and the way to the screens."""
