/*
 * What is so before a request of the kernel's is served: ends that it could see, and a change by an
 * entry that it could tell of.
 */
#include "commit_stage.h"

#include "fuse/catchup.h"
#include "fuse/nodes.h"

#define LEASES 6
#define REQUEST_BYTES 512

static struct cached told;

/* A request as the kernel hands it over; `before` bytes of its body come before the name. */
static const struct fuse_in_header *request(uint32_t opcode, uint64_t nodeid, size_t before,
					    const char *name)
{
	static union {
		struct fuse_in_header header;
		char bytes[REQUEST_BYTES];
	} request;
	size_t len = sizeof(request.header) + before;
	memset(&request, 0, sizeof(request));
	if (name) {
		strcpy(request.bytes + len, name);
		len += strlen(name) + 1;
	}
	request.header =
		(struct fuse_in_header){.opcode = opcode, .nodeid = nodeid, .len = (uint32_t)len};
	return &request.header;
}

/* Leases that have expired, one of them carried out. The mount is behind with the rest. */
static struct mount be_behind(struct stage *s)
{
	expire_many(s, LEASES);
	s->serve.slice = 1;
	assert_int_equal(settle(&s->serve), 0);
	assert_true(s->serve.is_behind);
	return (struct mount){.serve = &s->serve};
}

static size_t left(const struct stage *s)
{
	return engine_count(s->serve.engine, false);
}

/* Some lease that has expired and is still there. */
static const struct lease *some(const struct stage *s)
{
	const struct lease *lease = engine_next(s->serve.engine, false, NULL);
	assert_non_null(lease);
	return lease;
}

static void a_name_that_is_asked_for_has_ended(void **state)
{
	static const struct {
		uint32_t opcode;
		size_t before;
	} rows[] = {
		{FUSE_LOOKUP, 0},
		{FUSE_CREATE, sizeof(struct fuse_create_in)},
		{FUSE_UNLINK, 0},
	};
	struct stage *s = *state;
	struct mount mount = be_behind(s);
	size_t before = left(s);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char name[RESOURCE_NAME_MAX + 1];
		strcpy(name, some(s)->name);
		catchup_for(&mount, request(rows[i].opcode, INO_ROOT, rows[i].before, name));
		assert_null(engine_find(s->serve.engine, false, name));
		assert_int_equal(left(s), --before);
	}
}

static void a_node_that_is_asked_for_has_ended(void **state)
{
	static const uint32_t rows[] = {FUSE_GETATTR, FUSE_SETATTR, FUSE_OPEN};
	struct stage *s = *state;
	struct mount mount = be_behind(s);
	size_t before = left(s);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		uint64_t token = some(s)->token;
		catchup_for(&mount, request(rows[i], token, 0, NULL));
		assert_null(engine_find_token(s->serve.engine, token));
		assert_int_equal(left(s), --before);
	}
}

static void who_may_see_all_sees_none_that_has_ended(void **state)
{
	static const uint32_t rows[] = {FUSE_READDIR, FUSE_READ, FUSE_WRITE, FUSE_SETLKW};
	struct stage *s = *state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mount mount = be_behind(s);
		catchup_for(&mount, request(rows[i], INO_ROOT, 0, NULL));
		assert_int_equal(left(s), 0);
		assert_false(s->serve.is_behind);
	}
}

static void a_name_without_its_end_is_not_read(void **state)
{
	struct stage *s = *state;
	struct mount mount = be_behind(s);
	size_t before = left(s);
	struct fuse_in_header header = {.opcode = FUSE_LOOKUP, .nodeid = INO_ROOT};
	header.len = sizeof(header);
	catchup_for(&mount, &header);
	assert_int_equal(left(s), before);
}

/* What a request makes of a change by an entry that nothing has proven yet. */
static void a_change_is_proven_or_doubted_by_what_comes_next(void **state)
{
	enum { TOKEN = 40 };
	static const struct {
		uint32_t opcode;
		uint64_t nodeid;
		bool stays, is_doubted;
	} rows[] = {
		/* under the directory's lock, or about what was made */
		{FUSE_CREATE, INO_ROOT, false, false},
		{FUSE_UNLINK, INO_ROOT, false, false},
		{FUSE_SETATTR, TOKEN, false, false},
		{FUSE_FLUSH, TOKEN, false, false},
		/* tell nobody anything of it */
		{FUSE_LOOKUP, INO_ROOT, true, false},
		{FUSE_FLUSH, TOKEN + 1, true, false},
		{FUSE_RELEASE, TOKEN + 1, true, false},
		{FUSE_FORGET, TOKEN + 1, true, false},
		{FUSE_INTERRUPT, 0, true, false},
		/* may */
		{FUSE_LOOKUP, INO_RENEW, false, true},
		{FUSE_UNLINK, INO_FORCE_LOCKS, false, true},
		{FUSE_READDIR, INO_ROOT, false, true},
		{FUSE_WRITE, INO_REQUEST, false, true},
		{FUSE_READ, INO_STATUS, false, true},
		{FUSE_SETLK, TOKEN + 1, false, true},
		{FUSE_GETATTR, TOKEN + 1, false, true},
	};
	struct stage *s = *state;
	struct mount mount = {.serve = &s->serve};
	s->serve.cached = &told;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		told = (struct cached){
			.is_on = true, .fd = -1, .is_unproven = true, .unproven_token = TOKEN};
		catchup_entry(&mount, request(rows[i].opcode, rows[i].nodeid, 0, NULL));
		assert_int_equal(told.is_unproven, rows[i].stays);
		assert_int_equal(told.is_due, rows[i].is_doubted);
	}
	s->serve.cached = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_begin, stage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_that_is_asked_for_has_ended),
		TEST(a_node_that_is_asked_for_has_ended),
		TEST(who_may_see_all_sees_none_that_has_ended),
		TEST(a_name_without_its_end_is_not_read),
		TEST(a_change_is_proven_or_doubted_by_what_comes_next),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
