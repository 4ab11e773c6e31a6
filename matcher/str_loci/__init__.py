"""STR DNA: pedigree likelihoods, search tables, profile files. Usable alone: only `channel` knows the engine."""
