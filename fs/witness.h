/*
 * Tells the engine which recorded processes still live, just before a decision may turn
 * on it. The questions that depend on it, serve_is_own(), serve_query() and
 * serve_pid_status(), are answered here.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include "serve.h"

/* Everything that a decision on this request may turn on. */
void witness_request(struct serve *serve, const struct request *request);

#endif
