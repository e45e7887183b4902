/*
 * Any bytes as what git prints: ref lines that are taken are sorted, each once, and come back from
 * their own writing; answers of cat-file and authors stay within their bounds.
 */
#include <errno.h>
#include <string.h>

#include "host/gitparse.h"
#include "property.h"

static void check_lines(const struct reflines *lines)
{
	struct text text = {0};
	struct reflines again;

	for (size_t i = 0; i < lines->len; i++) {
		const struct refline *line = &lines->lines[i];

		PROPERTY(strlen(line->hash) == LOCKREF_HASH_LEN);
		PROPERTY(version_is_valid(line->version, strlen(line->version)));
		PROPERTY(i == 0 || strcmp(line[-1].hash, line->hash) < 0);
		text_printf(&text, "%s\t" LOCKREF_PREFIX "%s%s\n", line->version, line->hash,
			    line->is_symbolic ? "\tx" : "");
	}
	PROPERTY(reflines_parse(text.data, text.len, LOCKREF_PREFIX, &again) == 0);
	PROPERTY(again.len == lines->len);
	for (size_t i = 0; i < lines->len; i++)
		PROPERTY(memcmp(&again.lines[i], &lines->lines[i], sizeof *again.lines) == 0);
	reflines_release(&again);
	text_release(&text);
}

static void try_answers(const char *text, size_t size)
{
	struct object_answer answer;
	const char *content = NULL;
	size_t whole = object_content_parse(text, size, &answer, &content);

	PROPERTY(whole <= size);
	if (whole && answer.is_there)
		PROPERTY(content + answer.size + 1 == text + whole);
	for (size_t len; (len = object_answer_parse(text, size, &answer)); size -= len) {
		PROPERTY(len <= size && text[len - 1] == '\n');
		PROPERTY(!answer.is_there || version_is_valid(answer.name, strlen(answer.name)));
		PROPERTY(!answer.is_there || answer.type[0]);
		text += len;
	}
	PROPERTY(size == 0 || !memchr(text, '\n', size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char name[OWNER_MAX + 3], address[OWNER_MAX + 3];
	struct reflines lines;
	int error = reflines_parse(text, size, LOCKREF_PREFIX, &lines);

	PROPERTY(error == 0 || error == -EBADMSG || error == -E2BIG);
	if (error == 0) {
		check_lines(&lines);
		reflines_release(&lines);
	}
	try_answers(text, size);
	commit_author(text, size, name, address);
	PROPERTY(strlen(name) <= OWNER_MAX + 2 && strlen(address) <= OWNER_MAX + 2);
	return 0;
}
