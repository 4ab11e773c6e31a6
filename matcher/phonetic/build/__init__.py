"""Scripts that make the tables of `matcher/phonetic/data` from the packages its SOURCES.toml names."""
