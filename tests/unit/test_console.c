/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "boot/console.h"

static void watch(struct console_watch *w, const char *text, size_t piece)
{
	*w = (struct console_watch){ 0 };
	for (size_t n = strlen(text); n;) {
		size_t take = n < piece ? n : piece;
		console_watch_feed(w, text, take);
		text += take;
		n -= take;
	}
}

static void says(const char *text, enum console_said said, const char *line)
{
	struct console_watch w;

	for (size_t piece = 1; piece < 200; piece++) {
		watch(&w, text, piece);
		assert_int_equal(w.said, said);
		assert_string_equal(w.text, line);
	}
}

static void panics_however_they_are_cut(void **state)
{
	(void)state;
	says("Kernel panic - not syncing: x", CONSOLE_PANIC, "Kernel panic - not syncing: x");
	says("booting\r\n[    1.5] Kernel panic - not syncing: Attempted to kill init!\r\n[    1.6] CPU: 0\r\n",
	     CONSOLE_PANIC, "Kernel panic - not syncing: Attempted to kill init!");
	says("[    1.5][    T1] Kernel panic - not syncing: y\n", CONSOLE_PANIC,
	     "Kernel panic - not syncing: y");
	/* A line somebody had begun. */
	says("a program's[    1.5] Kernel panic - not syncing: z\n", CONSOLE_PANIC,
	     "Kernel panic - not syncing: z");
	says("abc\nKernel panic - not syncing: \x1b[2J\x07\n", CONSOLE_PANIC,
	     "Kernel panic - not syncing: ?[2J?");
}

static void words_of_others_are_none(void **state)
{
	(void)state;
	says("the text Kernel panic - not syncing: x\n", CONSOLE_NOTHING, "");
	says("[    1.5] end Kernel panic - not syncing\n", CONSOLE_NOTHING, "");
	says("[    1.5] Kernel panic - not synced\nreboot: R\n", CONSOLE_NOTHING, "");
	says("", CONSOLE_NOTHING, "");
	says("Kernel panic - Kernel panic -] reboot: ", CONSOLE_NOTHING, "");
}

static void ends_without_a_panic(void **state)
{
	(void)state;
	says("[    9.1] reboot: Power down\n", CONSOLE_OFF, "reboot: Power down");
	says("reboot: Power off not available: System halted instead\n", CONSOLE_OFF,
	     "reboot: Power off not available: System halted instead");
	says("[    9.1] reboot: System halted\n", CONSOLE_OFF, "reboot: System halted");
	says("[    9.1] reboot: Restarting system\n", CONSOLE_RESTART, "reboot: Restarting system");
	/* The first counts, but a panic more. */
	says("reboot: Power down\nreboot: Restarting system\n", CONSOLE_OFF, "reboot: Power down");
	says("reboot: Restarting system\nKernel panic - not syncing: late\nreboot: Power down\n",
	     CONSOLE_PANIC, "Kernel panic - not syncing: late");
}

static void long_output(void **state)
{
	struct console_watch w = { 0 };
	AUTO_STR struct str s = STR_INIT;
	(void)state;

	for (int i = 0; i < 100000; i++)
		str_adds(&s, i % 7 ? "reboot: Kernel " : "\n[    1.0] ");
	str_adds(&s, "\nKernel panic - not syncing: ");
	for (int i = 0; i < 1000; i++)
		str_addc(&s, 'x');
	console_watch_feed(&w, s.data, s.len);
	assert_int_equal(w.said, CONSOLE_PANIC);
	assert_int_equal(strlen(w.text), CONSOLE_TEXT_MAX - 1);
}

static void floods(void **state)
{
	struct flood f = { .since = 100 };
	double now = 100;
	(void)state;

	/* Ten seconds at twice the rate. */
	for (int i = 0; i < 100; i++)
		flood_add(&f, FLOOD_RATE / 5, now += 0.1);
	assert_true(flood_add(&f, 0, now) > 8.5 && f.seconds < 10.5);
	/* One quiet second ends it. */
	for (int i = 0; i < 11; i++)
		flood_add(&f, 0, now += 0.1);
	assert_true(flood_add(&f, 0, now) == 0);
	/* A burst is none, however large. */
	flood_add(&f, 50 << 20, now += 0.1);
	now += 0.95;
	assert_true(flood_add(&f, 0, now) <= 2.1);
	now += 1;
	assert_true(flood_add(&f, 0, now) == 0);
}

RUN(T(panics_however_they_are_cut), T(words_of_others_are_none), T(ends_without_a_panic),
    T(long_output), T(floods))
