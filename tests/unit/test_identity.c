/*
 * Who is calling, read from a fake proc directory: rows say what a process looks like,
 * mode and owner are set as /proc would. What takes another uid needs root and is
 * skipped, loudly, without it. One test asks the real /proc about ourselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/identity.h"
#include "host/smallfile.h"

#define TICK INT64_C(10000000)
#define STRANGER 4321

static unsigned user_lookups;

/* In place of the C library's, which may ask the network. */
int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
	user_lookups++;
	*found = NULL;
	if (uid == STRANGER - 1)
		return EIO;
	if (uid != 0)
		return 0;
	snprintf(buffer, size, "root");
	*entry = (struct passwd){.pw_name = buffer};
	*found = entry;
	return 0;
}

struct fake {
	char path[64];
	struct identity identity;
	uid_t uid;
};

struct fake_process {
	pid_t pid, parent;
	int64_t ticks;
	char state;
	const char *comm;
	const char *environment; /* entries end in '|', which becomes NUL */
};

static void write_file(const char *dir, const char *name, const char *bytes, size_t len)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	SCOPED_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

static void process_path(const struct fake *fake, pid_t pid, char out[128])
{
	snprintf(out, 128, "%s/%d", fake->path, pid);
}

static void add_environ(const struct fake *fake, pid_t pid, const char *text)
{
	char dir[128];
	process_path(fake, pid, dir);
	char *bytes = strdup(text);
	assert_non_null(bytes);
	size_t len = strlen(bytes);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '|')
			bytes[i] = '\0';
	}
	write_file(dir, "environ", bytes, len);
	free(bytes);
}

static void add_status(const struct fake *fake, pid_t tid, pid_t tgid, uid_t uid)
{
	char dir[128], text[256];
	process_path(fake, tid, dir);
	snprintf(text, sizeof(text),
		 "Name:\tTgid: 7\nUmask:\t0022\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n"
		 "Uid:\t%u\t%u\t%u\t%u\nGid:\t0\t0\t0\t0\n",
		 tgid, tid, uid + 1, uid, uid + 1, uid + 1);
	write_file(dir, "status", text, strlen(text));
}

static void add_process(const struct fake *fake, const struct fake_process *row)
{
	char dir[128], text[256];
	process_path(fake, row->pid, dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(text, sizeof(text),
		 "%d (%s) %c %d 1 1 0 -1 4194304 1 0 0 0 1 2 3 4 20 0 1 0 %lld 1000 100\n",
		 row->pid, row->comm ? row->comm : "sh", row->state ? row->state : 'S', row->parent,
		 (long long)row->ticks);
	write_file(dir, "stat", text, strlen(text));
	add_status(fake, row->pid, row->pid, fake->uid);
	add_environ(fake, row->pid, row->environment ? row->environment : "");
}

static void add_processes(const struct fake *fake, const struct fake_process *rows, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add_process(fake, &rows[i]);
}

static void need_root(const char *what)
{
	if (geteuid() == 0)
		return;
	print_message("SKIPPED: %s needs root\n", what);
	skip();
}

static void give_to(const struct fake *fake, pid_t pid, uid_t uid)
{
	char dir[128];
	process_path(fake, pid, dir);
	assert_int_equal(chown(dir, uid, (gid_t)-1), 0);
}

static int fake_begin(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	if (!fake)
		return -1;
	snprintf(fake->path, sizeof(fake->path), "/tmp/lokt-proc-XXXXXX");
	fake->uid = geteuid();
	if (!mkdtemp(fake->path) || identity_init(&fake->identity, fake->path) < 0)
		return -1;
	fake->identity.ns_per_tick = TICK;
	*state = fake;
	return 0;
}

static int fake_end(void **state)
{
	struct fake *fake = *state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", fake->path);
	identity_release(&fake->identity);
	int status = system(command);
	free(fake);
	return status;
}

static struct party *read_party(struct fake *fake, pid_t tid)
{
	struct party *party = NULL;
	assert_int_equal(identity_read(&fake->identity, tid, fake->uid, &party), 0);
	assert_non_null(party);
	return party;
}

static void assert_chain(const struct party *party, const pid_t *pids, unsigned len)
{
	assert_int_equal(party->chain_len, len);
	for (unsigned i = 0; i < len; i++)
		assert_int_equal(party->chain[i].pid, pids[i]);
}

#define ADD(fake, rows) add_processes(fake, rows, sizeof(rows) / sizeof((rows)[0]))

#define ASSERT_CHAIN(fake, tid, ...)                                                               \
	do {                                                                                       \
		const pid_t want[] = {__VA_ARGS__};                                                \
		struct party *got = read_party(fake, tid);                                         \
		assert_chain(got, want, sizeof(want) / sizeof(want[0]));                           \
		party_unref(got);                                                                  \
	} while (0)

static void chain_goes_up_to_pid_1(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 1, .parent = 0, .ticks = 1},
		{.pid = 10, .parent = 1, .ticks = 50},
		{.pid = 20, .parent = 10, .ticks = 60, .comm = "a) S 1 2 (x"},
		{.pid = 30, .parent = 20, .ticks = 60},
	};
	ADD(fake, rows);
	ASSERT_CHAIN(fake, 30, 30, 20, 10);
	ASSERT_CHAIN(fake, 10, 10);
	ASSERT_CHAIN(fake, 1, 1);
	struct party *party = read_party(fake, 30);
	assert_int_equal(party->chain[0].start_ns, 60 * TICK);
	assert_int_equal(party->chain[2].start_ns, 50 * TICK);
	party_unref(party);
}

static void chain_stops_at_a_recycled_pid(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},
		{.pid = 20, .parent = 10, .ticks = 90},
		{.pid = 30, .parent = 20, .ticks = 80},
		{.pid = 40, .parent = 30, .ticks = 95},
	};
	ADD(fake, rows);
	ASSERT_CHAIN(fake, 40, 40, 30);
}

static void chain_stops_at_what_is_gone(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},
		{.pid = 20, .parent = 10, .ticks = 2, .state = 'Z'},
		{.pid = 30, .parent = 20, .ticks = 3},
		{.pid = 31, .parent = 29, .ticks = 3},
		{.pid = 32, .parent = 0, .ticks = 3},
	};
	ADD(fake, rows);
	ASSERT_CHAIN(fake, 30, 30);
	ASSERT_CHAIN(fake, 31, 31);
	ASSERT_CHAIN(fake, 32, 32);
}

static void chain_has_a_bound(void **state)
{
	struct fake *fake = *state;
	for (int i = 0; i < PARTY_CHAIN_MAX + 10; i++) {
		struct fake_process row = {.pid = 100 + i, .parent = 99 + i, .ticks = i};
		add_process(fake, &row);
	}
	struct party *party = read_party(fake, 100 + PARTY_CHAIN_MAX + 9);
	assert_int_equal(party->chain_len, PARTY_CHAIN_MAX);
	assert_int_equal(party->chain[0].pid, 100 + PARTY_CHAIN_MAX + 9);
	party_unref(party);
}

static void chain_stops_at_another_uid(void **state)
{
	struct fake *fake = *state;
	need_root("giving directories away");
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},
		{.pid = 20, .parent = 10, .ticks = 2},
		{.pid = 30, .parent = 20, .ticks = 3},
		{.pid = 40, .parent = 30, .ticks = 4},
	};
	ADD(fake, rows);
	give_to(fake, 20, STRANGER);
	ASSERT_CHAIN(fake, 40, 40, 30);
	ASSERT_CHAIN(fake, 20, 20, 10);
}

/* Directories that belong to root: by status 30 is the caller's all the same, 10 is root's. */
static void undumpable_parent_is_known_by_its_status(void **state)
{
	struct fake *fake = *state;
	need_root("a directory of root's");
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},
		{.pid = 30, .parent = 10, .ticks = 3},
		{.pid = 40, .parent = 30, .ticks = 4},
	};
	ADD(fake, rows);
	add_status(fake, 30, 30, STRANGER);
	fake->uid = STRANGER;
	ASSERT_CHAIN(fake, 40, 40, 30);
}

static void thread_is_led_to_its_process(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 20, .parent = 1, .ticks = 2, .environment = "LOKT_OWNER=leader|"},
		{.pid = 25, .parent = 1, .ticks = 9, .environment = "LOKT_OWNER=thread|"},
	};
	ADD(fake, rows);
	add_status(fake, 25, 20, fake->uid);
	struct party *party = read_party(fake, 25);
	assert_int_equal(party->chain_len, 1);
	assert_int_equal(party->chain[0].pid, 20);
	assert_int_equal(party->chain[0].start_ns, 2 * TICK);
	assert_string_equal(party->owner, "thread");
	party_unref(party);
	struct process process = identity_process(&fake->identity, 25);
	assert_int_equal(process.pid, 20);
	assert_int_equal(process.start_ns, 2 * TICK);
}

static void unseen_caller_has_an_empty_chain(void **state)
{
	struct fake *fake = *state;
	struct party *party = read_party(fake, 0);
	assert_int_equal(party->chain_len, 0);
	assert_false(party->owner_is_explicit);
	assert_false(party->agent_is_explicit);
	assert_true(party->owner[0] != '\0');
	party_unref(party);
	assert_int_equal(identity_process(&fake->identity, 0).pid, 0);
}

static void vanished_caller_is_esrch(void **state)
{
	struct fake *fake = *state;
	add_process(fake, &(struct fake_process){.pid = 20, .parent = 1, .state = 'Z'});
	struct party *untouched = (struct party *)fake;
	struct party *party = untouched;
	assert_int_equal(identity_read(&fake->identity, 77, fake->uid, &party), -ESRCH);
	assert_int_equal(identity_read(&fake->identity, 20, fake->uid, &party), -ESRCH);
	assert_ptr_equal(party, untouched);
	assert_int_equal(identity_process(&fake->identity, 77).pid, 0);
	assert_int_equal(identity_process(&fake->identity, 20).pid, 0);
}

static void environment_makes_explicit(void **state)
{
	struct fake *fake = *state;
	add_process(fake, &(struct fake_process){.pid = 20, .parent = 1, .ticks = 2});
	struct party *party = read_party(fake, 20);
	assert_false(party->owner_is_explicit || party->agent_is_explicit);
	assert_string_equal(party->host, fake->identity.host);
	assert_null(party->actor);
	party_unref(party);
	add_environ(fake, 20, "LOKT_OWNER=a|LOKT_HOST=c|GRITE_ACTOR=d|");
	party = read_party(fake, 20);
	assert_true(party->owner_is_explicit && !party->agent_is_explicit);
	assert_string_equal(party->owner, "a");
	assert_string_equal(party->host, "c");
	assert_string_equal(party->actor, "d");
	party_unref(party);
	add_environ(fake, 20, "LOKT_AGENT_ID=b|LOKT_OWNER=|");
	party = read_party(fake, 20);
	assert_true(!party->owner_is_explicit && party->agent_is_explicit);
	assert_string_equal(party->agent_id, "b");
	party_unref(party);
	add_environ(fake, 20, "LOKT_OWNER=bell\a|");
	party = NULL;
	assert_int_equal(identity_read(&fake->identity, 20, fake->uid, &party), -EINVAL);
	assert_null(party);
}

/* In a process that is not root, since root reads everything. Exit status 0: as it should be. */
static int read_as_stranger(struct fake *fake)
{
	struct party *party = NULL;
	if (setuid(STRANGER) < 0 || identity_read(&fake->identity, 20, STRANGER, &party) < 0)
		return 1;
	bool is_right = !party->owner_is_explicit && !party->agent_is_explicit &&
			strcmp(party->owner, "uid4321") == 0 && party->chain_len == 1;
	party_unref(party);
	return is_right ? 0 : 2;
}

static void unreadable_environment_is_not_explicit(void **state)
{
	struct fake *fake = *state;
	need_root("becoming another user");
	const struct fake_process rows[] = {
		{.pid = 20, .parent = 1, .ticks = 2, .environment = "LOKT_OWNER=hidden|"}};
	ADD(fake, rows);
	char path[256];
	snprintf(path, sizeof(path), "%s/20/environ", fake->path);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(fake->path, 0755), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(read_as_stranger(fake));
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void owner_is_the_login_name(void **state)
{
	struct fake *fake = *state;
	struct party *party = NULL;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(identity_read(&fake->identity, 0, 0, &party), 0);
		assert_string_equal(party->owner, "root");
		assert_int_equal(party->uid, 0);
		party_unref(party);
		assert_int_equal(identity_read(&fake->identity, 0, 3999999, &party), 0);
		assert_string_equal(party->owner, "uid3999999");
		party_unref(party);
	}
}

static void a_user_without_a_name_is_not_asked_for_again(void **state)
{
	static const struct {
		uid_t uid;
		const char *owner;
	} rows[] = {{3999999, "uid3999999"}, {STRANGER - 1, "uid4320"}};
	struct fake *fake = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		user_lookups = 0;
		for (int again = 0; again < 3; again++) {
			struct party *party = NULL;
			assert_int_equal(identity_read(&fake->identity, 0, rows[i].uid, &party), 0);
			assert_string_equal(party->owner, rows[i].owner);
			party_unref(party);
		}
		assert_int_equal(user_lookups, 1);
	}
}

static void agent_id_is_the_surviving_process_s(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},  {.pid = 20, .parent = 10, .ticks = 2},
		{.pid = 21, .parent = 10, .ticks = 3}, {.pid = 11, .parent = 1, .ticks = 1},
		{.pid = 22, .parent = 11, .ticks = 4},
	};
	ADD(fake, rows);
	struct party *session = read_party(fake, 10);
	struct party *one = read_party(fake, 20), *two = read_party(fake, 21);
	struct party *apart = read_party(fake, 22);
	assert_int_equal(strlen(one->agent_id), strlen("agent-1f3c"));
	assert_int_equal(strspn(one->agent_id + 6, "0123456789abcdef"), 4);
	assert_memory_equal(one->agent_id, "agent-", 6);
	assert_string_equal(one->agent_id, two->agent_id);
	assert_string_equal(one->agent_id, session->agent_id);
	assert_string_not_equal(one->agent_id, apart->agent_id);
	party_unref(session);
	party_unref(one);
	party_unref(two);
	party_unref(apart);
}

static void nearest_living_is_found(void **state)
{
	struct fake *fake = *state;
	const struct fake_process rows[] = {
		{.pid = 10, .parent = 1, .ticks = 1},
		{.pid = 20, .parent = 10, .ticks = 2},
		{.pid = 30, .parent = 20, .ticks = 3},
	};
	ADD(fake, rows);
	struct party *party = read_party(fake, 30);
	struct identity *identity = &fake->identity;
	assert_int_equal(identity_nearest_living(identity, party, 0), 0);
	char path[256];
	snprintf(path, sizeof(path), "%s/30/stat", fake->path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(identity_nearest_living(identity, party, 0), 1);
	assert_false(identity_is_alive(identity, party->chain[0]));
	assert_true(identity_is_alive(identity, party->chain[1]));
	struct process recycled = {20, party->chain[1].start_ns + TICK};
	assert_false(identity_is_alive(identity, recycled));
	assert_false(identity_is_alive(identity, (struct process){0}));
	assert_int_equal(identity_nearest_living(identity, party, 2), 2);
	snprintf(path, sizeof(path), "%s/10/stat", fake->path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(identity_nearest_living(identity, party, 2), 3);
	assert_int_equal(identity_nearest_living(identity, party, 3), 3);
	party_unref(party);
}

/* What cannot be told is no death: a wrong "dead" would let a second party in. */
static void unreadable_stat_counts_as_alive(void **state)
{
	struct fake *fake = *state;
	char path[256];
	snprintf(path, sizeof(path), "%s/20", fake->path);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/20/stat", fake->path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(identity_is_alive(&fake->identity, (struct process){20, TICK}));
}

/* With main's thread: 0 when a thread finds its process to be ours, with our parent. */
static void *ask_from_thread(void *context)
{
	struct identity *identity = context;
	struct party *party = NULL;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	if (identity_read(identity, tid, geteuid(), &party) < 0)
		return identity;
	bool is_ours = tid != getpid() && party->chain[0].pid == getpid();
	party_unref(party);
	return is_ours ? NULL : identity;
}

static void real_proc_knows_us(void **state)
{
	(void)state;
	struct identity identity;
	struct party *party = NULL;
	assert_int_equal(identity_init(&identity, "/nonexistent"), -ENOENT);
	assert_int_equal(identity_init(&identity, "/proc"), 0);
	assert_int_equal(identity_read(&identity, getpid(), geteuid(), &party), 0);
	assert_int_equal(party->chain[0].pid, getpid());
	assert_true(identity_is_alive(&identity, party->chain[0]));
	struct process other = party->chain[0];
	other.start_ns += identity.ns_per_tick;
	assert_false(identity_is_alive(&identity, other));
	party_unref(party);
	pthread_t thread;
	void *wrong = &identity;
	assert_int_equal(pthread_create(&thread, NULL, ask_from_thread, &identity), 0);
	assert_int_equal(pthread_join(thread, &wrong), 0);
	assert_null(wrong);
	identity_release(&identity);
}

#define IN_FAKE(test) cmocka_unit_test_setup_teardown(test, fake_begin, fake_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FAKE(chain_goes_up_to_pid_1),
		IN_FAKE(chain_stops_at_a_recycled_pid),
		IN_FAKE(chain_stops_at_what_is_gone),
		IN_FAKE(chain_has_a_bound),
		IN_FAKE(chain_stops_at_another_uid),
		IN_FAKE(undumpable_parent_is_known_by_its_status),
		IN_FAKE(thread_is_led_to_its_process),
		IN_FAKE(unseen_caller_has_an_empty_chain),
		IN_FAKE(vanished_caller_is_esrch),
		IN_FAKE(environment_makes_explicit),
		IN_FAKE(unreadable_environment_is_not_explicit),
		IN_FAKE(owner_is_the_login_name),
		IN_FAKE(a_user_without_a_name_is_not_asked_for_again),
		IN_FAKE(agent_id_is_the_surviving_process_s),
		IN_FAKE(nearest_living_is_found),
		IN_FAKE(unreadable_stat_counts_as_alive),
		cmocka_unit_test(real_proc_knows_us),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
