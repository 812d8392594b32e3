"""Who is let in, by whom, and until when."""
