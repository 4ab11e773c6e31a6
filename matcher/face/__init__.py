"""Faces: from a photograph to an embedding, and from a cosine to a calibrated likelihood ratio. See METHOD.md."""
