"""The conversation in salons: reads, understands, answers and sends."""
