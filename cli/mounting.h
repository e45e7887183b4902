/*
 * What mount and init share: -o options kept in ROOT/config, and a daemon started because
 * the user asked for it.
 */
#ifndef CLI_MOUNTING_H
#define CLI_MOUNTING_H

#include "command.h"
#include "lokt/text.h"

#define MOUNTING_OPTION_ROW(list)                                                                  \
	{                                                                                          \
		.name = "o", .takes = TAKES_LIST, .value = &(list), .metavar = "OPTION",           \
		.help = "keep for every start: ttl=D, max_leases=N, durability=full|os, "          \
			"allow_other"                                                              \
	}

/* 0, or a usage error. */
int mounting_check(const struct call *call, const struct text *options);

/* Keeps the options and sees to a live mount. EXIT_DONE or the status of a told failure. */
int mounting_start(const struct call *call, const struct text *options);

#endif
