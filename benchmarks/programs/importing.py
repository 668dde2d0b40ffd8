import sys
import time

start, cpu = time.perf_counter(), time.process_time()
exec(sys.argv[2])
took, cpu = time.perf_counter() - start, time.process_time() - cpu

print(f'{{"ms": {took * 1000}, "cpu_ms": {cpu * 1000}}}')
