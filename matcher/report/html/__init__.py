"""The offline HTML report: one file, no script, no request, one batch."""
