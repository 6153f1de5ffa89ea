"""The banks of :mod:`tests.tui.hubs`, for every test of the console."""

from tests.tui.hubs import bank, empty_bank

__all__ = ["bank", "empty_bank"]
