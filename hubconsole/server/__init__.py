"""The hub API: a web application over one hub, for consoles far away and for integrators. Needs the extra ``server``."""
