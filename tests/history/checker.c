/*
 * The search itself. Tokens are unique and rising, so they give the order of a name's leases, and
 * with the order known no search is left: each lease has a span in which it began and one in which
 * it ended, narrowed by who saw it; the earliest and the latest moments are then pushed through
 * the order, forwards and back, and an empty span is a violation. What saw a lease, none, or was
 * refused is then held against those moments. Never accuses a correct service.
 */
#include "checker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)

/* One lease, from its beginning to its end: spans in which each may lie. */
struct span {
	const struct operation *made;  /* NULL: its maker was never told */
	const struct operation *ended; /* who released or unlocked it, or NULL */
	uint64_t token;
	int64_t begin_min, begin_max;
	int64_t end_min, end_max;
	int64_t ttl_ns;
	int64_t renewed_min, renewed_max; /* when its TTL last began */
};

struct check {
	struct history *history;
	const struct operation *first; /* of this name */
	const struct operation *behind;
	struct span *spans;
	size_t len;
	int64_t slack_ns;
	unsigned violations;
	FILE *out;
};

static void tell_operation(FILE *out, const struct operation *operation)
{
	if (!operation)
		return;
	fprintf(out, "  client %" PRIu32 " %s %s: %s token %" PRIu64 " [%" PRId64 ", ",
		operation->client, history_op_word(operation->op), operation->name,
		history_result_word(operation->result), operation->token, operation->begin_ns);
	if (operation->end_ns == HISTORY_NEVER)
		fprintf(out, "never]\n");
	else
		fprintf(out, "%" PRId64 "]\n", operation->end_ns);
}

static void violation(struct check *check, const char *what, const struct operation *a,
		      const struct operation *b)
{
	check->violations++;
	if (!check->out)
		return;
	fprintf(check->out, "VIOLATION: %s\n", what);
	tell_operation(check->out, a);
	tell_operation(check->out, b);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t sum(int64_t a, int64_t b)
{
	return a > HISTORY_NEVER - b ? HISTORY_NEVER : a + b;
}

static bool is_claim(const struct operation *operation)
{
	return operation->op == H_ACQUIRE || operation->op == H_FLOCK;
}

/* Did, or may have done, what it asks for. */
static bool is_unsure(const struct operation *operation)
{
	return operation->result == H_ERROR || operation->result == H_UNKNOWN;
}

static int by_name_and_time(const void *a, const void *b)
{
	const struct operation *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order)
		return order;
	return (left->begin_ns > right->begin_ns) - (left->begin_ns < right->begin_ns);
}

static int by_token(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return (left->token > right->token) - (left->token < right->token);
}

static struct span *find_span(struct check *check, uint64_t token)
{
	for (size_t i = 0; i < check->len; i++)
		if (check->spans[i].token == token)
			return &check->spans[i];
	return NULL;
}

static struct span *add_span(struct check *check, uint64_t token)
{
	struct span *span = &check->spans[check->len++];

	*span = (struct span){.token = token,
			      .begin_max = HISTORY_NEVER,
			      .end_max = HISTORY_NEVER,
			      .renewed_max = HISTORY_NEVER};
	return span;
}

static void add_claims(struct check *check)
{
	for (const struct operation *at = check->first; at < check->behind; at++) {
		if (!is_claim(at) || at->result != H_OK)
			continue;
		if (find_span(check, at->token)) {
			violation(check, "one token was given twice", at,
				  find_span(check, at->token)->made);
			continue;
		}
		struct span *span = add_span(check, at->token);

		span->made = at;
		span->begin_min = at->begin_ns;
		span->begin_max = at->end_ns;
		span->ttl_ns = at->op == H_ACQUIRE ? at->ttl_ms * NS_PER_MS : 0;
		span->renewed_min = at->begin_ns;
		span->renewed_max = at->end_ns;
	}
}

/* The client's latest lease that had not been ended by it before `at`. */
static struct span *own_span(struct check *check, const struct operation *at)
{
	struct span *own = NULL;

	for (size_t i = 0; i < check->len; i++) {
		struct span *span = &check->spans[i];

		if (span->made && span->made->client == at->client && !span->ended &&
		    span->made->begin_ns < at->begin_ns &&
		    (!own || span->made->begin_ns > own->made->begin_ns))
			own = span;
	}
	return own;
}

/* May it hold a lease that it was never told of? */
static bool has_unsure_claim(const struct check *check, const struct operation *at)
{
	for (const struct operation *other = check->first; other < check->behind; other++)
		if (other->client == at->client && is_claim(other) && is_unsure(other) &&
		    other->begin_ns < at->begin_ns)
			return true;
	return false;
}

static void end_by(struct check *check, const struct operation *at)
{
	struct span *span = own_span(check, at);

	if (!span) {
		if (at->result == H_OK && !has_unsure_claim(check, at))
			violation(check, "ended what it did not hold", at, NULL);
		return;
	}
	if (at->result == H_OK) {
		span->ended = at;
		span->end_min = at->begin_ns;
		span->end_max = at->end_ns;
	} else if (is_unsure(at)) {
		/* from then on anything may be */
		span->ended = at;
		span->end_min = at->begin_ns;
	}
}

static void renew_by(struct check *check, const struct operation *at)
{
	struct span *span = own_span(check, at);

	if (!span) {
		if (at->result == H_OK && !has_unsure_claim(check, at))
			violation(check, "renewed what it did not hold", at, NULL);
		return;
	}
	if (at->result == H_OK) {
		span->renewed_min = at->begin_ns;
		span->renewed_max = at->end_ns;
		span->begin_max = earlier(span->begin_max, at->end_ns);
		span->end_min = later(span->end_min, at->begin_ns);
	} else if (is_unsure(at)) {
		span->renewed_max = HISTORY_NEVER;
	}
}

static void see(struct check *check, const struct operation *at)
{
	struct span *span = find_span(check, at->token);

	if (!span)
		span = add_span(check, at->token);
	span->begin_max = earlier(span->begin_max, at->end_ns);
	span->end_min = later(span->end_min, at->begin_ns);
}

static void add_ends_and_sights(struct check *check)
{
	for (const struct operation *at = check->first; at < check->behind; at++) {
		if (at->op == H_RELEASE || at->op == H_UNLOCK)
			end_by(check, at);
		else if (at->op == H_RENEW)
			renew_by(check, at);
		else if (at->op == H_EXISTS && at->result == H_OK)
			see(check, at);
	}
}

/* A TTL ends a lease neither before it has passed nor much later; a release may be earlier. */
static void add_ttl(struct check *check, struct span *span)
{
	if (!span->ttl_ns)
		return;
	int64_t due_max = sum(sum(span->renewed_max, span->ttl_ns), check->slack_ns);

	if (!span->ended)
		span->end_min = later(span->end_min, sum(span->renewed_min, span->ttl_ns));
	span->end_max = earlier(span->end_max, due_max);
}

/* Without a TTL only its holder ends it; a bound one ends with its holder, too. */
static void add_endless(struct span *span)
{
	if (span->made && span->made->op == H_ACQUIRE && !span->ended && !span->ttl_ns)
		span->end_min = HISTORY_NEVER;
}

static void push_forwards(struct check *check)
{
	int64_t at = 0;

	for (size_t i = 0; i < check->len; i++) {
		struct span *span = &check->spans[i];
		const struct operation *before = i ? check->spans[i - 1].made : NULL;

		span->begin_min = later(span->begin_min, at);
		if (span->begin_min > span->begin_max)
			violation(check, "a lease was given before the one before it had ended",
				  before, span->made);
		at = earlier(span->begin_min, span->begin_max);
		span->end_min = later(span->end_min, at);
		if (span->end_min > span->end_max)
			violation(check, "a lease was there when it must have ended", span->made,
				  span->ended);
		at = earlier(span->end_min, span->end_max);
	}
}

static void push_back(struct check *check)
{
	int64_t at = HISTORY_NEVER;

	for (size_t i = check->len; i-- > 0;) {
		struct span *span = &check->spans[i];

		span->end_max = later(earlier(span->end_max, at), span->end_min);
		span->begin_max = later(earlier(span->begin_max, span->end_max), span->begin_min);
		at = span->begin_max;
	}
}

/* Can some lease, of another client if so asked, have been there during the operation? */
static bool may_be_held(const struct check *check, const struct operation *at, bool by_another)
{
	for (size_t i = 0; i < check->len; i++) {
		const struct span *span = &check->spans[i];

		if (by_another && span->made && span->made->client == at->client)
			continue;
		if (span->begin_min <= at->end_ns && span->end_max >= at->begin_ns)
			return true;
	}
	for (const struct operation *other = check->first; other < check->behind; other++)
		if (is_claim(other) && is_unsure(other) && other->begin_ns <= at->end_ns &&
		    !(by_another && other->client == at->client))
			return true;
	return false;
}

/* The lease that was surely there all the while, or NULL. */
static const struct span *must_be_held(const struct check *check, const struct operation *at)
{
	for (size_t i = 0; i < check->len; i++) {
		const struct span *span = &check->spans[i];

		if (span->begin_max < at->begin_ns && span->end_min > at->end_ns)
			return span;
	}
	return NULL;
}

static void check_refusals(struct check *check)
{
	for (const struct operation *at = check->first; at < check->behind; at++) {
		const struct span *held = at->result == H_NONE ? must_be_held(check, at) : NULL;

		if (at->result == H_HELD && !may_be_held(check, at, false))
			violation(check, "refused as held, and nobody held it", at, NULL);
		if (at->result == H_NOT_OWNER && !may_be_held(check, at, true))
			violation(check, "refused as another's, and no other held it", at, NULL);
		if (held)
			violation(check, "told that there is none, and it was held", at,
				  held->made);
	}
}

static void check_name(struct check *check)
{
	check->spans = calloc((size_t)(check->behind - check->first) + 1, sizeof(*check->spans));
	if (!check->spans)
		abort();
	add_claims(check);
	add_ends_and_sights(check);
	for (size_t i = 0; i < check->len; i++) {
		add_ttl(check, &check->spans[i]);
		add_endless(&check->spans[i]);
	}
	qsort(check->spans, check->len, sizeof(*check->spans), by_token);
	push_forwards(check);
	push_back(check);
	check_refusals(check);
	free(check->spans);
	check->spans = NULL;
	check->len = 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct operation *left = *(const struct operation *const *)a;
	const struct operation *right = *(const struct operation *const *)b;

	return (left->begin_ns > right->begin_ns) - (left->begin_ns < right->begin_ns);
}

static int by_end(const void *a, const void *b)
{
	const struct operation *left = *(const struct operation *const *)a;
	const struct operation *right = *(const struct operation *const *)b;

	return (left->end_ns > right->end_ns) - (left->end_ns < right->end_ns);
}

/* Whatever the name: a claim that began after another had been answered has the higher token. */
static void check_tokens(struct check *check)
{
	const struct history *history = check->history;
	const struct operation **begun = calloc(history->len + 1, sizeof(void *));
	const struct operation **ended = calloc(history->len + 1, sizeof(void *));
	const struct operation *highest = NULL;
	size_t len = 0;

	if (!begun || !ended)
		abort();
	for (size_t i = 0; i < history->len; i++)
		if (is_claim(&history->list[i]) && history->list[i].result == H_OK)
			begun[len] = ended[len] = &history->list[i], len++;
	qsort(begun, len, sizeof(void *), by_begin);
	qsort(ended, len, sizeof(void *), by_end);
	for (size_t i = 0, j = 0; i < len; i++) {
		for (; j < len && ended[j]->end_ns < begun[i]->begin_ns; j++)
			if (!highest || ended[j]->token > highest->token)
				highest = ended[j];
		if (highest && highest->token >= begun[i]->token)
			violation(check, "a later claim has no higher token", highest, begun[i]);
	}
	free(begun);
	free(ended);
}

unsigned history_check(struct history *history, int64_t slack_ns, FILE *out)
{
	struct check check = {.history = history, .slack_ns = slack_ns, .out = out};
	const struct operation *end = history->list + history->len;

	if (!history->len)
		return 0;
	qsort(history->list, history->len, sizeof(*history->list), by_name_and_time);
	for (check.first = history->list; check.first < end; check.first = check.behind) {
		check.behind = check.first;
		while (check.behind < end && strcmp(check.behind->name, check.first->name) == 0)
			check.behind++;
		check_name(&check);
	}
	check_tokens(&check);
	return check.violations;
}
