"""The facade in one of its two forms; async is written by hand, sync is derived from it."""
