/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/log.h"
#include "base/progress.h"
#include "stderr_tap.h"

/* The clock is ours: the linker puts this in the place of time_mono(). */
static double now;
double __wrap_time_mono(void);
double __wrap_time_mono(void)
{
	return now;
}

struct scene {
	struct stderr_tap tap;
	struct str got;
};

static struct scene start(unsigned short columns)
{
	setenv("TERM", "xterm", 1);
	now = 1000;
	return (struct scene){ .tap = tap_start(columns) };
}

/* Collects first and compares after the real stderr is back, so that a failure is seen. */
static void note(struct scene *s)
{
	AUTO_STR struct str part = STR_INIT;

	tap_read(&s->tap, &part);
	str_addf(&s->got, "%s|", str_c(&part));
}

static void finish(struct scene *s, const char *want)
{
	AUTO_STR struct str got = s->got;

	tap_stop(&s->tap);
	assert_string_equal(str_c(&got), want);
}

static void plain_lines(void **state)
{
	struct scene s = start(0);
	struct progress *p = progress_new("build tiny", 124);
	(void)state;

	note(&s);
	now += 59;
	progress_update(p, 5, 10, "a.o");
	note(&s);
	now += 1;
	progress_update(p, 612, 1043, "b.o");
	note(&s);
	now += 59;
	progress_tick(p);
	note(&s);
	now += 40;
	progress_tick(p);
	log_info("between");
	note(&s);
	progress_end(p, "built in 2m40s");
	note(&s);
	p = progress_new("boot", 0);
	now += 60;
	progress_update(p, 7, 0, NULL);
	progress_end(p, NULL);
	note(&s);
	finish(&s, "build tiny: about 2m04s\n||"
		   "build tiny: 1m00s of about 2m04s   612/1043\n||"
		   "build tiny: 2m39s, usually 2m04s   612/1043\nkassay: between\n|"
		   "build tiny: built in 2m40s\n|"
		   "boot\nboot: 1m00s   7\n|");
}

static void terminal_line(void **state)
{
	struct scene s = start(80);
	struct progress *p = progress_new("build tiny", 124);
	(void)state;

	note(&s);
	now += 0.05;
	progress_update(p, 1, 1043, "early.o");
	note(&s);
	now += 72;
	progress_update(p, 612, 1043, "lib/list_sort.o");
	note(&s);
	log_info("a message");
	note(&s);
	progress_end(p, "built");
	note(&s);
	finish(&s, "\r  build tiny       0s of about 2m04s\033[K||"
		   "\r  build tiny       1m12s of about 2m04s   612/1043  lib/list_sort.o\033[K|"
		   "\r\033[Kkassay: a message\n"
		   "\r  build tiny       1m12s of about 2m04s   612/1043  lib/list_sort.o\033[K|"
		   "\r\033[Kbuild tiny: built\n|");
}

/* Columns of a line as the terminal shows it, counting what may be wide as two. */
static size_t shown(struct view v)
{
	size_t n = 0;

	view_skip(&v, "\r");
	if (view_ends(v, "\033[K"))
		v.len -= 3;
	while (v.len > 0) {
		size_t bytes = view_utf8(v, NULL);

		assert_int_not_equal(bytes, 0);
		n += bytes > 1 ? 2 : 1;
		v = view_sub(v, bytes, v.len);
	}
	return n;
}

static void never_wraps(void **state)
{
	static const char *const details[] = {
		"drivers/net/ethernet/some/where/far/down/the/tree/that/does/not/fit.o",
		"\xe6\xb1\x89\xe5\xad\x97\xe6\xb1\x89\xe5\xad\x97\xe6\xb1\x89\xe5\xad\x97\xe6\xb1\x89\xe5\xad\x97",
		"\033[2J\n\xff",
		"x",
	};
	(void)state;

	for (unsigned short columns = 1; columns < 120; columns++) {
		for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
			struct scene s = start(columns);
			struct progress *p = progress_new("st\xc3\xa9ge with a long name", 99);

			now += 1;
			tap_read(&s.tap, &s.got);
			progress_update(p, 12345, 67890, details[i]);
			tap_read(&s.tap, &s.got);
			progress_end(p, NULL);
			tap_stop(&s.tap);
			assert_in_range(shown(str_view(&s.got)), 0, columns - 1);
			str_release(&s.got);
		}
	}
}

static void long_detail_keeps_its_end(void **state)
{
	struct scene s = start(60);
	struct progress *p = progress_new("build", 0);
	(void)state;

	tap_read(&s.tap, &s.got);
	str_clear(&s.got);
	now += 1;
	progress_update(p, 3, 4, "drivers/net/ethernet/somewhere/file.o");
	note(&s);
	progress_end(p, NULL);
	finish(&s, "\r  build            1s   3/4  ...t/ethernet/somewhere/file.o\033[K|");
}

static void stages_inside_stages(void **state)
{
	struct scene s = start(80);
	struct progress *outer = progress_new("outer", 0), *inner = progress_new("inner", 0);
	(void)state;

	note(&s);
	now += 1;
	progress_tick(outer);
	note(&s);
	progress_end(outer, "over");
	note(&s);
	progress_end(inner, NULL);
	note(&s);
	outer = progress_new("outer", 0);
	inner = progress_new("inner", 0);
	note(&s);
	progress_end(inner, "in");
	note(&s);
	progress_end(outer, NULL);
	note(&s);
	finish(&s,
	       "\r  outer            0s\033[K"
	       "\r  outer            0s\033[K\n  inner            0s\033[K|"
	       "\r\033[1A  outer            1s\033[K\n  inner            1s\033[J|"
	       "\r\033[1A\033[Jouter: over\n\r  inner            1s\033[K|\r\033[K|"
	       "\r  outer            0s\033[K\r  outer            0s\033[K\n  inner            0s\033[K|"
	       "\r\033[1A\033[Jinner: in\n\r  outer            0s\033[K|\r\033[K|");
}

/* Four stages where three lines are: the last line stays free for what scrolls. */
static void more_stages_than_lines(void **state)
{
	struct scene s = start(80);
	struct progress *p[4];
	static const char *const names[] = { "a", "b", "c", "d" };
	struct winsize size = { .ws_row = 4, .ws_col = 80 };
	(void)state;

	ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
	for (int i = 0; i < 4; i++)
		p[i] = progress_new(names[i], 0);
	tap_read(&s.tap, &s.got);
	str_clear(&s.got);
	now += 1;
	progress_tick(p[0]);
	progress_tick(p[3]); /* was drawn with the other */
	note(&s);
	progress_end(p[1], "over");
	note(&s);
	progress_end(p[3], NULL);
	progress_end(p[2], NULL);
	progress_end(p[0], NULL);
	note(&s);
	finish(&s,
	       "\r\033[2A  and 2 more\033[K\n  c                1s\033[K\n  d                1s\033[J|"
	       "\r\033[2A\033[Jb: over\n"
	       "\r  a                1s\033[K\n  c                1s\033[K\n  d                1s\033[K|"
	       "\r\033[2A\033[J\r  a                1s\033[K\n  c                1s\033[K"
	       "\r\033[1A\033[J\r  a                1s\033[K\r\033[K|");
}

static void quiet(void **state)
{
	(void)state;
	for (unsigned short columns = 0; columns <= 80; columns += 80) {
		struct scene s = start(columns);
		struct progress *p;

		log_set_level(LOG_WARN);
		p = progress_new("build", 5);
		now += 100;
		progress_update(p, 1, 2, "x");
		progress_end(p, "built");
		progress_end(NULL, "x");
		log_set_level(LOG_INFO);
		note(&s);
		finish(&s, "|");
	}
}

static void dumb_terminal_gets_plain_lines(void **state)
{
	struct scene s = start(80);
	struct progress *p;
	(void)state;

	setenv("TERM", "dumb", 1);
	p = progress_new("build", 0);
	progress_end(p, "built");
	note(&s);
	finish(&s, "build\nbuild: built\n|");
}

RUN(T(plain_lines), T(terminal_line), T(never_wraps), T(long_detail_keeps_its_end),
    T(stages_inside_stages), T(more_stages_than_lines), T(quiet), T(dumb_terminal_gets_plain_lines))
