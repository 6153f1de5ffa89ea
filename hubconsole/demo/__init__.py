"""The demonstration: a scratch hub of an invented bank, built by real commands, and colleagues who keep it alive."""
