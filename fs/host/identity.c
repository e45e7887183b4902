/*
 * Puts a party together: the caller's process and ancestors from a proc directory, what
 * its environment says about it, and what takes the place of what it does not say.
 * Parsing stat is procstat.c's, the environment callenv.c's.
 */
#include "host/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "host/callenv.h"
#include "host/pidns.h"
#include "host/procstat.h"
#include "host/smallfile.h"
#include "lokt/text.h"

#define STATUS_MAX 4096
#define PASSWD_MAX 16384
#define AGENT_ID_MAX 16

/* How often in one walk a parent may die under us before we leave it at that. */
#define REPARENT_MAX 8

/* How long it is believed that the user database has no name: asking it can take seconds. */
#define NAMELESS_NS (60 * NS_PER_SEC)

struct login {
	uid_t uid;
	int64_t until_ns; /* CLOCK_MONOTONIC_COARSE */
	UT_hash_handle hh;
	char name[OWNER_MAX + 1];
};

/* A caller as it is read: the chain, and what the environment says. */
struct caller {
	struct callenv env;
	struct process chain[PARTY_CHAIN_MAX];
	unsigned len;
};

static int gone_is_esrch(int error)
{
	return error == -ENOENT ? -ESRCH : error;
}

static int open_process(int proc_fd, pid_t pid)
{
	char name[PROC_NAME_MAX];
	snprintf(name, sizeof(name), "%d", pid);
	int fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? gone_is_esrch(-errno) : fd;
}

/* The number at `index` on the line that begins with key ("\nUid:"). */
static int find_number(const char *status, const char *key, int index, uint32_t *out)
{
	const char *at = strstr(status, key);
	if (!at)
		return -EBADMSG;
	at += strlen(key);
	unsigned long number = 0;
	for (int i = 0; i <= index; i++) {
		at += strspn(at, " \t");
		if (*at < '0' || *at > '9')
			return -EBADMSG;
		char *end;
		errno = 0;
		number = strtoul(at, &end, 10);
		if (errno != 0 || number > UINT32_MAX)
			return -EBADMSG;
		at = end;
	}
	*out = (uint32_t)number;
	return 0;
}

static int read_status_number(int dir_fd, const char *key, int index, uint32_t *out)
{
	char status[STATUS_MAX];
	ssize_t len = smallfile_read(dir_fd, "status", status, sizeof(status));
	if (len < 0)
		return gone_is_esrch((int)len);
	return find_number(status, key, index, out);
}

/* The process that the thread with this directory belongs to. */
static int read_tgid(int dir_fd, pid_t *out)
{
	uint32_t tgid;
	int error = read_status_number(dir_fd, "\nTgid:", 0, &tgid);
	if (error < 0)
		return error;
	if (tgid == 0 || tgid > INT_MAX)
		return -EBADMSG;
	*out = (pid_t)tgid;
	return 0;
}

/*
 * Effective uid. Some kernels show the directory of a process that is not dumpable as root's;
 * where that makes a difference, status knows better.
 */
static int read_uid(int dir_fd, uid_t wanted, uid_t *out)
{
	struct stat stat;
	if (fstat(dir_fd, &stat) < 0)
		return -errno;
	if (stat.st_uid == 0 && wanted != 0)
		return read_status_number(dir_fd, "\nUid:", 1, out);
	*out = stat.st_uid;
	return 0;
}

static int read_stat(const struct identity *identity, pid_t pid, struct procstat *out)
{
	char path[PROC_NAME_MAX];
	snprintf(path, sizeof(path), "%d/stat", pid);
	return gone_is_esrch(procstat_read(identity->proc_fd, path, identity->ns_per_tick, out));
}

/* A living parent of the same uid that is no younger than its child; else -ESRCH. */
static int read_parent(const struct identity *identity, uid_t wanted, const struct procstat *child,
		       struct procstat *out)
{
	SCOPED_FD dir = open_process(identity->proc_fd, child->parent);
	if (dir < 0)
		return dir;
	uid_t uid;
	int error = read_uid(dir, wanted, &uid);
	if (error < 0)
		return error;
	if (uid != wanted)
		return -EPERM;
	struct procstat parent;
	error = gone_is_esrch(procstat_read(dir, "stat", identity->ns_per_tick, &parent));
	if (error < 0)
		return error;
	if (parent.is_dead || parent.start_ns > child->start_ns)
		return -ESRCH;
	*out = parent;
	return 0;
}

/* Did the child get another parent while we looked at the one it had? */
static bool is_reparented(const struct identity *identity, pid_t pid, struct procstat *child)
{
	struct procstat now;
	if (read_stat(identity, pid, &now) < 0 || now.start_ns != child->start_ns ||
	    now.parent == child->parent)
		return false;
	*child = now;
	return true;
}

/* From the caller, which is in the chain already, up. */
static int read_ancestors(const struct identity *identity, uid_t uid, struct procstat stat,
			  struct caller *caller)
{
	unsigned reparented = 0;
	while (stat.parent > 1 && caller->len < PARTY_CHAIN_MAX) {
		struct procstat parent;
		int error = read_parent(identity, uid, &stat, &parent);
		if (error == -ESRCH && reparented++ < REPARENT_MAX &&
		    is_reparented(identity, caller->chain[caller->len - 1].pid, &stat))
			continue;
		if (error == -ESRCH || error == -EPERM || error == -EACCES)
			return 0;
		/* Anything else is our own trouble, and half a chain would be another party. */
		if (error < 0)
			return error;
		caller->chain[caller->len++] = (struct process){stat.parent, parent.start_ns};
		stat = parent;
	}
	return 0;
}

static int read_caller(const struct identity *identity, pid_t tid, uid_t uid, struct caller *out)
{
	SCOPED_FD dir = open_process(identity->proc_fd, tid);
	if (dir < 0)
		return dir;
	pid_t pid;
	int error = read_tgid(dir, &pid);
	if (error < 0)
		return error;
	/* By the thread: a leader that has ended shows no environment. */
	error = gone_is_esrch(callenv_read(dir, &out->env));
	if (error < 0)
		return error;
	struct procstat stat;
	error = read_stat(identity, pid, &stat);
	if (error < 0)
		return error;
	if (stat.is_dead)
		return -ESRCH;
	out->chain[0] = (struct process){pid, stat.start_ns};
	out->len = 1;
	return read_ancestors(identity, uid, stat, out);
}

/*
 * The parent of a held process, held too. -ESRCH: it has ended or is none of ours; -EPERM: of
 * another uid, and *out is to be watched like the rest, for uid 0 is also what a dead one shows.
 */
static int get_parent(struct identity *identity, uid_t wanted, struct kin_process *child,
		      struct kin_process **out)
{
	uid_t uid;
	*out = NULL;
	int error = kin_get(&identity->kin, child->parent.pid, out);
	if (error < 0)
		return error;
	struct process parent = (*out)->process;
	if (parent.start_ns > child->process.start_ns ||
	    (child->parent.start_ns >= 0 && child->parent.start_ns != parent.start_ns))
		return -ESRCH;
	child->parent.start_ns = parent.start_ns;
	error = read_uid((*out)->dir_fd, wanted, &uid);
	return error == 0 && uid != wanted ? -EPERM : error;
}

/* The chain from its first process, which is in list already. 0, or -EAGAIN: somebody has ended. */
static int climb(struct identity *identity, uid_t uid, struct kin_process **list, unsigned *len)
{
	struct kin_process *child = list[0], *parent;
	unsigned watched = 1;
	*len = 1;
	while (child->parent.pid > 1 && *len < PARTY_CHAIN_MAX) {
		int error = get_parent(identity, uid, child, &parent);
		if (error == -EPERM)
			list[watched++] = parent;
		if (error == -EPERM || error == -EACCES)
			break;
		if (error < 0)
			return error == -ESRCH ? -EAGAIN : error;
		list[watched++] = child = parent;
		++*len;
	}
	return kin_live(&identity->kin, list, watched) == 1 ? 0 : -EAGAIN;
}

/*
 * What read_caller() says, by what is held. Let that one be asked: -EAGAIN when what is held may be
 * wrong, -ECHILD for a thread that leads no process.
 */
static int recall_caller(struct identity *identity, pid_t tid, uid_t uid, struct caller *out)
{
	struct kin_process *list[PARTY_CHAIN_MAX + 1];
	int error = identity->kin.is_on ? kin_get(&identity->kin, tid, &list[0]) : -ECHILD;
	if (error < 0)
		return error == -ECHILD ? error : -EAGAIN;
	error = gone_is_esrch(callenv_read(list[0]->dir_fd, &out->env));
	if (error == 0)
		error = climb(identity, uid, list, &out->len);
	for (unsigned i = 0; error == 0 && i < out->len; i++)
		out->chain[i] = list[i]->process;
	return error == -EINVAL ? error : error < 0 ? -EAGAIN : 0;
}

static int find_caller(struct identity *identity, pid_t tid, uid_t uid, struct caller *out)
{
	int error = recall_caller(identity, tid, uid, out);
	if (error != -EAGAIN && error != -ECHILD)
		return error;
	if (error == -EAGAIN)
		kin_release(&identity->kin);
	out->env = (struct callenv){0};
	out->len = 0;
	return read_caller(identity, tid, uid, out);
}

/* Coarse: a minute more or less makes no difference, and this is no clock that decides. */
static int64_t coarse_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/* The name that the user database has; "uid1000" where it has none that we could show. */
static bool find_login(uid_t uid, char out[OWNER_MAX + 1])
{
	struct passwd entry, *found = NULL;
	char buffer[PASSWD_MAX];
	int error = getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found);
	size_t len = error == 0 && found ? strlen(found->pw_name) : 0;
	bool is_known = len > 0 && text_is_clean(found->pw_name, len, OWNER_MAX);
	if (is_known)
		memcpy(out, found->pw_name, len + 1);
	else
		snprintf(out, OWNER_MAX + 1, "uid%u", uid);
	return is_known;
}

static struct login *cached_login(const struct identity *identity, uid_t uid)
{
	struct login *login;
	HASH_FIND(hh, identity->logins, &uid, sizeof(uid), login);
	return login;
}

/* NULL when memory is out. */
static struct login *get_login(struct identity *identity, uid_t uid)
{
	struct login *login = cached_login(identity, uid);
	if (login)
		return login;
	login = calloc(1, sizeof(*login));
	if (!login)
		return NULL;
	login->uid = uid;
	HASH_ADD(hh, identity->logins, uid, sizeof(login->uid), login);
	if (login->hh.tbl)
		return login;
	free(login);
	return NULL;
}

static void login_name(struct identity *identity, uid_t uid, char out[OWNER_MAX + 1])
{
	struct login *login = get_login(identity, uid);
	if (login && coarse_ns() < login->until_ns) {
		memcpy(out, login->name, sizeof(login->name));
		return;
	}
	bool is_known = find_login(uid, out);
	if (!login)
		return;
	memcpy(login->name, out, strlen(out) + 1);
	login->until_ns = is_known ? INT64_MAX : coarse_ns() + NAMELESS_NS;
}

/* Four hex digits that tell sibling sessions apart (FNV-1a, folded). */
static void default_agent_id(const struct caller *caller, char out[AGENT_ID_MAX])
{
	struct process process = {0};
	if (caller->len > 0)
		process = caller->chain[caller->len > 1 ? 1 : 0];
	uint64_t words[] = {(uint64_t)process.pid, (uint64_t)process.start_ns};
	uint32_t hash = UINT32_C(2166136261);
	for (size_t i = 0; i < 2; i++) {
		for (unsigned shift = 0; shift < 64; shift += 8)
			hash = (hash ^ (uint32_t)(words[i] >> shift & 0xff)) * UINT32_C(16777619);
	}
	snprintf(out, AGENT_ID_MAX, "agent-%04x", (hash ^ hash >> 16) & 0xffff);
}

static const char *given_or(const struct callenv *env, enum callenv_name name, const char *other)
{
	return env->value[name][0] ? env->value[name] : other;
}

static struct party *make_party(struct identity *identity, uid_t uid, const struct caller *caller)
{
	const struct callenv *env = &caller->env;
	bool has_owner = env->value[CALLENV_OWNER][0] != '\0';
	bool has_agent = env->value[CALLENV_AGENT_ID][0] != '\0';
	char login[OWNER_MAX + 1] = "";
	char agent_id[AGENT_ID_MAX];
	if (!has_owner)
		login_name(identity, uid, login);
	default_agent_id(caller, agent_id);
	return party_new(uid, given_or(env, CALLENV_OWNER, login), has_owner,
			 given_or(env, CALLENV_AGENT_ID, agent_id), has_agent,
			 given_or(env, CALLENV_HOST, identity->host),
			 given_or(env, CALLENV_ACTOR, NULL), caller->chain, caller->len);
}

static void read_host(char out[OWNER_MAX + 1])
{
	out[OWNER_MAX] = '\0';
	if (gethostname(out, OWNER_MAX) < 0 || out[0] == '\0' ||
	    !text_is_clean(out, strlen(out), OWNER_MAX))
		snprintf(out, OWNER_MAX + 1, "localhost");
}

int identity_init(struct identity *identity, const char *proc_path)
{
	int fd = open(proc_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*identity = (struct identity){.proc_fd = fd, .ns_per_tick = procstat_ns_per_tick()};
	read_host(identity->host);
	kin_init(&identity->kin, fd, identity->ns_per_tick);
	return 0;
}

void identity_release(struct identity *identity)
{
	struct login *login, *next;
	HASH_ITER (hh, identity->logins, login, next) {
		HASH_DELETE(hh, identity->logins, login);
		free(login);
	}
	kin_release(&identity->kin);
	close(identity->proc_fd);
	*identity = (struct identity){.proc_fd = -1};
}

int identity_read(struct identity *identity, pid_t tid, uid_t uid, struct party **out)
{
	struct caller caller;
	caller.env = (struct callenv){0};
	caller.len = 0;
	int error = tid > 0 ? find_caller(identity, tid, uid, &caller) : 0;
	if (error < 0)
		return error;
	struct party *party = make_party(identity, uid, &caller);
	if (!party)
		return -ENOMEM;
	*out = party;
	return 0;
}

struct process identity_process(struct identity *identity, pid_t tid)
{
	const struct process none = {0};
	if (tid <= 0)
		return none;
	struct kin_process *held;
	if (identity->kin.is_on && kin_get(&identity->kin, tid, &held) == 0) {
		struct process process = held->process;
		if (kin_live(&identity->kin, &held, 1) == 1)
			return process;
	}
	SCOPED_FD dir = open_process(identity->proc_fd, tid);
	pid_t pid;
	struct procstat stat;
	if (dir < 0 || read_tgid(dir, &pid) < 0 || read_stat(identity, pid, &stat) < 0 ||
	    stat.is_dead)
		return none;
	return (struct process){pid, stat.start_ns};
}

struct process identity_meant(struct identity *identity, pid_t tid, pid_t pid)
{
	pid_t ours = pidns_meant(identity->proc_fd, tid, pid);
	return ours ? identity_process(identity, ours) : (struct process){0};
}

bool identity_is_alive(struct identity *identity, struct process process)
{
	struct kin_process *held = kin_find(&identity->kin, process.pid);
	int lives = -ESRCH;
	if (held && held->process.start_ns == process.start_ns)
		lives = kin_live(&identity->kin, &held, 1);
	if (lives >= 0)
		return lives;
	/* Where it cannot be told, a lock is rather kept. */
	return procstat_verify(identity->proc_fd, process, identity->ns_per_tick) != -ESRCH;
}

unsigned identity_nearest_living(struct identity *identity, const struct party *party,
				 unsigned from)
{
	while (from < party->chain_len && !identity_is_alive(identity, party->chain[from]))
		from++;
	return from < party->chain_len ? from : party->chain_len;
}
