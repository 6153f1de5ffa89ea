"""The pure core: what an enquiry is, who may do what to it, and when a reply may leave. Standard library only."""
