"""The console: Textual screens over a Hub. It knows the port, never the store."""
