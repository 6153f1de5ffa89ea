"""Alembic revisions of the store's schema, run by :mod:`hubconsole.store.upgrade`."""
