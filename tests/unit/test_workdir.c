/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/file.h"
#include "sys/workdir.h"

static void make_older(const char *dir)
{
	AUTO_FREE char *lock = mem_printf("%s.lock", dir);
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	assert_int_equal(utimensat(AT_FDCWD, lock, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make(const char *tag, struct workdir *ret)
{
	struct err err = { 0 };

	if (workdir_make(tag, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

/* As if its process had been killed. */
static char *abandon(struct workdir *w)
{
	char *path = w->path;

	close(w->lock_fd);
	*w = (struct workdir){ 0 };
	return path;
}

/* Files in the folder itself: those of locks and links. */
static size_t count(const char *place)
{
	AUTO_STRV struct strv names = { 0 };
	struct err err = { 0 };

	assert_int_equal(dir_list(place, &names, &err), 0);
	return names.len;
}

static void of_the_killed(const char *place)
{
	struct workdir used, dead, kept, young, next;

	make("a", &used);
	make("b", &dead);
	make("b", &kept);
	make("a", &young);
	AUTO_FREE char *kept_path = mem_strdup(kept.path);
	make_older(used.path);
	make_older(dead.path);
	make_older(kept.path);
	AUTO_FREE char *dead_path = abandon(&dead), *young_path = abandon(&young);
	AUTO_FREE char *file = path_join(dead_path, "~last");
	close(open(file, O_CREAT | O_WRONLY, 0600));
	workdir_end(&kept, true);
	make("a", &next);
	assert_true(dir_exists(used.path) && dir_exists(next.path) && dir_exists(kept_path));
	assert_true(dir_exists(young_path));
	assert_false(dir_exists(dead_path));
	workdir_end(&next, false);
	/* Its removal was cut short: the folder is gone, its lock file is not. */
	struct err err = { 0 };
	assert_int_equal(dir_remove(young_path, &err), 0);
	make_older(young_path);
	make("a", &next);
	workdir_end(&next, false);
	workdir_end(&used, false);
	workdir_end(&used, false);
	assert_int_equal(count(place), 1); /* what was kept */
}

/* What others may put there to have it removed, or to be waited for. */
static void of_others(const char *place)
{
	AUTO_FREE char *notes = path_join(place, "kassay-notes"), *notes_lock = path_join(place, "kassay-notes.lock");
	AUTO_FREE char *precious = path_join(place, "precious"), *link = path_join(place, "kassay-a.link00"),
		       *link_lock = path_join(place, "kassay-a.link00.lock"),
		       *fifo = path_join(place, "kassay-a.fifo00.lock");
	struct workdir w;

	assert_int_equal(mkdir(precious, 0700), 0);
	assert_int_equal(mkdir(notes, 0700), 0);
	close(open(notes_lock, O_CREAT | O_WRONLY, 0600));
	make_older(notes);
	assert_int_equal(symlink("precious", link), 0);
	close(open(link_lock, O_CREAT | O_WRONLY, 0600));
	make_older(link);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	make("a", &w);
	workdir_end(&w, false);
	assert_true(dir_exists(precious) && dir_exists(notes) && file_exists(notes_lock));
	assert_true(file_exists(fifo) || access(fifo, F_OK) == 0);
}

static void folders(void **state)
{
	struct err err = { 0 };
	AUTO_FREE char *place = NULL, *other = NULL;
	const char *before = getenv("TMPDIR");
	AUTO_FREE char *kept = before ? mem_strdup(before) : NULL;

	(void)state;
	assert_int_equal(dir_temp("workdir", &place, &err), 0);
	assert_int_equal(dir_temp("workdir", &other, &err), 0);
	setenv("TMPDIR", place, 1);
	of_the_killed(place);
	setenv("TMPDIR", other, 1);
	of_others(other);
	if (kept)
		setenv("TMPDIR", kept, 1);
	else
		unsetenv("TMPDIR");
	assert_int_equal(dir_remove(place, &err), 0);
	assert_int_equal(dir_remove(other, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(folders) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
