"""Mails to our box: guests' answers and wishes, and reports that a mail did not arrive."""
