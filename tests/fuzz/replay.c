/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main() of a fuzz target in ordinary builds: run it over the files and folders that are named. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		if (f)
			fclose(f);
		return -1;
	}
	/* No byte more than there is: so a sanitizer sees a read behind the end. */
	size_t size = (size_t)st.st_size;
	uint8_t *data = mem_alloc(size);
	size_t n = fread(data, 1, size, f);

	fclose(f);
	if (n == size)
		LLVMFuzzerTestOneInput(size > 0 ? data : NULL, size);
	free(data);
	return n == size ? 1 : -1;
}

static int replay_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), sum = 0;

	if (n < 0)
		return replay(path);
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *file = mem_printf("%s/%s", path, names[i]->d_name);

		if (names[i]->d_name[0] != '.' && sum >= 0) {
			int rc = replay(file);

			sum = rc < 0 ? -1 : sum + rc;
		}
		free(names[i]);
	}
	free(names);
	return sum;
}

int main(int argc, char **argv)
{
	int sum = 0;

	for (int i = 1; i < argc; i++) {
		int n = replay_folder(argv[i]);

		if (n < 0)
			return 1;
		sum += n;
	}
	printf("%d inputs\n", sum);
	/* A corpus that went missing is a failure. */
	return sum > 0 ? 0 : 1;
}
