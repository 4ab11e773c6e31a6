"""Renderers of candidate lists: JSON lines, a workbook for the analyst, an offline HTML report, one pair as text.

They read leads and subjects and never compute a likelihood ratio, a posterior or a rank of their own.
"""
