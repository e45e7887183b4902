/* What a service manager's socket receives, and addresses that make no sense. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/notify.h"

static int listen_at(const char *path, size_t len)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, path, len);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void assert_told(int fd)
{
	char bytes[64] = "";

	assert_int_equal(notify_ready(), 0);
	assert_int_equal(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), 7);
	assert_string_equal(bytes, "READY=1");
	close(fd);
}

static void a_socket_is_told(void **state)
{
	char path[100], name[100];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/notify.%d", (int)getpid());
	unlink(path);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_told(listen_at(path, strlen(path)));
	unlink(path);

	snprintf(path, sizeof(path), "@loktfs-notify.%d", (int)getpid());
	setenv("NOTIFY_SOCKET", path, 1);
	memcpy(name, path, sizeof(name));
	name[0] = '\0';
	assert_told(listen_at(name, strlen(path)));
}

static void nobody_is_told_where_nobody_asks(void **state)
{
	char too_long[200];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_ready(), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_ready(), 0);
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify_ready(), -EINVAL);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[0] = '/';
	too_long[sizeof(too_long) - 1] = '\0';
	setenv("NOTIFY_SOCKET", too_long, 1);
	assert_int_equal(notify_ready(), -EINVAL);
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	assert_int_equal(notify_ready(), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_told),
		cmocka_unit_test(nobody_is_told_where_nobody_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
