/*
 * Batches of changes to the lock refs of a real repository: written, rewritten, deleted, and what
 * becomes of the others when one cannot be.
 */
#include "git_kit.h"

#include "host/gitwrite.h"
#include "host/refs.h"

static struct repository repository;
static struct refs *refs;
static struct refs_result result;

static enum refs_event next(void)
{
	enum refs_event event;

	while ((event = refs_collect(refs, kit_now(), &result)) == REFS_NOTHING ||
	       event == REFS_CHANGED)
		kit_wait(refs_fd(refs), refs_deadline(refs));
	return event;
}

static void begin(const char *name, const char *options)
{
	kit_init(&repository, name, options);
	refs = refs_new(&repository);
	assert_non_null(refs);
}

static void end(void)
{
	assert_false(refs_is_busy(refs));
	refs_free(refs);
	repository_release(&repository);
}

static void scan(void)
{
	assert_int_equal(refs_scan(refs, kit_now()), 0);
	assert_int_equal(next(), REFS_SCANNED);
}

static const struct lockref_seen *find(const char *resource)
{
	char hash[LOCKREF_HASH_LEN + 1];

	kit_hash(resource, hash);
	for (size_t i = 0; i < result.len; i++)
		if (strcmp(result.seen[i].hash, hash) == 0)
			return &result.seen[i];
	return NULL;
}

static struct ref_change change(const char *resource, unsigned nonce, const char *parent)
{
	struct ref_change made = {.lock = kit_lock(resource, nonce)};

	kit_hash(resource, made.hash);
	snprintf(made.parent, sizeof made.parent, "%s", parent);
	return made;
}

static struct ref_change delete (const char *resource, const char *parent)
{
	struct ref_change made = change(resource, 0, parent);

	made.is_delete = true;
	return made;
}

static enum refs_event write_all(const struct ref_change *changes, size_t len)
{
	assert_int_equal(refs_write(refs, changes, len, KIT_WALL_NS, kit_now()), 0);
	assert_true(refs_is_busy(refs));
	return next();
}

/* Writes one and gives its version. */
static void write_one(const struct ref_change *one, char version[LOCKREF_VERSION_MAX + 1])
{
	if (write_all(one, 1) != REFS_WRITTEN)
		fail_msg("%s", result.why);
	assert_int_equal(result.len, 1);
	memcpy(version, result.changes[0].version, LOCKREF_VERSION_MAX + 1);
}

static void is_lock(const char *resource, const char *version, unsigned nonce)
{
	struct lockref lock = kit_lock(resource, nonce);
	const struct lockref_seen *seen = find(resource);

	assert_non_null(seen);
	assert_true(seen->is_sound);
	assert_string_equal(seen->version, version);
	assert_string_equal(seen->lock.lock_id, lock.lock_id);
	assert_string_equal(seen->lock.owner, lock.owner);
	assert_string_equal(seen->lock.host, lock.host);
	assert_int_equal(seen->lock.expires_unix_ms, lock.expires_unix_ms);
}

static void a_lock_is_written_rewritten_and_deleted(void **state)
{
	static const char *const options[] = {"", "--object-format=sha256"};

	for (size_t i = 0; i < 2; i++) {
		char first[LOCKREF_VERSION_MAX + 1], second[LOCKREF_VERSION_MAX + 1], line[512];
		const char *name = i ? "life256" : "life";
		struct ref_change made = change("path:a b/c", 1, "");

		(void)state;
		begin(name, options[i]);
		write_one(&made, first);
		assert_int_equal(strlen(first), i ? 64 : 40);
		scan();
		is_lock("path:a%20b%2Fc", first, 1);
		made = change("path:a b/c", 2, first);
		write_one(&made, second);
		scan();
		is_lock("path:a%20b%2Fc", second, 2);
		kit_line(line, "git -C %s log -1 --format='%%P|%%an|%%ae|%%cn|%%at|%%s' %s", name,
			 second);
		assert_non_null(strstr(line, first));
		assert_non_null(strstr(line, "|ann|lokt@here|ann|1750000000|lock path:a b/c"));
		made = delete ("path:a b/c", second);
		write_one(&made, first);
		assert_string_equal(first, "");
		scan();
		assert_int_equal(result.len, 0);
		kit_run("git -C %s fsck --strict >fsck 2>&1", name);
		end();
	}
}

/* What is written is what a reader without knowledge of it finds. */
static void another_reader_sees_the_same(void **state)
{
	char version[LOCKREF_VERSION_MAX + 1];
	struct ref_change made = change("issue:1", 1, "");

	(void)state;
	begin("other", "");
	write_one(&made, version);
	refs_free(refs);
	refs = refs_new(&repository);
	scan();
	is_lock("issue:1", version, 1);
	end();
}

static void other_files_of_the_parent_are_dropped(void **state)
{
	char parent[512], version[LOCKREF_VERSION_MAX + 1], line[512];
	struct ref_change made;

	(void)state;
	begin("files", "");
	kit_ref("files", "issue:1", 1, parent);
	kit_line(parent,
		 "cd files && GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
		 "GIT_COMMITTER_EMAIL=x git commit-tree -m x $( (git ls-tree %s; printf '100644 "
		 "blob %%s\\tmore\\n' $(git hash-object -w --stdin </dev/null)) | git mktree)",
		 parent);
	made = change("issue:1", 1, "");
	kit_run("git -C files update-ref " LOCKREF_PREFIX "%s %s", made.hash, parent);
	snprintf(made.parent, sizeof made.parent, "%.64s", parent);
	write_one(&made, version);
	kit_line(line, "git -C files ls-tree --name-only %s | xargs", version);
	assert_string_equal(line, "lock.json");
	end();
}

static void a_batch_of_a_thousand_is_written_and_deleted(void **state)
{
	struct ref_change *changes = calloc(1000, sizeof *changes);
	char name[32];

	(void)state;
	begin("batch", "");
	assert_non_null(changes);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "issue:%u", i);
		changes[i] = change(name, i, "");
	}
	assert_int_equal(write_all(changes, 1000), REFS_WRITTEN);
	assert_int_equal(result.len, 1000);
	memcpy(changes, result.changes, 1000 * sizeof *changes);
	scan();
	assert_int_equal(result.len, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "issue:%u", i);
		is_lock(name, changes[i].version, i);
		memcpy(changes[i].parent, changes[i].version, sizeof changes[i].parent);
		changes[i].is_delete = i != 500;
	}
	kit_run("git -C batch pack-refs --all");
	assert_int_equal(write_all(changes, 1000), REFS_WRITTEN);
	scan();
	assert_int_equal(result.len, 1);
	free(changes);
	end();
}

static void what_was_changed_by_hand_is_not_overwritten(void **state)
{
	char a[LOCKREF_VERSION_MAX + 1], b[LOCKREF_VERSION_MAX + 1], hand[512], version[512];
	struct ref_change made[3];

	(void)state;
	begin("hand", "");
	made[0] = change("issue:a", 1, "");
	write_one(&made[0], a);
	made[0] = change("issue:b", 1, "");
	write_one(&made[0], b);
	kit_ref("hand", "issue:a", 8, hand);
	kit_ref("hand", "issue:d", 8, version);
	made[0] = change("issue:a", 2, a);
	made[1] = change("issue:b", 2, b);
	made[2] = change("issue:c", 2, "");
	assert_int_equal(write_all(made, 3), REFS_FAILED);
	assert_non_null(strstr(result.why, "git fast-import"));
	scan();
	assert_int_equal(result.len, 4);
	assert_string_equal(find("issue:a")->version, hand);
	assert_string_equal(find("issue:b")->lock.lock_id, kit_lock("issue:b", 2).lock_id);
	assert_string_equal(find("issue:c")->lock.lock_id, kit_lock("issue:c", 2).lock_id);
	made[0] = change("issue:d", 2, "");
	assert_int_equal(write_all(made, 1), REFS_FAILED);
	scan();
	assert_string_equal(find("issue:d")->version, version);
	end();
}

static void what_was_changed_by_hand_is_not_deleted(void **state)
{
	char version[20][LOCKREF_VERSION_MAX + 1], hand[512], name[32];
	struct ref_change made[21];

	(void)state;
	begin("undeleted", "");
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "issue:%u", i);
		made[0] = change(name, i, "");
		write_one(&made[0], version[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "issue:%u", i);
		made[i] = delete (name, version[i]);
	}
	made[20] = change("issue:new", 1, "");
	kit_ref("undeleted", "issue:7", 99, hand);
	kit_run("touch undeleted/" LOCKREF_PREFIX "%s.lock", made[19].hash);
	assert_int_equal(write_all(made, 21), REFS_FAILED);
	assert_non_null(strstr(result.why, "git update-ref"));
	scan();
	assert_int_equal(result.len, 3);
	assert_string_equal(find("issue:7")->version, hand);
	assert_non_null(find("issue:19"));
	assert_non_null(find("issue:new"));
	end();
}

static void a_change_by_hand_is_noticed(void **state)
{
	struct ref_change made = change("issue:1", 1, "");
	char version[512];

	(void)state;
	begin("noticed", "");
	if (!refs_is_watched(refs)) {
		end();
		skip();
	}
	assert_int_equal(write_all(&made, 1), REFS_WRITTEN);
	scan();
	while (refs_collect(refs, kit_now(), &result) != REFS_NOTHING)
		continue;
	kit_ref("noticed", "issue:1", 2, version);
	kit_wait(refs_fd(refs), kit_now() + KIT_WAIT_NS);
	assert_int_equal(refs_collect(refs, kit_now(), &result), REFS_CHANGED);
	scan();
	assert_string_equal(result.seen[0].version, version);
	end();
}

static void the_answer_has_the_order_of_the_changes(void **state)
{
	struct ref_change made[5], again[5];

	(void)state;
	begin("order", "");
	for (unsigned i = 0; i < 5; i++) {
		char name[] = {'i', 's', 's', 'u', 'e', ':', (char)('0' + i), '\0'};

		made[i] = change(name, i, "");
	}
	assert_int_equal(write_all(made, 5), REFS_WRITTEN);
	for (unsigned i = 0; i < 5; i++) {
		again[i] = made[i];
		again[i].is_delete = i % 2;
		again[i].lock.lock_id[0] = 'f';
		memcpy(again[i].parent, result.changes[i].version, sizeof again[i].parent);
	}
	assert_int_equal(write_all(again, 5), REFS_WRITTEN);
	assert_int_equal(result.len, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_string_equal(result.changes[i].hash, made[i].hash);
		assert_int_equal(result.changes[i].version[0] == '\0', i % 2);
	}
	scan();
	assert_int_equal(result.len, 3);
	end();
}

static void a_ref_that_is_no_commit_can_be_deleted(void **state)
{
	struct ref_change made = delete ("issue:1", "");

	(void)state;
	begin("blob", "");
	kit_run("git -C blob update-ref " LOCKREF_PREFIX "%s $(git -C blob hash-object -w --stdin "
		"</dev/null)",
		made.hash);
	scan();
	assert_int_equal(result.len, 1);
	assert_false(result.seen[0].is_sound);
	assert_int_equal(write_all(&made, 1), REFS_WRITTEN);
	scan();
	assert_int_equal(result.len, 0);
	assert_int_equal(write_all(&made, 1), REFS_WRITTEN);
	end();
}

static void no_crash_report_is_left_behind(void **state)
{
	struct ref_change made = change("issue:1", 1, "0123456789012345678901234567890123456789");

	(void)state;
	begin("crash", "");
	assert_int_equal(write_all(&made, 1), REFS_FAILED);
	assert_non_null(strstr(result.why, "Not a valid commit"));
	assert_int_not_equal(kit_try("ls crash/fast_import_crash_* 2>/dev/null"), 0);
	end();
}

static void one_operation_at_a_time(void **state)
{
	struct ref_change made = change("issue:1", 1, "");

	(void)state;
	begin("busy", "");
	assert_int_equal(refs_write(refs, &made, 0, KIT_WALL_NS, kit_now()), -EINVAL);
	assert_int_equal(refs_scan(refs, kit_now()), 0);
	assert_int_equal(refs_scan(refs, kit_now()), -EBUSY);
	assert_int_equal(refs_write(refs, &made, 1, KIT_WALL_NS, kit_now()), -EBUSY);
	assert_int_equal(next(), REFS_SCANNED);
	assert_int_equal(refs_write(refs, &made, 1, KIT_WALL_NS, kit_now()), 0);
	assert_int_equal(refs_scan(refs, kit_now()), -EBUSY);
	assert_int_equal(next(), REFS_WRITTEN);
	end();
}

static void a_git_that_hangs_is_ended_in_time(void **state)
{
	enum refs_event event;

	(void)state;
	begin("late", "");
	kit_run("mkfifo late/packed-refs");
	assert_int_equal(refs_scan(refs, kit_now()), 0);
	while ((event = refs_collect(refs, refs_deadline(refs), &result)) == REFS_NOTHING ||
	       event == REFS_CHANGED)
		kit_wait(refs_fd(refs), kit_now() + KIT_WAIT_NS);
	assert_int_equal(event, REFS_FAILED);
	assert_non_null(strstr(result.why, "took too long"));
	kit_run("rm late/packed-refs");
	scan();
	end();
}

static void versions_are_taken_in_order(void **state)
{
	static const char one[] = "0123456789012345678901234567890123456789\n";
	static const struct {
		const char *text;
		bool is_complete;
		unsigned len; /* versions filled */
	} rows[] = {
		{"", false, 0},
		{"0123456789012345678901234567890123456789\n"
		 "0123456789012345678901234567890123456789\n",
		 true, 2},
		{"0123456789012345678901234567890123456789\nnonsense\n", false, 1},
		{"0123456789012345678901234567890123456789\n0123", false, 1},
		{"0123456789012345678901234567890123456789\n"
		 "0123456789012345678901234567890123456789\nmore\n",
		 false, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ref_change made[2] = {0};
		unsigned len = 0;

		assert_int_equal(
			gitwrite_take_versions(rows[i].text, strlen(rows[i].text), made, 2),
			rows[i].is_complete);
		for (int at = 0; at < 2; at++)
			len += strlen(made[at].version) == strlen(one) - 1;
		assert_int_equal(len, rows[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_written_rewritten_and_deleted),
		cmocka_unit_test(another_reader_sees_the_same),
		cmocka_unit_test(other_files_of_the_parent_are_dropped),
		cmocka_unit_test(a_batch_of_a_thousand_is_written_and_deleted),
		cmocka_unit_test(what_was_changed_by_hand_is_not_overwritten),
		cmocka_unit_test(what_was_changed_by_hand_is_not_deleted),
		cmocka_unit_test(a_change_by_hand_is_noticed),
		cmocka_unit_test(the_answer_has_the_order_of_the_changes),
		cmocka_unit_test(a_ref_that_is_no_commit_can_be_deleted),
		cmocka_unit_test(no_crash_report_is_left_behind),
		cmocka_unit_test(one_operation_at_a_time),
		cmocka_unit_test(a_git_that_hangs_is_ended_in_time),
		cmocka_unit_test(versions_are_taken_in_order),
	};

	return cmocka_run_group_tests(tests, kit_begin, kit_end);
}
