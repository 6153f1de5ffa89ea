"""Where replies go: one port, the channels that ship with the console, and the registry that finds others."""
