"""What a guest's link leads to: a visit, what it proves, and the question to the salon."""
