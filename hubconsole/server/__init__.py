"""The hub API: a FastAPI application over a hub, its live feed, and what guards both."""
