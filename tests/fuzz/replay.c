/*
 * Feeds each file named in argv to the fuzz target that this is linked with, so that the corpus
 * is a test with any compiler. No file at all is a failure: a lost corpus must not look sound.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "property.h"

#define INPUT_MAX ((size_t)1 << 20)

/* The input in a block of exactly its size, so that a sanitizer sees the first byte too many. */
static int replay(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *buffer = malloc(INPUT_MAX);
	uint8_t *exact = NULL;
	size_t size = 0;
	int result = -1;

	if (!file || !buffer)
		goto out;
	size = fread(buffer, 1, INPUT_MAX, file);
	if (ferror(file) || size == INPUT_MAX)
		goto out;
	exact = realloc(buffer, size ? size : 1);
	if (!exact)
		goto out;
	buffer = exact;
	LLVMFuzzerTestOneInput(exact, size);
	result = 0;
out:
	free(buffer);
	if (file)
		fclose(file);
	return result;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "%s: no corpus files given\n", argv[0]);
		return 1;
	}
	for (int i = 1; i < argc; i++)
		if (replay(argv[i])) {
			fprintf(stderr, "%s: cannot read %s\n", argv[0], argv[i]);
			return 1;
		}
	printf("%d inputs\n", argc - 1);
	return 0;
}
