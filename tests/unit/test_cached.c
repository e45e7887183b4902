/*
 * What the kernel may remember and when it is told to forget: what is sent is read from a pipe that
 * stands for /dev/fuse.
 */
#include <fcntl.h>
#include <linux/fuse.h>

#include "commit_stage.h"

#define INC_EPOCH 8
#define HANDLE 7

struct told_stage {
	struct cached cached;
	int pipe[2];
};

static struct told_stage told;

static int begin(void **state)
{
	struct stage *s;
	int status = stage_begin(state);
	s = *state;
	assert_int_equal(pipe2(told.pipe, O_NONBLOCK | O_CLOEXEC), 0);
	assert_true(cached_begin(&told.cached, told.pipe[1]));
	s->serve.cached = &told.cached;
	return status;
}

static int end(void **state)
{
	close(told.pipe[0]);
	close(told.pipe[1]);
	return stage_end(state);
}

/* The next notification's code, and the inode it is about; 0: there is none. */
static int next_sent(uint64_t *ino)
{
	struct fuse_out_header header;
	struct fuse_notify_inval_inode_out inode;
	if (read(told.pipe[0], &header, sizeof(header)) != (ssize_t)sizeof(header))
		return 0;
	assert_int_equal(header.unique, 0);
	if (header.error == FUSE_NOTIFY_INVAL_INODE) {
		assert_int_equal(header.len, sizeof(header) + sizeof(inode));
		assert_int_equal(read(told.pipe[0], &inode, sizeof(inode)), sizeof(inode));
		assert_true(inode.off < 0);
		*ino = inode.ino;
	} else {
		assert_int_equal(header.len, sizeof(header));
	}
	return header.error;
}

static bool was_epoch_raised(struct stage *s)
{
	uint64_t ino;
	bool is_raised = false;
	int code;
	cached_flush(&s->serve);
	while ((code = next_sent(&ino)))
		is_raised |= code == INC_EPOCH;
	return is_raised;
}

static uint64_t hold(struct stage *s, uint64_t handle)
{
	struct event event = claim(s);
	uint64_t token = event.lease->token;
	event.lease->handle = handle;
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	return token;
}

static int64_t tell(struct stage *s, uint64_t token)
{
	return cached_span(&s->serve, engine_find_token(s->serve.engine, token));
}

static void set_deadline(struct stage *s, uint64_t token, int64_t in_ns)
{
	struct event event = {.kind = EVENT_RENEW, .at = s->serve.now};
	event.lease = lease_copy(engine_find_token(s->serve.engine, token));
	assert_non_null(event.lease);
	event.lease->ttl_ms = 1 + in_ns / NS_PER_MS;
	event.lease->deadline_ns = s->serve.now.mono_ns + in_ns;
	event.lease->expires_wall_ns = s->serve.now.wall_ns + in_ns;
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
}

/* A held name that the kernel was told of. */
static uint64_t hold_told(struct stage *s, char name[RESOURCE_NAME_MAX + 1])
{
	uint64_t token = hold(s, 0);
	strcpy(name, engine_find_token(s->serve.engine, token)->name);
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	return token;
}

static void let_go_as(struct stage *s, uint64_t token, const char *entry, bool is_success)
{
	cached_enter(&s->serve, entry, EVENT_ENDS);
	let_go(s, token);
	cached_leave(&s->serve, is_success);
}

static void nothing_is_sent_for_what_was_not_told(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	was_epoch_raised(s);
	let_go(s, token);
	assert_false(was_epoch_raised(s));
}

static void an_early_end_is_forgotten(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0), ino = 0;
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	let_go(s, token);
	/* The attributes at once, the names before an answer. */
	assert_int_equal(next_sent(&ino), FUSE_NOTIFY_INVAL_INODE);
	assert_int_equal(ino, token);
	assert_int_equal(next_sent(&ino), 0);
	cached_flush(&s->serve);
	assert_int_equal(next_sent(&ino), INC_EPOCH);
	/* Once. */
	assert_false(was_epoch_raised(s));
}

static void a_free_name_that_is_taken_is_forgotten(void **state)
{
	struct stage *s = *state;
	struct event event = claim(s);
	was_epoch_raised(s);
	assert_true(cached_span_free(&s->serve, event.lease->name) > 0);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	assert_true(was_epoch_raised(s));
}

static void an_open_files_lease_is_never_told(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, HANDLE);
	was_epoch_raised(s);
	assert_int_equal(tell(s, token), 0);
	let_go(s, token);
	hold(s, HANDLE + 1);
	assert_false(was_epoch_raised(s));
}

static void binding_forgets_what_was_told(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	struct event event = {.kind = EVENT_BIND, .at = s->serve.now};
	event.lease = lease_copy(engine_find_token(s->serve.engine, token));
	assert_non_null(event.lease);
	event.lease->handle = HANDLE;
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	assert_true(was_epoch_raised(s));
	assert_int_equal(tell(s, token), 0);
}

static void a_time_out_ends_before_the_lease(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	assert_true(tell(s, token) > INT64_C(3600) * NS_PER_SEC);
	set_deadline(s, token, 60 * NS_PER_SEC);
	assert_true(tell(s, token) <= 60 * NS_PER_SEC - 20 * NS_PER_MS);
	assert_true(tell(s, token) > 59 * NS_PER_SEC);
	set_deadline(s, token, 15 * NS_PER_MS);
	assert_int_equal(tell(s, token), 0);
}

/* The kernel counts from when the caller runs again, which may be late. */
static void an_expiry_is_forgotten_too(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	set_deadline(s, token, NS_PER_SEC);
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	s->serve.now.mono_ns += NS_PER_SEC;
	let_go(s, token);
	assert_true(was_epoch_raised(s));
}

static void a_processs_lease_is_never_told(void **state)
{
	struct stage *s = *state;
	struct event event = claim(s);
	event.lease->process = (struct process){getpid(), 1};
	assert_int_equal(cached_span(&s->serve, event.lease), 0);
	event_clear(&event);
}

/* The wall clock's expiries have moved, and what is open shows them. */
static void a_clock_jump_is_forgotten(void **state)
{
	struct stage *s = *state;
	struct event event = {.kind = EVENT_CLOCK, .at = s->serve.now, .delta_ns = NS_PER_SEC};
	assert_true(cached_take_all_due(&s->serve)); /* a worker's begin */
	was_epoch_raised(s);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	assert_true(cached_take_all_due(&s->serve));
	assert_false(cached_take_all_due(&s->serve));
	assert_true(was_epoch_raised(s));
}

static void a_shortened_time_is_forgotten(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	set_deadline(s, token, NS_PER_SEC);
	assert_true(was_epoch_raised(s));
}

static void what_the_kernel_does_itself_needs_no_word(void **state)
{
	struct stage *s = *state;
	struct event event = claim(s);
	char name[RESOURCE_NAME_MAX + 1];
	uint64_t token = event.lease->token;
	strcpy(name, event.lease->name);
	was_epoch_raised(s);
	assert_true(cached_span_free(&s->serve, name) > 0);
	cached_enter(&s->serve, name, EVENT_RECORDS);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	cached_leave(&s->serve, true);
	assert_true(tell(s, token) > 0);
	let_go_as(s, token, name, true);
	assert_false(was_epoch_raised(s));
}

static void what_the_kernel_is_told_has_failed_is_forgotten(void **state)
{
	struct stage *s = *state;
	char name[RESOURCE_NAME_MAX + 1];
	uint64_t token = hold_told(s, name);
	let_go_as(s, token, name, false);
	assert_true(was_epoch_raised(s));
}

/* The kernel carries it out after the answer: who hears of it before that must not see the old state. */
static void a_change_by_an_entry_is_doubted_until_proven(void **state)
{
	struct stage *s = *state;
	struct event event = claim(s);
	char name[RESOURCE_NAME_MAX + 1];
	uint64_t token = event.lease->token, made;
	strcpy(name, event.lease->name);
	was_epoch_raised(s);
	assert_false(cached_is_unproven(&s->serve, &made));
	cached_span_free(&s->serve, name);
	cached_enter(&s->serve, name, EVENT_RECORDS);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	cached_leave(&s->serve, true);
	assert_true(cached_is_unproven(&s->serve, &made));
	assert_int_equal(made, token);
	cached_prove(&s->serve);
	assert_false(cached_is_unproven(&s->serve, &made));
	assert_false(was_epoch_raised(s));
	tell(s, token);
	let_go_as(s, token, name, true);
	assert_true(cached_is_unproven(&s->serve, &made));
	assert_int_equal(made, 0);
	cached_doubt(&s->serve);
	assert_false(cached_is_unproven(&s->serve, &made));
	assert_true(was_epoch_raised(s));
	/* Of what was not told there is nothing to doubt. */
	event = claim(s);
	strcpy(name, event.lease->name);
	cached_enter(&s->serve, name, EVENT_RECORDS);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	cached_leave(&s->serve, true);
	assert_false(cached_is_unproven(&s->serve, &made));
}

/* Who is granted the name is told before the kernel has carried out the rm. */
static void a_grant_by_an_unlink_is_forgotten(void **state)
{
	struct stage *s = *state;
	char name[RESOURCE_NAME_MAX + 1];
	uint64_t token = hold_told(s, name);
	cached_enter(&s->serve, name, EVENT_ENDS);
	let_go(s, token);
	struct event grant = claim(s);
	grant.kind = EVENT_GRANT;
	grant.lease->handle = HANDLE;
	lease_rename(grant.lease, name);
	assert_int_equal(commit_event(&s->serve, &grant, NULL), 0);
	cached_leave(&s->serve, true);
	assert_true(was_epoch_raised(s));
}

/* A claim is refused because of who waits, and in its turn the waiter is granted the name. */
static void a_grant_by_a_create_is_forgotten(void **state)
{
	struct stage *s = *state;
	struct event grant = claim(s);
	grant.kind = EVENT_GRANT;
	grant.lease->handle = HANDLE;
	was_epoch_raised(s);
	assert_true(cached_span_free(&s->serve, grant.lease->name) > 0);
	char name[RESOURCE_NAME_MAX + 1];
	strcpy(name, grant.lease->name);
	cached_enter(&s->serve, name, EVENT_RECORDS);
	assert_int_equal(commit_event(&s->serve, &grant, NULL), 0);
	assert_false(told.cached.is_entry_changed);
	cached_leave(&s->serve, true);
	assert_true(was_epoch_raised(s));
}

static void another_name_than_the_entrys_is_forgotten(void **state)
{
	struct stage *s = *state;
	char name[RESOURCE_NAME_MAX + 1];
	uint64_t token = hold_told(s, name);
	let_go_as(s, token, "another", true);
	assert_true(was_epoch_raised(s));
}

/* However late it came and was taken: what it said ends with the lease, by name and attributes. */
static void a_late_answer_is_forgotten(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0), ino = 0;
	set_deadline(s, token, 3600 * NS_PER_SEC);
	was_epoch_raised(s);
	assert_true(tell(s, token) > 0);
	s->serve.now.mono_ns += 2 * 3600 * NS_PER_SEC;
	let_go(s, token);
	assert_int_equal(next_sent(&ino), FUSE_NOTIFY_INVAL_INODE);
	assert_int_equal(ino, token);
	cached_flush(&s->serve);
	assert_int_equal(next_sent(&ino), INC_EPOCH);
}

static void without_an_epoch_nothing_is_told(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold(s, 0);
	/* What cannot be written to, as a kernel that answers EINVAL. */
	assert_false(cached_begin(&told.cached, told.pipe[0]));
	assert_int_equal(tell(s, token), 0);
	assert_int_equal(cached_span_free(&s->serve, "x"), 0);
	assert_int_equal(cached_span_fixed(&s->serve), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_sent_for_what_was_not_told),
		TEST(an_early_end_is_forgotten),
		TEST(a_free_name_that_is_taken_is_forgotten),
		TEST(an_open_files_lease_is_never_told),
		TEST(binding_forgets_what_was_told),
		TEST(a_time_out_ends_before_the_lease),
		TEST(an_expiry_is_forgotten_too),
		TEST(a_processs_lease_is_never_told),
		TEST(a_clock_jump_is_forgotten),
		TEST(a_shortened_time_is_forgotten),
		TEST(what_the_kernel_does_itself_needs_no_word),
		TEST(what_the_kernel_is_told_has_failed_is_forgotten),
		TEST(a_change_by_an_entry_is_doubted_until_proven),
		TEST(a_grant_by_an_unlink_is_forgotten),
		TEST(a_grant_by_a_create_is_forgotten),
		TEST(another_name_than_the_entrys_is_forgotten),
		TEST(a_late_answer_is_forgotten),
		TEST(without_an_epoch_nothing_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
