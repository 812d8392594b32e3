"""The events to come, read from the database: nothing is claimed, sent or changed."""
