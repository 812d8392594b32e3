"""Calendar servers (CalDAV): the only package that imports `caldav`, `lxml` and `dns`."""
