/*
 * What git push --porcelain says of each ref, made into the fate of a change.
 */
#ifndef HOST_PUSHREPORT_H
#define HOST_PUSHREPORT_H

#include "host/remote.h"

/*
 * Fills fate and why of the changes that the report speaks of; the others stay as they are. A
 * report without its last line "Done" says nothing. Why is clean text.
 */
void pushreport_read(const char *text, size_t len, struct remote_change *changes, size_t count);

#endif
