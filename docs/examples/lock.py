#!/usr/bin/env python3
"""lock.py .locks/build: the lock ends with this process, however that ends."""
import fcntl
import os
import sys

fd = os.open(sys.argv[1], os.O_RDONLY | os.O_CREAT)
try:
    # without LOCK_NB: wait for it, in order of arrival
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("busy")
    sys.exit(2)
print("held, token", os.fstat(fd).st_ino, flush=True)
sys.stdin.readline()  # the work
os.close(fd)  # the lock is free
