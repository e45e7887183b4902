/*
 * The verdict table. A new outcome is a new row here and a new name in verdict.h; nothing
 * else in the tree spells an errno or an exit status for an outcome.
 */
#include "lokt/verdict.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct verdict_row rows[VERDICT_COUNT] = {
	[VERDICT_OK] = {"ok", "is fine", 0, 0, 0, "ok"},
	[VERDICT_HELD] = {"held", "is held", EBUSY, 2, 4, "conflict"},
	[VERDICT_CONFLICT] = {"conflict", "overlaps another lock", EBUSY, 2, 4, "conflict"},
	[VERDICT_BOUND] = {"bound", "is bound to an open file or a process", EBUSY, 2, 4,
			   "conflict"},
	[VERDICT_FROZEN] = {"frozen", "is frozen", EACCES, 2, 4, "conflict"},
	[VERDICT_NOT_OWNER] = {"not-owner", "is not yours", EPERM, 4, 4, "conflict"},
	[VERDICT_FORBIDDEN] = {"forbidden", "does not allow this operation", EPERM, 4, 1,
			       "internal_error"},
	[VERDICT_NO_LEASE] = {"no-lease", "is not held", ENOENT, 3, 3, "not_found"},
	[VERDICT_ENDED] = {"ended", "has ended", ESTALE, 3, 3, "not_found"},
	[VERDICT_NOT_STALE] = {"not-stale", "is not stale", EBUSY, 1, 1, "conflict"},
	[VERDICT_BAD_NAME] = {"bad-name", "is not a valid name", EINVAL, 64, 2, "invalid_args"},
	[VERDICT_NAME_TOO_LONG] = {"name-too-long", "has too long a name", ENAMETOOLONG, 64, 2,
				   "invalid_args"},
	[VERDICT_BAD_OPTION] = {"bad-option", "was given an option that is not understood", EINVAL,
				64, 2, "invalid_args"},
	[VERDICT_TOO_BIG] = {"too-big", "was given an option text that is too long", EFBIG, 64, 2,
			     "invalid_args"},
	[VERDICT_BAD_IDENTITY] = {"bad-identity", "was asked for with an invalid owner or agent id",
				  EINVAL, 64, 2, "invalid_args"},
	[VERDICT_IN_PAST] = {"in-past", "was given an expiry in the past", EINVAL, 64, 2,
			     "invalid_args"},
	[VERDICT_NO_PROCESS] = {"no-process", "was to be bound to a process that does not live",
				EINVAL, 64, 2, "invalid_args"},
	[VERDICT_TABLE_FULL] = {"table-full", "finds no room: too many locks are held", ENOSPC, 1,
				1, "io_error"},
	[VERDICT_TIMED_OUT] = {"timed-out", "was still held when the wait ended", ETIMEDOUT, 2, 4,
			       "conflict"},
	[VERDICT_INTERRUPTED] = {"interrupted", "was waited for until a signal came", EINTR, 1, 1,
				 "internal_error"},
	[VERDICT_UNREACHABLE] = {"unreachable",
				 "could not be taken or renewed: the remote did not answer in time",
				 EHOSTUNREACH, 1, 1, "git_error"},
	[VERDICT_UNSUPPORTED] = {"unsupported", "does not support this", EOPNOTSUPP, 1, 1,
				 "internal_error"},
};

static const struct verdict_row internal = {
	"internal", "met an internal error", EIO, 1, 1, "internal_error",
};

const struct verdict_row *verdict_row(enum verdict verdict)
{
	return (unsigned)verdict < VERDICT_COUNT ? &rows[verdict] : &internal;
}

enum verdict verdict_from_word(const char *word)
{
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(rows[i].word, word) == 0)
			return (enum verdict)i;
	return VERDICT_COUNT;
}
