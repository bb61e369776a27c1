/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 100,000 tests into a new store, a commit for every 100; then the same again (every one replaced),
 * a list of all, and all as JSON. Beside them the floor: as many files' worth of fdatasync(2) as
 * there are commits. In the folder given, which says what disk is measured.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/store.h"
#include "sys/file.h"

enum { TESTS = 100000, BATCH = 100, SYNC_BYTES = 64 << 10 };

static void die(const struct err *err)
{
	fprintf(stderr, "bench store: %s\n", err->msg);
	exit(1);
}

static void say(const char *what, double began, const char *unit, double n)
{
	double seconds = time_mono() - began;

	printf("%-28s %7.2f s %10.0f %s/s\n", what, seconds, n / seconds, unit);
}

static void put_all(struct store *s, const char *misc)
{
	struct err err = { 0 };
	char id[160], path[100];

	for (int i = 0; i < TESTS; i++) {
		snprintf(path, sizeof(path), "kunit.some-suite-%d.some_case_with_a_name_%d", i / 40,
			 i);
		snprintf(id, sizeof(id), "bench:0123456789abcdef:qemu-x86_64:%s", path);
		struct store_test t = {
			.id = id,
			.origin = "bench",
			.build_id = "bench:0123456789abcdef",
			.run = 1,
			.platform = "qemu-x86_64",
			.path = path,
			.status = i % 50 ? "PASS" : "FAIL",
			.start_ms = 1700000000000 + i,
			.duration = 0.01,
			.suite = "kunit",
			.misc = misc,
		};

		if (store_put_test(s, &t, &err) < 0 ||
		    ((i + 1) % BATCH == 0 && store_commit(s, &err) < 0))
			die(&err);
	}
}

static void sync_floor(const char *dir)
{
	AUTO_FREE char *path = path_join(dir, "floor"), *block = mem_alloc(SYNC_BYTES);
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	for (int i = 0; i < TESTS / BATCH; i++)
		if (write(fd, block, SYNC_BYTES) != SYNC_BYTES || fdatasync(fd) < 0)
			exit(1);
	unlink(path);
}

static void read_all(struct store *s)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STR struct str out = STR_INIT;
	struct store_filter all = { .run = 1 };
	struct store_tests list;
	struct err err = { 0 };
	double began = time_mono();

	if (store_tests(s, a, &all, &list, &err) < 0)
		die(&err);
	say("list", began, "tests", (double)list.len);
	began = time_mono();
	vec_foreach(t, &list) {
		struct jwriter w;

		str_clear(&out);
		jw_init(&w, &out, 0);
		store_test_json(&w, t);
	}
	say("as JSON", began, "tests", (double)list.len);
	vec_release(&list);
}

int main(int argc, char **argv)
{
	AUTO_FREE char *path = path_join(argc > 1 ? argv[1] : ".", "bench-store.db");
	struct store *s;
	struct err err = { 0 };
	double began = time_mono();

	unlink(path);
	sync_floor(argc > 1 ? argv[1] : ".");
	say("floor: 64 kB, fdatasync", began, "syncs", TESTS / BATCH);
	if (store_open(path, true, &s, &err) < 0)
		die(&err);
	began = time_mono();
	put_all(s, NULL);
	say("put, commit every 100", began, "tests", TESTS);
	began = time_mono();
	put_all(s,
		"{\"kassay\":{\"name\":\"some_case_with_a_name\",\"timeout\":300,\"timeout_scale\":7.5}}");
	say("replace, with misc", began, "tests", TESTS);
	read_all(s);
	store_close(s);

	struct stat st;

	if (stat(path, &st) == 0)
		printf("%-28s %7.1f MB\n", "size", (double)st.st_size / 1e6);
	unlink(path);
	return 0;
}
