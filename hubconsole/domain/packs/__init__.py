"""Rule packs that come with hubconsole, one TOML file each; docs/flags.md says how they are written."""
