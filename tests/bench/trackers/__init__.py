"""Programs that other trackers are filled and served with, each run by the Python of that tracker's own environment."""
