"""The one port that screens, commands and the API use, and what stands behind it."""
