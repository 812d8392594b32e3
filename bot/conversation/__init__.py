"""What is said in salons: heard, understood, answered, sent."""
