"""Taking enquiries in from files: parse, group into conversations, hand over as commands."""
