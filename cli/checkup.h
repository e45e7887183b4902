/*
 * What doctor looks at: one function a thing, each with a sentence and, where something is
 * wrong, the command that mends it. Nothing is started or changed.
 */
#ifndef CLI_CHECKUP_H
#define CLI_CHECKUP_H

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct finding {
	enum health health;
	char sentence[1024];
	char remedy[1024]; /* a command, or "" */
};

struct checkup {
	const char *name;
	void (*look)(const char *root, struct finding *finding);
};

/* All of them, causes before what they cause; NULL name at the end. */
extern const struct checkup checkups[];

/* What a check has found. */
void found(struct finding *finding, enum health health, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What mends it: the command, and a path behind it as a shell wants it (NULL: none). */
void mended_by(struct finding *finding, const char *command, const char *path);

/* The same for a command that only root may run. */
void mended_by_root(struct finding *finding, const char *command, const char *path);

/* checkup_machine.c */
void look_at_kernel(const char *root, struct finding *finding);
void look_at_clock(const char *root, struct finding *finding);
void look_at_device(const char *root, struct finding *finding);
void look_at_helper(const char *root, struct finding *finding);

/* checkup_root.c */
void look_at_root(const char *root, struct finding *finding);
void look_at_journal(const char *root, struct finding *finding);
void look_for_strays(const char *root, struct finding *finding);
void look_at_link(const char *root, struct finding *finding);

/* checkup_answers.c */
void look_at_mount(const char *root, struct finding *finding);
void look_at_remote(const char *root, struct finding *finding);
void look_at_shared(const char *root, struct finding *finding);

#endif
