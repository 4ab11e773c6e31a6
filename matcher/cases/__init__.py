"""What happens to a hit after the list: DNA confirmation with clocks and two reviewers. See METHOD.md."""
