/*
 * The daemon's own words for the operator: daemon.log in the ROOT, stderr in the
 * foreground. Refusals are not logged; see the audit trail.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);

/* Lines go to fd from now on (borrowed). */
void log_set_fd(int fd);

/* One line, "2026-11-22T03:04:05Z error: …\n", in one write. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
