"""Pictures from style-based generators: people, land, clothes."""
