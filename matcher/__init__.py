"""Identity resolution for rescue stations: face, name, place, STR DNA and demographics fused into honest leads."""

__version__ = "0.1.0"
