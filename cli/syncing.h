/*
 * Questions to the daemon that go on to the repository and its remote: sync and gc.
 */
#ifndef CLI_SYNCING_H
#define CLI_SYNCING_H

#include "command.h"
#include "lokt/request_json.h"

/*
 * Asks. EXIT_DONE and the daemon's report; or the exit status, with "cannot WHAT[ with REMOTE]: …"
 * told. Where the daemon has no repository, or no such operation, that is not told but
 * *is_local, unless that is NULL.
 */
int syncing_ask(const struct call *call, const struct ask *ask, const char *what, bool *is_local,
		struct sync_report *report);

#endif
