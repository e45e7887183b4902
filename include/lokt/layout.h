/*
 * Names of the files inside a mount and inside a ROOT, spelled once.
 */
#ifndef LOKT_LAYOUT_H
#define LOKT_LAYOUT_H

/* Inside a mount. */
#define LAYOUT_CONTROL ".lokt"
#define LAYOUT_HERE "here"
#define LAYOUT_FREEZES "freezes"
#define LAYOUT_RENEW "renew"
#define LAYOUT_FORCE "force"
#define LAYOUT_LOCKS "locks" /* in force/, and the symlink in a ROOT */
#define LAYOUT_STALE "stale"
#define LAYOUT_QUEUE "queue"
#define LAYOUT_REQUEST "request"
#define LAYOUT_STATUS "status.json"
#define LAYOUT_AUDIT "audit.log" /* also the journal's name in a ROOT */
#define LAYOUT_METRICS "metrics"

/* Inside a ROOT. */
#define LAYOUT_MNT "mnt"
#define LAYOUT_LOCKS_TARGET LAYOUT_MNT "/" LAYOUT_CONTROL "/" LAYOUT_HERE
#define LAYOUT_CONFIG "config"		 /* one -o option a line, "key" or "key=value" */
#define LAYOUT_DAEMON "daemon"		 /* JSON: who serves this ROOT */
#define LAYOUT_DAEMON_LOCK "daemon.lock" /* flock: one daemon a ROOT */
#define LAYOUT_DAEMON_LOG "daemon.log"
#define LAYOUT_SNAPSHOT "snapshot"

/* The worktree's symlink that lokt init makes. */
#define LAYOUT_WORKTREE_LINK ".locks"

/* Most bytes of one request, and of one option text. */
#define REQUEST_MAX 16384
#define OPTION_TEXT_MAX 4096

#endif
