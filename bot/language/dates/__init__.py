"""Dates in words, anywhere in a line: `read_dates` reads them, `typed_out` types them again."""
