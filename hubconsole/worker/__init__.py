"""What runs without a person: due sends are delivered, and what has run out takes effect."""
