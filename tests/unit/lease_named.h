/* A lease's resource from the words of a test. */
#ifndef TESTS_LEASE_NAMED_H
#define TESTS_LEASE_NAMED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lokt/lease.h"

static inline struct resource resource_named(const char *text)
{
	struct resource resource;
	assert_int_equal(resource_from_text(text, &resource), VERDICT_OK);
	return resource;
}

static inline void lease_rename(struct lease *lease, const char *text)
{
	struct resource resource = resource_named(text);
	assert_true(lease_set_resource(lease, &resource));
}

#endif
