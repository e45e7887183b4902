/*
 * The remote engine between clones of one bare repository: who is first wins, the others are told
 * so, and a remote that is gone, hangs, refuses or talks nonsense is answered in time.
 */
#include "git_kit.h"

#include <sys/wait.h>

#include "host/refs.h"
#include "host/remote.h"

#define S INT64_C(1000000000)

/* One clone, as a daemon has it. */
struct site {
	const char *name;
	struct repository repository;
	struct refs *refs;
	struct remote *remote;
	struct remote_result result;
	int64_t late_ns; /* added to the time that is told */
};

static void site_open(struct site *site, const char *name, const char *server)
{
	*site = (struct site){.name = name};
	kit_init(&site->repository, name, "");
	kit_run("git -C %s remote add origin %s", name, server);
	site->refs = refs_new(&site->repository);
	site->remote = remote_new(&site->repository, "origin");
	assert_non_null(site->refs);
	assert_non_null(site->remote);
	assert_string_equal(remote_name(site->remote), "origin");
}

static void site_close(struct site *site)
{
	assert_false(remote_is_busy(site->remote));
	remote_free(site->remote);
	refs_free(site->refs);
	repository_release(&site->repository);
}

static void server_init(const char *name)
{
	kit_run("git -c init.defaultBranch=main init -q --bare %s", name);
}

static enum remote_event next(struct site *site)
{
	enum remote_event event;

	while ((event = remote_collect(site->remote, kit_now() + site->late_ns, &site->result)) ==
	       REMOTE_NOTHING)
		kit_wait(remote_fd(site->remote), remote_deadline(site->remote));
	return event;
}

/* Makes a commit in the clone that the change may push. */
static void make(struct site *site, struct remote_change *change)
{
	struct ref_change made = {0};
	struct refs_result result;
	enum refs_event event;

	made.lock = change->lock;
	memcpy(made.hash, change->hash, sizeof made.hash);
	assert_int_equal(refs_write(site->refs, &made, 1, KIT_WALL_NS, kit_now()), 0);
	while ((event = refs_collect(site->refs, kit_now(), &result)) == REFS_NOTHING ||
	       event == REFS_CHANGED)
		kit_wait(refs_fd(site->refs), refs_deadline(site->refs));
	if (event != REFS_WRITTEN)
		fail_msg("%s", result.why);
	memcpy(change->wanted, result.changes[0].version, sizeof change->wanted);
	kit_run("git -C %s update-ref refs/keep/%s %s && git -C %s update-ref -d " LOCKREF_PREFIX
		"%s",
		site->name, change->wanted, change->wanted, site->name, change->hash);
}

static struct remote_change change(struct site *site, const char *resource, unsigned nonce,
				   const char *expected)
{
	struct remote_change made = {.lock = kit_lock(resource, nonce)};

	kit_hash(resource, made.hash);
	snprintf(made.expected, sizeof made.expected, "%s", expected);
	make(site, &made);
	return made;
}

static struct remote_change delete (const char *resource, const char *expected)
{
	struct remote_change made = {0};

	kit_hash(resource, made.hash);
	snprintf(made.expected, sizeof made.expected, "%s", expected);
	return made;
}

static const struct remote_change *push(struct site *site, const struct remote_change *changes,
					size_t len)
{
	assert_int_equal(remote_commit(site->remote, changes, len, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(next(site), REMOTE_COMMITTED);
	assert_int_equal(site->result.len, len);
	return site->result.changes;
}

static enum remote_fate push_one(struct site *site, struct remote_change one)
{
	return push(site, &one, 1)->fate;
}

static void list(struct site *site)
{
	assert_int_equal(remote_list(site->remote, kit_now() + KIT_WAIT_NS), 0);
	if (next(site) != REMOTE_LISTED)
		fail_msg("%s", site->result.why);
}

static const struct lockref_seen *find(const struct site *site, const char *resource)
{
	char hash[LOCKREF_HASH_LEN + 1];

	kit_hash(resource, hash);
	for (size_t i = 0; i < site->result.len; i++)
		if (strcmp(site->result.seen[i].hash, hash) == 0)
			return &site->result.seen[i];
	return NULL;
}

/* The clone's tracking refs tell whether something was fetched. */
static bool is_tracked(const struct site *site, const char *resource)
{
	char hash[LOCKREF_HASH_LEN + 1];

	kit_hash(resource, hash);
	return kit_try("git -C %s show-ref -q refs/grite/remotes/origin/locks/%s", site->name,
		       hash) == 0;
}

static void a_lock_goes_through_its_life(void **state)
{
	struct remote_change one, two;
	struct site a, b;

	(void)state;
	server_init("life");
	site_open(&a, "life-a", "../life");
	site_open(&b, "life-b", "../life");
	list(&a);
	assert_int_equal(a.result.len, 0);
	one = change(&a, "issue:1", 1, "");
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	list(&a);
	assert_int_equal(a.result.len, 1);
	assert_false(is_tracked(&a, "issue:1"));
	list(&b);
	assert_true(is_tracked(&b, "issue:1"));
	assert_true(b.result.seen[0].is_sound);
	assert_string_equal(b.result.seen[0].version, one.wanted);
	assert_string_equal(b.result.seen[0].lock.lock_id, one.lock.lock_id);
	assert_string_equal(b.result.seen[0].lock.owner, "ann");

	two = change(&b, "issue:1", 2, "");
	assert_int_equal(push_one(&b, two), REMOTE_LOST);
	memcpy(two.expected, two.wanted, sizeof two.expected);
	assert_int_equal(push_one(&b, two), REMOTE_LOST);
	assert_int_equal(push_one(&b, delete ("issue:1", two.wanted)), REMOTE_LOST);
	assert_int_equal(push_one(&b, delete ("issue:1", "")), REMOTE_LOST);
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	two = change(&a, "issue:1", 3, one.wanted);
	assert_int_equal(push_one(&a, two), REMOTE_DONE);
	list(&b);
	assert_string_equal(b.result.seen[0].lock.lock_id, two.lock.lock_id);
	assert_int_equal(push_one(&a, delete ("issue:1", two.wanted)), REMOTE_DONE);
	assert_int_equal(push_one(&a, delete ("issue:1", two.wanted)), REMOTE_LOST);
	list(&a);
	assert_int_equal(a.result.len, 0);
	list(&b);
	assert_int_equal(b.result.len, 0);
	site_close(&a);
	site_close(&b);
}

/* A child process that pushes at once with us; its exit status is the fate. */
static pid_t race(struct site *site, const struct remote_change *one)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	struct remote *remote = remote_new(&site->repository, "origin");
	struct remote_result result;

	if (!remote || remote_commit(remote, one, 1, kit_now() + KIT_WAIT_NS) < 0)
		_exit(100);
	while (remote_collect(remote, kit_now(), &result) == REMOTE_NOTHING)
		kit_wait(remote_fd(remote), remote_deadline(remote));
	_exit((int)result.changes[0].fate);
}

static void of_two_at_once_exactly_one_wins(void **state)
{
	struct site sites[2];
	char name[32];

	(void)state;
	server_init("race");
	site_open(&sites[0], "race-a", "../race");
	site_open(&sites[1], "race-b", "../race");
	for (unsigned round = 0; round < 20; round++) {
		struct remote_change made[2];
		int fates[2];
		pid_t pids[2];

		snprintf(name, sizeof name, "issue:%u", round / 2);
		for (unsigned i = 0; i < 2; i++) {
			list(&sites[i]);
			made[i] =
				change(&sites[i], name, 100 * round + i,
				       find(&sites[i], name) ? find(&sites[i], name)->version : "");
		}
		for (int i = 0; i < 2; i++)
			pids[i] = race(&sites[i], &made[i]);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(waitpid(pids[i], &fates[i], 0), pids[i]);
			assert_true(WIFEXITED(fates[i]));
			fates[i] = WEXITSTATUS(fates[i]);
		}
		if (fates[0] + fates[1] != REMOTE_DONE + REMOTE_LOST ||
		    (fates[0] != REMOTE_DONE && fates[1] != REMOTE_DONE))
			fail_msg("round %u: fates %d and %d", round, fates[0], fates[1]);
		list(&sites[0]);
		assert_string_equal(find(&sites[0], name)->version,
				    made[fates[0] != REMOTE_DONE].wanted);
	}
	site_close(&sites[0]);
	site_close(&sites[1]);
}

static void install_hook(const char *server, const char *hook, const char *script)
{
	kit_run("printf '#!/bin/sh\\n%s\\n' >%s/hooks/%s && chmod +x %s/hooks/%s", script, server,
		hook, server, hook);
}

static void a_hook_declines_one_of_three(void **state)
{
	const struct remote_change *answer;
	struct remote_change made[3];
	char script[128];
	struct site a;

	(void)state;
	server_init("hook");
	site_open(&a, "hook-a", "../hook");
	for (unsigned i = 0; i < 3; i++)
		made[i] = change(&a, i == 0 ? "issue:0" : i == 1 ? "issue:1" : "issue:2", i, "");
	snprintf(script, sizeof script, "case $1 in *%s) exit 1;; esac", made[1].hash);
	install_hook("hook", "update", script);
	answer = push(&a, made, 3);
	assert_int_equal(answer[0].fate, REMOTE_DONE);
	assert_int_equal(answer[1].fate, REMOTE_REFUSED);
	assert_string_equal(answer[1].why, "hook declined");
	assert_int_equal(answer[2].fate, REMOTE_DONE);
	list(&a);
	assert_int_equal(a.result.len, 2);
	install_hook("hook", "pre-receive", "exit 1");
	answer = push(&a, &made[1], 1);
	assert_int_equal(answer[0].fate, REMOTE_REFUSED);
	assert_string_equal(answer[0].why, "pre-receive hook declined");
	site_close(&a);
}

static void five_hundred_go_in_one_operation(void **state)
{
	static struct remote_change made[500];
	struct remote_change first;
	char name[32], json[512];
	const struct remote_change *answer;
	struct site a;

	(void)state;
	server_init("many");
	site_open(&a, "many-a", "../many");
	first = change(&a, "issue:0", 0, "");
	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "issue:%u", i);
		made[i] = first;
		kit_hash(name, made[i].hash);
		made[i].lock = kit_lock(name, i);
	}
	answer = push(&a, made, 500);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(answer[i].fate, REMOTE_DONE);
	kit_line(json, "git -C many for-each-ref | wc -l");
	assert_string_equal(json, "500");
	list(&a);
	assert_int_equal(a.result.len, 500);
	for (unsigned i = 0; i < 500; i++) {
		memcpy(made[i].expected, made[i].wanted, sizeof made[i].expected);
		made[i].wanted[0] = '\0';
	}
	answer = push(&a, made, 500);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(answer[i].fate, REMOTE_DONE);
	list(&a);
	assert_int_equal(a.result.len, 0);
	site_close(&a);
}

static void junk_on_the_remote_is_listed_and_hides_nothing(void **state)
{
	char version[512], hash[LOCKREF_HASH_LEN + 1];
	struct site a;

	(void)state;
	server_init("rjunk");
	site_open(&a, "rjunk-a", "../rjunk");
	kit_ref("rjunk", "issue:good", 1, version);
	kit_hash("issue:blob", hash);
	kit_run("git -C rjunk update-ref " LOCKREF_PREFIX "%s $(git -C rjunk hash-object -w "
		"--stdin </dev/null)",
		hash);
	kit_hash("issue:missing", hash);
	kit_run("echo 0123456789012345678901234567890123456789 >rjunk/" LOCKREF_PREFIX "%s", hash);
	kit_run("git -C rjunk update-ref " LOCKREF_PREFIX "no-hash %s", version);
	kit_run("git -C rjunk update-ref refs/heads/" LOCKREF_PREFIX "1111111111111111 %s",
		version);
	list(&a);
	assert_true(find(&a, "issue:good")->is_sound);
	assert_false(find(&a, "issue:blob")->is_sound);
	assert_false(find(&a, "issue:missing")->is_sound);
	assert_int_equal(a.result.len, 3);
	site_close(&a);
}

static void a_fetch_that_cannot_set_its_refs_still_lists(void **state)
{
	char version[512], hash[LOCKREF_HASH_LEN + 1];
	struct site a;

	(void)state;
	server_init("locked");
	site_open(&a, "locked-a", "../locked");
	kit_ref("locked", "issue:1", 1, version);
	kit_hash("issue:1", hash);
	kit_run("mkdir -p locked-a/refs/grite/remotes/origin/locks && "
		"touch locked-a/refs/grite/remotes/origin/locks/%s.lock",
		hash);
	list(&a);
	assert_int_equal(a.result.len, 1);
	assert_true(a.result.seen[0].is_sound);
	site_close(&a);
}

/* Every operation on a remote that does not answer as it should. */
static void fails_both_ways(struct site *site, const char *why)
{
	struct remote_change one = change(site, "issue:1", 1, "");
	const struct remote_change *answer;

	assert_int_equal(remote_list(site->remote, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(next(site), REMOTE_FAILED);
	if (!strstr(site->result.why, why))
		fail_msg("list: \"%s\"", site->result.why);
	answer = push(site, &one, 1);
	assert_int_equal(answer->fate, REMOTE_UNKNOWN);
	if (!strstr(answer->why, why))
		fail_msg("commit: \"%s\"", answer->why);
}

static void a_remote_that_fails_says_why(void **state)
{
	static const struct {
		const char *url, *why;
	} rows[] = {
		{"../nowhere", "does not appear to be a git repository"},
		{"http://127.0.0.1:1/x", "http"},
		{"ext::echo nonsense", "protocol error"},
		{"ext::false", "git "},
		{"ext::head -c 10000 /dev/zero", "protocol error"},
		{"nosuch::x", "nosuch"},
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct site site;

		snprintf(name, sizeof name, "fails-%zu", i);
		site_open(&site, name, "placeholder");
		kit_run("git -C %s config protocol.ext.allow always", name);
		kit_run("git -C %s remote set-url origin '%s'", name, rows[i].url);
		fails_both_ways(&site, rows[i].why);
		site_close(&site);
	}
}

/* Nobody has the marker of our remote's program on its command line. */
static void is_nobody_left(const char *marker)
{
	int64_t deadline = kit_now() + 10 * S;

	while (kit_try("grep -lsz '%s' /proc/[0-9]*/cmdline | grep -v self >/dev/null", marker) ==
		       0 &&
	       kit_now() < deadline)
		kit_wait(-1, kit_now() + S / 100);
	assert_true(kit_now() < deadline);
}

static void a_remote_that_hangs_is_answered_at_the_deadline(void **state)
{
	struct remote_change one;
	const char *bell = "hang-98765.4";
	struct site a;
	int64_t begun;

	(void)state;
	site_open(&a, "hang-a", "ssh://nobody/x");
	kit_run("printf '#!/bin/sh\\nsleep 98765.4 & wait\\n' >%s && chmod +x %s", bell, bell);
	kit_run("git -C hang-a config core.sshCommand %s/%s", kit_dir, bell);
	one = change(&a, "issue:1", 1, "");
	begun = kit_now();
	assert_int_equal(remote_list(a.remote, begun + S / 2), 0);
	assert_int_equal(remote_list(a.remote, begun + S / 2), -EBUSY);
	assert_int_equal(next(&a), REMOTE_FAILED);
	assert_true(kit_now() - begun >= S / 2 && kit_now() - begun < 10 * S);
	assert_non_null(strstr(a.result.why, "took too long"));
	begun = kit_now();
	assert_int_equal(remote_commit(a.remote, &one, 1, begun + S / 2), 0);
	assert_int_equal(next(&a), REMOTE_COMMITTED);
	assert_int_equal(a.result.changes[0].fate, REMOTE_UNKNOWN);
	assert_non_null(strstr(a.result.changes[0].why, "took too long"));
	is_nobody_left("98765\\.4");
	site_close(&a);
}

/* The server has taken it, and the answer does not come. */
static void a_push_cut_off_is_unknown_and_may_be_repeated(void **state)
{
	struct remote_change one;
	struct site a;

	(void)state;
	server_init("cut");
	site_open(&a, "cut-a", "../cut");
	one = change(&a, "issue:1", 1, "");
	install_hook("cut", "post-receive",
		     "exec >/dev/null 2>&1; touch arrived; exec sleep 98764.3");
	assert_int_equal(remote_commit(a.remote, &one, 1, kit_now() + KIT_WAIT_NS), 0);
	while (kit_try("test -e cut/arrived") && kit_now() < remote_deadline(a.remote))
		kit_wait(-1, kit_now() + S / 100);
	a.late_ns = KIT_WAIT_NS;
	assert_int_equal(next(&a), REMOTE_COMMITTED);
	a.late_ns = 0;
	assert_int_equal(a.result.changes[0].fate, REMOTE_UNKNOWN);
	kit_run("test -e cut/arrived && rm cut/hooks/post-receive");
	is_nobody_left("98764\\.3");
	list(&a);
	assert_int_equal(a.result.len, 1);
	assert_false(is_tracked(&a, "issue:1"));
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	site_close(&a);
}

static void the_users_settings_for_pushes_do_not_matter(void **state)
{
	static const char *const settings[] = {
		"remote.origin.mirror true", "push.followTags true",
		"push.gpgSign if-asked",     "push.pushOption x",
		"push.default nothing",	     "remote.origin.tagOpt --tags",
		"fetch.pruneTags true",	     "fetch.prune false",
		"transfer.fsckObjects true", "push.useForceIfIncludes true"};
	struct remote_change one;
	struct site a, b;

	(void)state;
	server_init("set");
	site_open(&a, "set-a", "../set");
	site_open(&b, "set-b", "../set");
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		kit_run("git -C set-a config %s && git -C set-b config %s", settings[i],
			settings[i]);
	one = change(&a, "issue:1", 1, "");
	kit_run("git -C set-b -c user.name=x -c user.email=x tag mine $(git -C set-b hash-object "
		"-w --stdin </dev/null)");
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	list(&b);
	assert_int_equal(b.result.len, 1);
	kit_run("git -C set-b show-ref -q refs/tags/mine");
	assert_int_equal(push_one(&b, delete ("issue:1", one.wanted)), REMOTE_DONE);
	kit_ref("set", "issue:2", 2, (char[512]){0});
	list(&b);
	assert_true(is_tracked(&b, "issue:2"));
	assert_false(is_tracked(&b, "issue:1"));
	kit_run("test ! -e set-b/FETCH_HEAD");
	site_close(&a);
	site_close(&b);
}

static void a_shallow_clone_stays_as_it_is(void **state)
{
	char version[512], before[512], after[512];
	struct site a;

	(void)state;
	server_init("deep");
	kit_run("git -C deep update-ref refs/heads/main $(cd deep && export GIT_AUTHOR_NAME=x "
		"GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x && tree=$(git "
		"mktree </dev/null) && c=$(git commit-tree -m 1 $tree) && git commit-tree -m 2 -p "
		"$c $tree)");
	kit_ref("deep", "issue:1", 1, version);
	site_open(&a, "shallow-a", "file://$PWD/deep");
	kit_run("git -C shallow-a fetch -q --depth 1 origin main:main");
	kit_line(before, "cat shallow-a/shallow");
	assert_true(strlen(before) == 40);
	list(&a);
	assert_true(a.result.seen[0].is_sound);
	kit_line(after, "cat shallow-a/shallow | xargs");
	assert_string_equal(after, before);
	assert_int_equal(push_one(&a, change(&a, "issue:2", 2, "")), REMOTE_DONE);
	kit_line(after, "cat shallow-a/shallow | xargs");
	assert_string_equal(after, before);
	site_close(&a);
}

static void a_sha256_remote_works(void **state)
{
	struct remote_change one = {.lock = kit_lock("issue:1", 1)};
	struct site a = {.name = "long-a"};

	(void)state;
	kit_run("git init -q --bare --object-format=sha256 long");
	kit_init(&a.repository, "long-a", "--object-format=sha256");
	kit_run("git -C long-a remote add origin ../long");
	a.refs = refs_new(&a.repository);
	a.remote = remote_new(&a.repository, "origin");
	kit_hash("issue:1", one.hash);
	make(&a, &one);
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	list(&a);
	assert_int_equal(strlen(a.result.seen[0].version), 64);
	assert_int_equal(push_one(&a, delete ("issue:1", one.wanted)), REMOTE_DONE);
	site_close(&a);
}

static void odd_names_of_remotes_are_no_options(void **state)
{
	struct remote_change one;
	struct site a;

	(void)state;
	server_init("odd");
	site_open(&a, "odd-a", "../odd");
	remote_free(a.remote);
	kit_run("git -C odd-a config 'remote.a.b/c.url' ../odd");
	a.remote = remote_new(&a.repository, "a.b/c");
	one = change(&a, "issue:1", 1, "");
	assert_int_equal(push_one(&a, one), REMOTE_DONE);
	list(&a);
	remote_free(a.remote);
	a.remote = remote_new(&a.repository, "--upload-pack=touch pwned");
	assert_int_equal(remote_list(a.remote, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(next(&a), REMOTE_FAILED);
	assert_int_equal(push_one(&a, one), REMOTE_UNKNOWN);
	kit_run("test ! -e pwned && test ! -e odd-a/pwned");
	site_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_goes_through_its_life),
		cmocka_unit_test(of_two_at_once_exactly_one_wins),
		cmocka_unit_test(a_hook_declines_one_of_three),
		cmocka_unit_test(five_hundred_go_in_one_operation),
		cmocka_unit_test(junk_on_the_remote_is_listed_and_hides_nothing),
		cmocka_unit_test(a_fetch_that_cannot_set_its_refs_still_lists),
		cmocka_unit_test(a_remote_that_fails_says_why),
		cmocka_unit_test(a_remote_that_hangs_is_answered_at_the_deadline),
		cmocka_unit_test(a_push_cut_off_is_unknown_and_may_be_repeated),
		cmocka_unit_test(the_users_settings_for_pushes_do_not_matter),
		cmocka_unit_test(a_shallow_clone_stays_as_it_is),
		cmocka_unit_test(a_sha256_remote_works),
		cmocka_unit_test(odd_names_of_remotes_are_no_options),
	};

	return cmocka_run_group_tests(tests, kit_begin, kit_end);
}
