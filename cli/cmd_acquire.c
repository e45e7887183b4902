/*
 * lokt acquire, grite lock acquire: a claim that is refused at once where the resource, or one
 * that overlaps it, is held.
 */
#include "command.h"
#include "gritecall.h"

static struct gritecall wish;

static const struct option_row options[] = {
	GRITECALL_ROW_RESOURCE(wish),
	GRITECALL_ROW_TTL(wish, "5m"),
	GRITECALL_ROW_ACTOR(wish),
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	return gritecall_read(&wish, call);
}

static int run(const struct call *call)
{
	int status = gritecall_begin(&wish);

	return status == EXIT_DONE ? gritecall_acquire(&wish, call, NULL) : status;
}

const struct command_body cmd_acquire = {options, check, run};
