/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/warnings.h"

static struct finding warning(const char *object, const char *title, unsigned line)
{
	struct finding f = {
		.kind = FINDING_BUILD,
		.severity = SEVERITY_WARNING,
		.type = "warning",
		.title = title,
		.message = title,
		.object = object,
		.file = "lib/foo.c",
		.line_in_file = line,
		.column = 3,
		.excerpt = "some\nlines",
	};

	signature_of(FINDING_BUILD, &title, 1, f.signature);
	return f;
}

static void add(struct warnings *w, const char *object, const char *title, unsigned line)
{
	struct finding f = warning(object, title, line);

	warnings_add(w, &f);
}

struct listed {
	struct build_result r;
};

static void list(const struct warnings *w, struct listed *l)
{
	vec_release(&l->r.findings);
	arena_free(l->r.arena);
	l->r = (struct build_result){ .arena = arena_new() };
	warnings_list(w, &l->r);
}

static void listed_release(struct listed *l)
{
	vec_release(&l->r.findings);
	arena_free(l->r.arena);
}
#define AUTO_LISTED __attribute__((cleanup(listed_release)))

/* What a new process knows. */
static struct warnings *reread(struct warnings *w)
{
	AUTO_STR struct str text = STR_INIT;
	AUTO_ARENA struct arena *a = arena_new();
	struct err err = { 0 };
	struct jwriter jw;
	struct jnode *root;

	jw_init(&jw, &text, 0);
	warnings_write(w, &jw);
	warnings_free(w);
	assert_int_equal(jt_parse(a, "state", str_view(&text), &root, &err), 0);
	struct warnings *again = warnings_new();
	warnings_read(again, root);
	return again;
}

static void belong_to_their_object(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };

	(void)state;
	warnings_begin(w);
	warnings_target(w, VIEW("lib/foo.o"));
	add(w, "lib/foo.o", "one", 1);
	add(w, "lib/foo.o", "two", 2);
	warnings_target(w, VIEW("lib/bar.o"));
	list(w, &l);
	assert_int_equal(l.r.findings.len, 2);
	assert_false(l.r.findings.data[0].old);
	w = reread(w);
	warnings_begin(w);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 2);
	assert_true(l.r.findings.data[0].old);
	assert_string_equal(l.r.findings.data[1].f.title, "two");
	assert_string_equal(l.r.findings.data[1].f.excerpt, "some\nlines");
	assert_string_equal(l.r.findings.data[1].f.object, "lib/foo.o");
	assert_int_equal(l.r.findings.data[1].f.line_in_file, 2);
	assert_int_equal(l.r.findings.data[1].f.column, 3);
	assert_int_equal(strlen(l.r.findings.data[1].f.signature), 32);
	warnings_target(w, VIEW("lib/foo.o"));
	add(w, "lib/foo.o", "two", 5);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	assert_int_equal(l.r.findings.data[0].f.line_in_file, 5);
	warnings_begin(w);
	warnings_target(w, VIEW("lib/foo.o"));
	list(w, &l);
	assert_int_equal(l.r.findings.len, 0);
	assert_true(warnings_empty(w));
}

static void a_second_line_wipes_nothing(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };

	/* LD vmlinux, SORTTAB vmlinux */
	(void)state;
	warnings_begin(w);
	warnings_target(w, VIEW("vmlinux"));
	add(w, "vmlinux", "RWX segment", 0);
	warnings_target(w, VIEW("vmlinux"));
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	warnings_begin(w);
	warnings_target(w, VIEW("vmlinux"));
	list(w, &l);
	assert_int_equal(l.r.findings.len, 0);
}

static void errors_do_not_last(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };
	struct finding error = warning("lib/foo.o", "broken", 1),
		       loose = warning(NULL, "of no object", 1);

	(void)state;
	error.severity = SEVERITY_ERROR;
	warnings_begin(w);
	warnings_target(w, VIEW("lib/foo.o"));
	add(w, "lib/foo.o", "one", 1);
	warnings_add(w, &error);
	warnings_add(w, &loose);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 3);
	warnings_begin(w);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	assert_string_equal(l.r.findings.data[0].f.title, "one");
	warnings_add(w, &error);
	warnings_add(w, &loose);
	w = reread(w);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
}

static void a_place_comes_once(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };

	(void)state;
	warnings_begin(w);
	add(w, "a.o", "in a header", 7);
	add(w, "b.o", "in a header", 7);
	add(w, "b.o", "in a header", 8);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 2);
	warnings_begin(w);
	list(w, &l);
	assert_true(l.r.findings.data[0].old && l.r.findings.data[1].old);
	warnings_target(w, VIEW("b.o"));
	add(w, "b.o", "in a header", 7);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	assert_false(l.r.findings.data[0].old);
}

static enum warnings_part part(const char *object, void *data)
{
	const char *linked = data;

	if (strcmp(object, "gone.o") == 0)
		return WARNINGS_GONE;
	return strstr(linked, object) ? WARNINGS_LINKED : WARNINGS_LOOSE;
}

static void what_is_not_linked_hides(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };

	(void)state;
	warnings_begin(w);
	add(w, "a.o", "one", 1);
	add(w, "vdso.o", "two", 1);
	add(w, "gone.o", "three", 1);
	warnings_prune(w, part, (void *)"a.o");
	list(w, &l);
	assert_int_equal(l.r.findings.len, 3); /* made just now: told, whatever it is */
	w = reread(w);
	warnings_prune(w, part, (void *)"");
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	assert_string_equal(l.r.findings.data[0].f.title, "two");
	w = reread(w);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 1);
	warnings_prune(w, part, (void *)"a.o");
	list(w, &l);
	assert_int_equal(l.r.findings.len, 2);
	assert_true(l.r.findings.data[0].old);
	/* Made again while hidden: told. */
	warnings_prune(w, part, (void *)"");
	warnings_begin(w);
	warnings_target(w, VIEW("a.o"));
	add(w, "a.o", "one", 1);
	list(w, &l);
	assert_int_equal(l.r.findings.len, 2);
}

static void limits(void **state)
{
	AUTO_WARNINGS struct warnings *w = warnings_new();
	AUTO_LISTED struct listed l = { 0 };

	(void)state;
	warnings_begin(w);
	for (unsigned i = 0; i < WARNINGS_PER_OBJECT_MAX + 10; i++)
		add(w, "a.o", "many", i);
	list(w, &l);
	assert_int_equal(l.r.findings.len, WARNINGS_PER_OBJECT_MAX);
	for (unsigned i = 0; i < WARNINGS_MAX; i++)
		add(w, NULL, "many more", i);
	list(w, &l);
	assert_int_equal(l.r.findings.len, WARNINGS_MAX);
}

/* The file is ours, but disks and people change files. */
static void odd_state(void **state)
{
	static const char *const texts[] = {
		"null",
		"3",
		"[3]",
		"[{}]",
		"[{\"object\": 3, \"findings\": []}]",
		"[{\"object\": \"a.o\", \"findings\": 3}]",
		"[{\"object\": \"a.o\", \"findings\": [{}]}]",
		("[{\"object\": \"a.o\", \"findings\": [{\"title\": \"t\", \"severity\": \"warning\", \"signature\": "
		 "\"0123456789012345678901234567890123456789\"}]}]"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO_WARNINGS struct warnings *w = warnings_new();
		AUTO_ARENA struct arena *a = arena_new();
		struct err err = { 0 };
		struct jnode *root;

		assert_int_equal(jt_parse(a, "state", view_of(texts[i]), &root, &err), 0);
		warnings_read(w, root);
		assert_true(warnings_empty(w));
	}
	warnings_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(belong_to_their_object),
		cmocka_unit_test(a_second_line_wipes_nothing),
		cmocka_unit_test(errors_do_not_last),
		cmocka_unit_test(a_place_comes_once),
		cmocka_unit_test(what_is_not_linked_hides),
		cmocka_unit_test(limits),
		cmocka_unit_test(odd_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
