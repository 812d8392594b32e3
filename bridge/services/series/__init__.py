"""Series: from a request to its last date."""
