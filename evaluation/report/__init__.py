"""The report on a study: from rows to figures, pages and files."""
