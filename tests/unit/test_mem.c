/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/mem.h"

struct pair {
	int a, b;
};

static void heap(void **state)
{
	AUTO_FREE struct pair *p = NEW(struct pair);
	AUTO_FREE char *s = mem_strdup("hello"), *n = mem_strndup("hello", 3);
	AUTO_FREE char *f = mem_printf("%s %d", "x", 7);
	(void)state;

	assert_int_equal(p->a + p->b, 0);
	assert_string_equal(s, "hello");
	assert_string_equal(n, "hel");
	assert_string_equal(f, "x 7");
	assert_null(mem_strdup(NULL));
	s = mem_realloc(s, 1000);
	assert_string_equal(s, "hello");
	free(mem_alloc(0));
}

/* Status of a child that asks for more memory than there is. */
static int ask(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void ask_heap(void)
{
	free(mem_alloc(SIZE_MAX / 4));
}

static void ask_arena(void)
{
	arena_alloc(arena_new(), SIZE_MAX - 3);
}

static void out_of_memory_aborts(void **state)
{
	(void)state;
	assert_true(ask(ask_heap));
	assert_true(ask(ask_arena));
}

static char *hand_out(void)
{
	AUTO_FREE char *p = mem_strdup("kept");

	return TAKE(p);
}

static void cleanup(void **state)
{
	AUTO_FREE char *p = hand_out();
	int fd, copy;
	(void)state;

	assert_string_equal(p, "kept");
	{
		AUTO_FD int inner = open("/dev/null", O_RDONLY);

		fd = inner;
	}
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	{
		AUTO_FD int inner = open("/dev/null", O_RDONLY);

		copy = TAKE_FD(inner);
	}
	assert_int_not_equal(fcntl(copy, F_GETFD), -1);
	close(copy);
}

static void arena(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *last = NULL;
	(void)state;

	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, "abc", 2), "ab");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%0200d", 7) + 199, "7");
	/* The NUL at the end is the string's own, also where the length is that of a slot. */
	char *full = arena_strndup(a, "0123456789abcdef", 16);

	memset(arena_alloc(a, 16), 'x', 16);
	assert_string_equal(full, "0123456789abcdef");
	/* Sizes around every limit; what is given is zeroed, aligned and apart from the rest. */
	for (size_t size = 1; size < 600000; size = size * 3 / 2 + 1) {
		unsigned char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % 16, 0);
		assert_int_equal(p[0] | p[size / 2] | p[size - 1], 0);
		if (last)
			assert_int_equal(*last, 'L');
		memset(p, 'L', size);
		last = (char *)p;
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(*(char *)arena_alloc(a, 100), 0);
	arena_free(NULL);
}

RUN(T(heap), T(out_of_memory_aborts), T(cleanup), T(arena))
