/* cc -o lock lock.c && ./lock .locks/build: the lock ends with this process, however that ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct stat lease;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CREAT | O_CLOEXEC, 0666) : -1;

	if (fd < 0) {
		perror(argc == 2 ? argv[1] : "usage: lock FILE");
		return 1;
	}
	/* without LOCK_NB: wait for it, in order of arrival */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		puts(errno == EWOULDBLOCK ? "busy" : "no lock");
		return errno == EWOULDBLOCK ? 2 : 1;
	}
	fstat(fd, &lease);
	printf("held, token %llu\n", (unsigned long long)lease.st_ino);
	fflush(stdout);
	getchar(); /* the work */
	close(fd); /* the lock is free */
	return 0;
}
