"""hubconsole: a terminal command centre for a cross-functional customer hub."""

__version__ = "0.1.0"
