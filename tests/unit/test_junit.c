/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XML is read back by an XML parser that somebody else wrote. */
#include "test.h"

#include "interop/junit.h"

static const char check[] =
	"import sys, xml.etree.ElementTree as e\n"
	"r = e.parse(sys.argv[1]).getroot()\n"
	"s = r.findall('testsuite')\n"
	"assert len(s) == 3, s\n"
	"assert (s[0].get('tests'), s[0].get('failures'), s[0].get('skipped')) == ('2', '1', '1'), s[0].attrib\n"
	"c = s[0].find('testcase')\n"
	"assert c.get('classname') == 'kunit.x' and c.get('name') == 'a'\n"
	"assert c.find('failure').get('message') == 'it <broke> & \"died\"'\n"
	"assert 'line 1' in c.find('failure').text and '\\x1b' not in c.find('failure').text\n"
	"assert s[1].get('errors') == '1'\n"
	"assert (s[2].get('tests'), s[2].get('failures')) == ('2', '1')\n";

static void written_and_read(void **state)
{
	struct store_test rows[] = {
		{ .build_id = "o:1", .platform = "q", .suite = "kunit", .path = "kunit.x", .status = "FAIL" },
		{ .build_id = "o:1", .platform = "q", .suite = "kunit", .path = "kunit.x.a", .status = "FAIL",
		  .reason = "it <broke> & \"died\"", .log_excerpt = "line 1\n\033[31mline 2\n" },
		{ .build_id = "o:1", .platform = "q", .suite = "kunit", .path = "kunit.x.b", .status = "SKIP" },
		{ .build_id = "o:1", .platform = "q", .suite = "cmd:x", .path = "cmd.x", .status = "MISS" },
		{ .build_id = "o:1", .path = "size.image", .status = "DONE" },
		/* A parent that failed and whose subtests did not: a crash, an exit status. */
		{ .build_id = "o:1", .platform = "q", .suite = "cmd:y", .path = "cmd.y", .status = "FAIL" },
		{ .build_id = "o:1", .platform = "q", .suite = "cmd:y", .path = "cmd.y.sub", .status = "PASS" },
	};
	struct store_tests tests = { rows, ARRAY_SIZE(rows), ARRAY_SIZE(rows) };
	char path[] = "/tmp/kassay-junit.XXXXXX";
	int fd = mkstemp(path);
	struct err err = { 0 };
	AUTO_FREE char *command = mem_printf("python3 -c '%s' %s", "exec(__import__(\"os\").environ[\"CHECK\"])", path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(junit_write(path, &tests, &err), 0);
	setenv("CHECK", check, 1);
	assert_int_equal(system(command), 0);
	unlink(path);
	assert_true(junit_write("/proc/nowhere/x.xml", &tests, &err) < 0);
	assert_non_null(strstr(err.msg, "/proc/nowhere/x.xml"));
}

RUN(T(written_and_read))
