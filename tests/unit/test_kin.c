/*
 * Chains by what is held against chains that are read afresh, of real processes: which end, get
 * other parents, other uids, other environments.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/identity.h"

/* Children that do what a letter says: F fork another, and print its pid; U change uid; Q end. */
struct child {
	pid_t pid;
	int to, from;
};

static void obey(int in, int out)
{
	char order;
	while (read(in, &order, 1) == 1) {
		pid_t pid = 0;
		if (order == 'Q')
			_exit(0);
		if (order == 'U')
			pid = setuid(65534);
		if (order == 'F' && (pid = fork()) == 0) {
			for (;;)
				pause();
		}
		if (write(out, &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
	}
	_exit(0);
}

static struct child start(void)
{
	int to[2], from[2];
	struct child child;
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		close(to[1]);
		close(from[0]);
		obey(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	child.to = to[1];
	child.from = from[0];
	return child;
}

static pid_t order(const struct child *child, char letter)
{
	pid_t pid = -1;
	assert_int_equal(write(child->to, &letter, 1), 1);
	assert_int_equal(read(child->from, &pid, sizeof(pid)), sizeof(pid));
	return pid;
}

static void end(struct child *child)
{
	kill(child->pid, SIGKILL);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
	close(child->to);
	close(child->from);
}

static void begin(struct identity *held, struct identity *fresh)
{
	assert_int_equal(identity_init(held, "/proc"), 0);
	assert_int_equal(identity_init(fresh, "/proc"), 0);
	assert_true(held->kin.is_on);
	fresh->kin.is_on = false;
}

static void finish(struct identity *held, struct identity *fresh)
{
	identity_release(held);
	identity_release(fresh);
}

/* Both say the same of that process; returns how long the chain is. */
static unsigned compare(struct identity *held, struct identity *fresh, pid_t pid, uid_t uid)
{
	struct party *a, *b;
	assert_int_equal(identity_read(held, pid, uid, &a), 0);
	assert_int_equal(identity_read(fresh, pid, uid, &b), 0);
	assert_int_equal(a->chain_len, b->chain_len);
	for (unsigned i = 0; i < a->chain_len; i++)
		assert_true(process_is_equal(a->chain[i], b->chain[i]));
	assert_string_equal(a->owner, b->owner);
	assert_string_equal(a->agent_id, b->agent_id);
	unsigned len = a->chain_len;
	party_unref(a);
	party_unref(b);
	return len;
}

static unsigned count(const struct identity *identity)
{
	unsigned len = 0;
	for (size_t i = 0; i < KIN_MAX; i++)
		len += identity->kin.pids[i] != 0;
	return len;
}

static void a_chain_is_what_it_would_be_afresh(void **state)
{
	struct identity held, fresh;
	(void)state;
	begin(&held, &fresh);
	struct child child = start();
	pid_t grandchild = order(&child, 'F');
	unsigned mine = compare(&held, &fresh, getpid(), getuid());
	for (int i = 0; i < 3; i++)
		assert_int_equal(compare(&held, &fresh, grandchild, getuid()), mine + 2);
	assert_int_equal(count(&held), mine + 2);
	kill(grandchild, SIGKILL);
	end(&child);
	finish(&held, &fresh);
}

static void who_lost_its_parent_has_another(void **state)
{
	struct identity held, fresh;
	(void)state;
	begin(&held, &fresh);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	struct child child = start();
	pid_t grandchild = order(&child, 'F');
	unsigned before = compare(&held, &fresh, grandchild, getuid());
	end(&child);
	assert_int_equal(compare(&held, &fresh, grandchild, getuid()), before - 1);
	assert_int_equal(compare(&held, &fresh, grandchild, getuid()), before - 1);
	kill(grandchild, SIGKILL);
	assert_int_equal(waitpid(grandchild, NULL, 0), grandchild);
	finish(&held, &fresh);
}

static void who_ended_is_dead(void **state)
{
	struct identity held, fresh;
	struct party *party;
	(void)state;
	begin(&held, &fresh);
	struct child child = start();
	compare(&held, &fresh, child.pid, getuid());
	struct process process = identity_process(&held, child.pid);
	assert_int_equal(process.pid, child.pid);
	assert_true(identity_is_alive(&held, process));
	kill(child.pid, SIGKILL);
	/* A zombie yet: nobody has waited for it. */
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
	assert_false(identity_is_alive(&held, process));
	assert_int_equal(identity_process(&held, child.pid).pid, 0);
	assert_int_equal(identity_read(&held, child.pid, getuid(), &party), -ESRCH);
	end(&child);
	assert_false(identity_is_alive(&held, process));
	finish(&held, &fresh);
}

static void another_uid_ends_the_chain(void **state)
{
	struct identity held, fresh;
	(void)state;
	if (geteuid() != 0)
		skip();
	begin(&held, &fresh);
	struct child child = start();
	pid_t grandchild = order(&child, 'F');
	unsigned before = compare(&held, &fresh, grandchild, 0);
	assert_true(before > 2);
	assert_int_equal(order(&child, 'U'), 0);
	assert_int_equal(compare(&held, &fresh, grandchild, 0), 1);
	kill(grandchild, SIGKILL);
	end(&child);
	finish(&held, &fresh);
}

static void many_callers_push_out_the_oldest(void **state)
{
	struct identity held, fresh;
	struct child children[KIN_MAX + 10];
	(void)state;
	begin(&held, &fresh);
	unsigned mine = compare(&held, &fresh, getpid(), getuid());
	for (size_t i = 0; i < KIN_MAX + 10; i++) {
		children[i] = start();
		assert_int_equal(compare(&held, &fresh, children[i].pid, getuid()), mine + 1);
	}
	assert_int_equal(count(&held), KIN_MAX);
	assert_null(kin_find(&held.kin, children[0].pid));
	assert_non_null(kin_find(&held.kin, getpid()));
	for (size_t i = 0; i < KIN_MAX + 10; i++)
		end(&children[i]);
	finish(&held, &fresh);
}

static void *ask_as_thread(void *context)
{
	struct identity *identities = context;
	assert_int_not_equal(gettid(), getpid());
	compare(&identities[0], &identities[1], gettid(), getuid());
	return NULL;
}

static void a_thread_is_its_process(void **state)
{
	struct identity identities[2];
	pthread_t thread;
	(void)state;
	begin(&identities[0], &identities[1]);
	assert_int_equal(pthread_create(&thread, NULL, ask_as_thread, identities), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	finish(&identities[0], &identities[1]);
}

static void a_fixture_is_not_held(void **state)
{
	struct identity identity;
	(void)state;
	assert_int_equal(identity_init(&identity, FIXTURES), 0);
	assert_false(identity.kin.is_on);
	identity_release(&identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_what_it_would_be_afresh),
		cmocka_unit_test(who_lost_its_parent_has_another),
		cmocka_unit_test(who_ended_is_dead),
		cmocka_unit_test(another_uid_ends_the_chain),
		cmocka_unit_test(many_callers_push_out_the_oldest),
		cmocka_unit_test(a_thread_is_its_process),
		cmocka_unit_test(a_fixture_is_not_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
