"""Programs that carry connections into sandboxes and out of them. Only the standard library, little of it."""
