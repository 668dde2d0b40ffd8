"""What the event loop lacks: work in slices, work that is seen through, and changes that others wait for."""
