"""Visits: browsers with a guest's link, their proofs, and the question to the salon."""
