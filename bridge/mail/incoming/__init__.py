"""Reads mails that arrive: which kind they are, what they say, and who vouches for their sender."""
