/*
 * Parsing what git prints, and readings of repositories in which people have left everything.
 */
#include "git_kit.h"

#include "host/gitread.h"

#define OID40 "0123456789012345678901234567890123456789"
#define OID64 OID40 "012345678901234567890123"
#define HASH "00112233445566aa"

static struct children children;
static unsigned processes; /* of the last reading */

static enum gitread_step finish(struct gitread *read, char why[REPOSITORY_WHY_MAX])
{
	enum gitread_step step = GITREAD_GOES_ON;

	processes = 0;
	while (step == GITREAD_GOES_ON) {
		struct child *child;

		kit_wait(children.epoll_fd, children_deadline(&children));
		child = children_collect(&children, kit_now());
		if (!child)
			continue;
		processes++;
		step = gitread_continue(read, child, why);
		child_free(child);
	}
	return step;
}

static void read_all(struct gitread *read)
{
	char why[REPOSITORY_WHY_MAX] = "";

	assert_int_equal(gitread_start(read, kit_now() + KIT_WAIT_NS), 0);
	if (finish(read, why) != GITREAD_DONE)
		fail_msg("%s", why);
}

static const struct lockref_seen *find(const struct gitread *read, const char *resource)
{
	char hash[LOCKREF_HASH_LEN + 1];

	kit_hash(resource, hash);
	for (size_t i = 0; i < read->len; i++)
		if (strcmp(read->seen[i].hash, hash) == 0)
			return &read->seen[i];
	return NULL;
}

static void is_unsound(const struct gitread *read, const char *resource, const char *why)
{
	const struct lockref_seen *seen = find(read, resource);

	assert_non_null(seen);
	assert_false(seen->is_sound);
	if (!strstr(seen->why, why))
		fail_msg("%s: \"%s\" is not \"%s\"", resource, seen->why, why);
}

static void is_sound(const struct gitread *read, const char *resource, const char *version)
{
	const struct lockref_seen *seen = find(read, resource);

	assert_non_null(seen);
	if (!seen->is_sound)
		fail_msg("%s: %s", resource, seen->why);
	assert_string_equal(seen->version, version);
	assert_string_equal(seen->lock.resource.name, resource);
	assert_string_equal(seen->lock.owner, "bob");
	assert_string_equal(seen->lock.host, "there");
	assert_int_equal(seen->lock.expires_unix_ms, KIT_EXPIRES_MS);
}

static void begin(struct repository *repository, struct gitread *read, const char *name,
		  const char *options)
{
	kit_init(repository, name, options);
	assert_int_equal(children_init(&children), 0);
	assert_int_equal(gitread_init(read, repository, &children, LOCKREF_PREFIX), 0);
}

static void end(struct repository *repository, struct gitread *read)
{
	gitread_release(read);
	children_release(&children);
	repository_release(repository);
}

static void ref_lines_are_ours_or_passed_over_or_nonsense(void **state)
{
	static const struct {
		const char *text;
		int error;
		size_t len;
	} rows[] = {
		{"", 0, 0},
		{OID40 "\t" LOCKREF_PREFIX HASH "\n", 0, 1},
		{OID64 "\t" LOCKREF_PREFIX HASH "\n", 0, 1},
		{OID40 "\t" LOCKREF_PREFIX HASH "\t\n", 0, 1},
		{OID40 "\t" LOCKREF_PREFIX HASH "\n" OID40 "\t" LOCKREF_PREFIX "0000000000000000\n",
		 0, 2},
		{OID40 "\t" LOCKREF_PREFIX "00112233445566AA\n", 0, 0},
		{OID40 "\t" LOCKREF_PREFIX "00112233445566a\n", 0, 0},
		{OID40 "\t" LOCKREF_PREFIX "00112233445566aaa\n", 0, 0},
		{OID40 "\trefs/x/" LOCKREF_PREFIX HASH "\n", 0, 0},
		{OID40 "\trefs/heads/main\n", 0, 0},
		{OID40 "\t\n", 0, 0},
		{OID40 "\t" LOCKREF_PREFIX HASH, -EBADMSG, 0},
		{OID40 " " LOCKREF_PREFIX HASH "\n", -EBADMSG, 0},
		{"0123\t" LOCKREF_PREFIX HASH "\n", -EBADMSG, 0},
		{"\n", -EBADMSG, 0},
		{"<html>\n", -EBADMSG, 0},
		{OID40 "\t" LOCKREF_PREFIX HASH "\n" OID64 "\t" LOCKREF_PREFIX HASH "\n", -EBADMSG,
		 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reflines lines = {0};

		assert_int_equal(
			reflines_parse(rows[i].text, strlen(rows[i].text), LOCKREF_PREFIX, &lines),
			rows[i].error);
		assert_int_equal(lines.len, rows[i].len);
		reflines_release(&lines);
	}
}

static void ref_lines_are_sorted_and_bounded(void **state)
{
	struct text text = {0};
	struct reflines lines = {0};

	(void)state;
	for (unsigned i = 0; i < REFLINES_MAX; i++)
		text_printf(&text, OID40 "\t" LOCKREF_PREFIX "%016x\n", REFLINES_MAX - i);
	assert_int_equal(reflines_parse(text.data, text.len, LOCKREF_PREFIX, &lines), 0);
	assert_int_equal(lines.len, REFLINES_MAX);
	assert_string_equal(lines.lines[0].hash, "0000000000000001");
	reflines_release(&lines);
	text_puts(&text, OID40 "\t" LOCKREF_PREFIX HASH "\n");
	assert_int_equal(reflines_parse(text.data, text.len, LOCKREF_PREFIX, &lines), -E2BIG);
	text_release(&text);
}

static void a_target_makes_a_ref_symbolic(void **state)
{
	static const char text[] = OID40 "\t" LOCKREF_PREFIX HASH "\trefs/heads/main\n";
	struct reflines lines;

	(void)state;
	assert_int_equal(reflines_parse(text, strlen(text), LOCKREF_PREFIX, &lines), 0);
	assert_true(lines.lines[0].is_symbolic);
	reflines_release(&lines);
}

static void object_answers_are_there_or_not(void **state)
{
	static const struct {
		const char *text, *type;
		size_t len, size;
	} rows[] = {
		{OID40 " commit 123\nrest", "commit", 52, 123},
		{OID64 " blob 0\n", "blob", 72, 0},
		{OID40 " missing\n", NULL, 49, 0},
		{OID40 " submodule\n", NULL, 51, 0},
		{OID40 ":lock.json missing\n", NULL, 59, 0},
		{OID40 " blob 1234567890123456789\n", NULL, 66, 0},
		{OID40 " blob -1\n", NULL, 49, 0},
		{OID40 " blob \n", NULL, 47, 0},
		{OID40 "  1\n", NULL, 44, 0},
		{OID40 " averyverylongtype 1\n", NULL, 61, 0},
		{"\n", NULL, 1, 0},
		{OID40 " blob 12", NULL, 0, 0},
		{"", NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct object_answer answer = {0};

		assert_int_equal(object_answer_parse(rows[i].text, strlen(rows[i].text), &answer),
				 rows[i].len);
		assert_int_equal(answer.is_there, rows[i].type != NULL);
		if (!rows[i].type)
			continue;
		assert_string_equal(answer.type, rows[i].type);
		assert_int_equal(answer.size, rows[i].size);
	}
}

static void the_author_stands_in_the_header_only(void **state)
{
	static const struct {
		const char *commit, *name, *address;
	} rows[] = {
		{"tree x\nauthor A B <a@b> 1 +0000\n\nm", "A B", "<a@b>"},
		{"author <> 1 +0000\n", "", "<>"},
		{"author x> <a\n", "x>", ""},
		{"author nobody\n", "", ""},
		{"tree x\n\nauthor A <a@b> 1 +0000\n", "", ""},
		{"author A <a@b> 1 +0000", "", ""},
		{"", "", ""},
	};
	char name[OWNER_MAX + 3], address[OWNER_MAX + 3], line[1024];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		commit_author(rows[i].commit, strlen(rows[i].commit), name, address);
		assert_string_equal(name, rows[i].name);
		assert_string_equal(address, rows[i].address);
	}
	snprintf(line, sizeof line, "author %0600d <%0300d> 1 +0000\n", 1, 2);
	commit_author(line, strlen(line), name, address);
	assert_int_equal(strlen(name), OWNER_MAX + 2);
	assert_int_equal(strlen(address), OWNER_MAX + 2);
}

static void an_empty_repository_has_no_locks(void **state)
{
	struct repository repository;
	struct gitread read;

	(void)state;
	begin(&repository, &read, "empty", "");
	read_all(&read);
	assert_int_equal(read.len, 0);
	assert_int_equal(processes, 1);
	end(&repository, &read);
}

static void an_unchanged_repository_costs_one_process(void **state)
{
	struct repository repository;
	char one[512], two[512];
	struct gitread read;

	(void)state;
	begin(&repository, &read, "unchanged", "");
	kit_ref("unchanged", "issue:1", 1, one);
	kit_ref("unchanged", "issue:2", 2, two);
	read_all(&read);
	assert_int_equal(processes, 3);
	for (int i = 0; i < 3; i++) {
		read_all(&read);
		assert_int_equal(processes, 1);
		assert_int_equal(read.len, 2);
		is_sound(&read, "issue:1", one);
		is_sound(&read, "issue:2", two);
		assert_true(strcmp(read.seen[0].hash, read.seen[1].hash) < 0);
		kit_run("git -C unchanged pack-refs --all");
	}
	kit_ref("unchanged", "issue:2", 3, two);
	read_all(&read);
	assert_int_equal(processes, 3);
	is_sound(&read, "issue:2", two);
	end(&repository, &read);
}

static void a_commit_that_was_told_is_not_read(void **state)
{
	struct lockref lock = kit_lock("issue:1", 9);
	struct repository repository;
	struct gitread read;
	char version[512];

	(void)state;
	begin(&repository, &read, "told", "");
	kit_ref("told", "issue:1", 1, version);
	assert_int_equal(gitread_know(&read, version, &lock), 0);
	read_all(&read);
	assert_int_equal(processes, 1);
	assert_string_equal(read.seen[0].lock.lock_id, lock.lock_id);
	kit_run("git -C told for-each-ref --format='delete %%(refname)' | git -C told update-ref "
		"--stdin");
	read_all(&read);
	assert_int_equal(read.len, 0);
	assert_null(read.known.table);
	end(&repository, &read);
}

static void break_object(const char *repository, const char *name)
{
	kit_run("cd %s/objects && f=$(echo %s | cut -c1-2)/$(echo %s | cut -c3-) && chmod +w $f && "
		": >$f",
		repository, name, name);
}

/* Sets the ref of a resource by hand, without git's checks. */
static void set_ref(const char *repository, const char *resource, const char *content)
{
	char hash[LOCKREF_HASH_LEN + 1];

	kit_hash(resource, hash);
	kit_run("mkdir -p %s/" LOCKREF_PREFIX " && echo '%s' >%s/" LOCKREF_PREFIX "%s", repository,
		content, repository, hash);
}

static void junk_says_why_and_hides_nothing(void **state)
{
	char good[512], other[512], name[512], hash[LOCKREF_HASH_LEN + 1];
	struct repository repository;
	struct gitread read;

	(void)state;
	begin(&repository, &read, "junk", "");
	kit_ref("junk", "issue:good", 1, good);
	kit_commit("junk", "{}", name);
	set_ref("junk", "issue:json", name);
	set_ref("junk", "issue:other", good);
	kit_line(name, "git -C junk rev-parse %s:", good);
	set_ref("junk", "issue:tree", name);
	kit_line(name, "git -C junk rev-parse %s:lock.json", good);
	set_ref("junk", "issue:blob", name);
	kit_run("git -C junk -c user.name=x -c user.email=x tag -am x tagged %s", good);
	kit_line(name, "git -C junk rev-parse tagged");
	set_ref("junk", "issue:tag", name);
	set_ref("junk", "issue:missing", OID40);
	set_ref("junk", "issue:garbage", "garbage");
	kit_hash("issue:good", hash);
	kit_run("git -C junk symbolic-ref refs/grite/locks/1111111111111111 " LOCKREF_PREFIX "%s",
		hash);
	kit_run("git -C junk update-ref refs/grite/locks/NOT-A-HASH %s", good);
	kit_run("git -C junk update-ref refs/grite/locks/deep/1111111111111111 %s", good);
	kit_line(name, "cd junk && git commit-tree -m none $(git mktree </dev/null) 2>&1; true");
	kit_line(name, "cd junk && GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
		       "GIT_COMMITTER_EMAIL=x git commit-tree -m none $(git mktree </dev/null)");
	set_ref("junk", "issue:nothing", name);
	kit_line(name, "cd junk && GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
		       "GIT_COMMITTER_EMAIL=x git commit-tree -m dir $(printf '40000 tree "
		       "%%s\\tlock.json\\n' $(git mktree </dev/null) | git mktree)");
	set_ref("junk", "issue:dir", name);
	kit_run("head -c 52428800 /dev/zero >big");
	kit_line(name, "cd junk && GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
		       "GIT_COMMITTER_EMAIL=x git commit-tree -m big $(printf '100644 blob "
		       "%%s\\tlock.json\\n' $(git hash-object -w ../big) | git mktree)");
	set_ref("junk", "issue:big", name);
	kit_ref("junk", "issue:broken", 2, other);
	break_object("junk", other);
	kit_ref("junk", "issue:broken-json", 3, other);
	kit_line(name, "git -C junk rev-parse %s:lock.json", other);
	break_object("junk", name);
	kit_run("(echo '{'; head -c 9000 /dev/urandom | base64) >noise");
	kit_line(other, "cd junk && GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
			"GIT_COMMITTER_EMAIL=x git commit-tree -m cut $(printf '100644 blob "
			"%%s\tlock.json\n' $(git hash-object -w ../noise) | git mktree)");
	set_ref("junk", "issue:cut-json", other);
	kit_line(name, "git -C junk rev-parse %s:lock.json", other);
	kit_run("cd junk/objects && f=$(echo %s | cut -c1-2)/$(echo %s | cut -c3-) && "
		"chmod +w $f && truncate -s 4000 $f",
		name, name);
	kit_ref("junk", "issue:last", 4, other);

	read_all(&read);
	is_sound(&read, "issue:good", good);
	is_sound(&read, "issue:last", other);
	is_unsound(&read, "issue:json", "");
	is_unsound(&read, "issue:other", "");
	is_unsound(&read, "issue:tree", "it is a tree, not a commit");
	is_unsound(&read, "issue:blob", "it is a blob, not a commit");
	is_unsound(&read, "issue:tag", "it is a tag, not a commit");
	is_unsound(&read, "issue:missing", "its commit is not in the repository");
	is_unsound(&read, "issue:nothing", "its commit has no lock.json");
	is_unsound(&read, "issue:dir", "lock.json is a tree");
	is_unsound(&read, "issue:big", "lock.json is 52428800 bytes");
	is_unsound(&read, "issue:broken", "git cannot read it");
	is_unsound(&read, "issue:broken-json", "its commit has no lock.json that can be read");
	is_unsound(&read, "issue:cut-json", "git cannot read it");
	assert_null(find(&read, "issue:garbage"));
	assert_int_equal(read.missing, 1);
	assert_int_equal(read.len, 15);
	end(&repository, &read);
}

static void too_many_broken_objects_fail_the_reading(void **state)
{
	struct repository repository;
	char why[REPOSITORY_WHY_MAX], resource[32], version[512];
	struct gitread read;

	(void)state;
	begin(&repository, &read, "wreck", "");
	for (unsigned i = 0; i < 10; i++) {
		snprintf(resource, sizeof resource, "issue:%u", i);
		kit_ref("wreck", resource, i, version);
		break_object("wreck", version);
	}
	assert_int_equal(gitread_start(&read, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(finish(&read, why), GITREAD_FAILED);
	assert_non_null(strstr(why, "git cat-file"));
	assert_null(read.seen);
	end(&repository, &read);
}

static void a_repository_that_went_fails_the_reading(void **state)
{
	struct repository repository;
	char why[REPOSITORY_WHY_MAX], version[512];
	struct gitread read;

	(void)state;
	begin(&repository, &read, "gone", "");
	kit_ref("gone", "issue:1", 1, version);
	read_all(&read);
	kit_run("rm -rf gone");
	assert_int_equal(gitread_start(&read, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(gitread_start(&read, kit_now() + KIT_WAIT_NS), -EBUSY);
	assert_int_equal(finish(&read, why), GITREAD_FAILED);
	assert_non_null(strstr(why, "git for-each-ref"));
	assert_int_equal(read.len, 1);
	end(&repository, &read);
}

static void a_thousand_refs_are_read(void **state)
{
	struct repository repository;
	struct gitread read;
	char resource[32], hash[LOCKREF_HASH_LEN + 1];
	FILE *stream;

	(void)state;
	begin(&repository, &read, "thousand", "");
	stream = fopen("stream", "we");
	assert_non_null(stream);
	for (unsigned i = 0; i < 1000; i++) {
		char json[512];

		snprintf(resource, sizeof resource, "issue:%u", i);
		kit_hash(resource, hash);
		snprintf(json, sizeof json, KIT_LOCK_FORMAT, 7U, i, resource);
		fprintf(stream,
			"commit " LOCKREF_PREFIX "%s\ncommitter bob <lokt@there> 1 +0000\ndata 0\n"
			"M 100644 inline lock.json\ndata %zu\n%s\n\n",
			hash, strlen(json), json);
	}
	assert_int_equal(fclose(stream), 0);
	kit_run("git -C thousand fast-import --quiet <stream");
	read_all(&read);
	assert_int_equal(read.len, 1000);
	for (size_t i = 0; i < read.len; i++)
		assert_true(read.seen[i].is_sound);
	read_all(&read);
	assert_int_equal(processes, 1);
	end(&repository, &read);
}

static void sha256_repositories_are_read(void **state)
{
	struct repository repository;
	struct gitread read;
	char version[512];

	(void)state;
	begin(&repository, &read, "sha256", "--object-format=sha256");
	kit_ref("sha256", "issue:1", 1, version);
	assert_int_equal(strlen(version), 64);
	read_all(&read);
	is_sound(&read, "issue:1", version);
	end(&repository, &read);
}

static void a_replace_ref_changes_nothing(void **state)
{
	struct repository repository;
	char version[512], other[512];
	struct gitread read;

	(void)state;
	begin(&repository, &read, "replace", "");
	kit_ref("replace", "issue:1", 1, version);
	kit_commit("replace", "{}", other);
	kit_run("git -C replace replace %s %s", version, other);
	read_all(&read);
	is_sound(&read, "issue:1", version);
	end(&repository, &read);
}

static void a_list_from_elsewhere_is_read_or_recalled(void **state)
{
	char version[512], text[512], why[REPOSITORY_WHY_MAX];
	struct repository repository;
	struct reflines lines;
	struct gitread read;
	char hash[LOCKREF_HASH_LEN + 1];

	(void)state;
	begin(&repository, &read, "elsewhere", "");
	kit_ref("elsewhere", "issue:1", 1, version);
	kit_hash("issue:1", hash);
	snprintf(text, sizeof text,
		 "%.64s\t" LOCKREF_PREFIX "%s\n" OID40 "\t" LOCKREF_PREFIX "ffffffffffffffff\n",
		 version, hash);
	assert_int_equal(reflines_parse(text, strlen(text), LOCKREF_PREFIX, &lines), 0);
	assert_false(gitread_recall(&read, &lines));
	assert_int_equal(gitread_start_from(&read, &lines, kit_now() + KIT_WAIT_NS), 0);
	assert_int_equal(finish(&read, why), GITREAD_DONE);
	assert_int_equal(read.missing, 1);
	assert_false(gitread_recall(&read, &lines));
	lines.len = strcmp(lines.lines[0].hash, hash) == 0 ? 1 : 0;
	assert_true(gitread_recall(&read, &lines));
	assert_int_equal(read.len, 1);
	is_sound(&read, "issue:1", version);
	assert_int_equal(read.missing, 0);
	reflines_release(&lines);
	end(&repository, &read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ref_lines_are_ours_or_passed_over_or_nonsense),
		cmocka_unit_test(ref_lines_are_sorted_and_bounded),
		cmocka_unit_test(a_target_makes_a_ref_symbolic),
		cmocka_unit_test(object_answers_are_there_or_not),
		cmocka_unit_test(the_author_stands_in_the_header_only),
		cmocka_unit_test(an_empty_repository_has_no_locks),
		cmocka_unit_test(an_unchanged_repository_costs_one_process),
		cmocka_unit_test(a_commit_that_was_told_is_not_read),
		cmocka_unit_test(junk_says_why_and_hides_nothing),
		cmocka_unit_test(too_many_broken_objects_fail_the_reading),
		cmocka_unit_test(a_repository_that_went_fails_the_reading),
		cmocka_unit_test(a_thousand_refs_are_read),
		cmocka_unit_test(sha256_repositories_are_read),
		cmocka_unit_test(a_replace_ref_changes_nothing),
		cmocka_unit_test(a_list_from_elsewhere_is_read_or_recalled),
	};

	return cmocka_run_group_tests(tests, kit_begin, kit_end);
}
