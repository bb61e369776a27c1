/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "base/mem.h"
#include "boot/qmp.h"

#define GREETING \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}, \"capabilities\": []}}\r\n"
#define STAMP "\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
#define SHUTDOWN(reason) \
	"{" STAMP "\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"" reason \
	"\"}}\r\n"
#define STOP "{" STAMP "\"event\": \"STOP\"}\r\n"

static void expect(const char *text, enum qmp_cause cause, const char *reason)
{
	for (size_t piece = 1; piece < 300; piece += 7) {
		struct qmp q = { 0 };
		const char *p = text;
		for (size_t n = strlen(text); n;) {
			size_t take = n < piece ? n : piece;
			qmp_feed(&q, p, take);
			p += take;
			n -= take;
		}
		assert_int_equal(q.cause, cause);
		assert_string_equal(q.reason, reason);
		qmp_release(&q);
	}
}

static void causes(void **state)
{
	(void)state;
	expect(GREETING "{\"return\": {}}\r\n", QMP_NONE, "");
	expect(GREETING SHUTDOWN("guest-shutdown"), QMP_GUEST_OFF, "guest-shutdown");
	expect(GREETING SHUTDOWN("guest-reset"), QMP_GUEST_RESET, "guest-reset");
	expect(SHUTDOWN("subsystem-reset"), QMP_GUEST_RESET, "subsystem-reset");
	expect(SHUTDOWN("guest-panic"), QMP_GUEST_PANIC, "guest-panic");
	expect(SHUTDOWN("host-signal"), QMP_HOST, "host-signal");
	expect("{\"event\": \"SHUTDOWN\"}\n", QMP_HOST, "");
	expect("{\"event\": \"GUEST_PANICKED\", \"data\": {}}\n" SHUTDOWN("guest-shutdown"),
	       QMP_GUEST_PANIC, "GUEST_PANICKED");
	expect(SHUTDOWN("guest-reset") SHUTDOWN("host-signal"), QMP_GUEST_RESET, "guest-reset");
}

static void stops(void **state)
{
	(void)state;
	expect(STOP, QMP_STOPPED, "");
	expect(STOP SHUTDOWN("host-signal"), QMP_HOST, "host-signal");
	expect("{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"reason\": \"No space left on device\"}}\n" STOP,
	       QMP_STOPPED, "No space left on device");
}

static void what_is_not_qmp(void **state)
{
	AUTO_STR struct str s = STR_INIT;
	(void)state;

	expect("garbage\n[]\n\n7\n{\"event\": 3}\n{\"event\": \"NEW\"}\n" SHUTDOWN("guest-reset"),
	       QMP_GUEST_RESET, "guest-reset");
	/* A line without end costs no memory, and the next one counts. */
	for (int i = 0; i < QMP_LINE_MAX; i++)
		str_adds(&s, "xyz");
	struct qmp q = { 0 };
	qmp_feed(&q, s.data, s.len);
	assert_true(q.line.cap <= 2 * QMP_LINE_MAX);
	qmp_feed(&q, "\n" SHUTDOWN("guest-reset"), strlen("\n" SHUTDOWN("guest-reset")));
	assert_int_equal(q.cause, QMP_GUEST_RESET);
	qmp_release(&q);
}

RUN(T(causes), T(stops), T(what_is_not_qmp))
