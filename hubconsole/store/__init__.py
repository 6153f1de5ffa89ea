"""Where the journal and its projections are kept."""
