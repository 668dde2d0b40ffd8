"""What waiting looks like: tasks on asyncio, threads in ordinary programs."""
