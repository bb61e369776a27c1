/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program run to its end: loop, child and streams put together. */
#include "sys/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/file.h"

/* Seconds. */
#define RUN_TICK 0.1
#define RUN_KILL_AFTER 2.0 /* from SIGTERM to SIGKILL */
#define RUN_LINGER 0.5	   /* for output of grandchildren after the child ended */

enum { RUN_TAIL_MAX = 500 }; /* bytes of the last line kept for a message */

struct running;

struct output {
	struct running *run;
	struct stream *stream; /* NULL: at its end */
	struct str line;       /* an incomplete line */
	bool skipping;	       /* the rest of a line that was too long */
	bool from_stderr;
	struct str *keep;
};

struct together {
	struct loop *loop;
	bool shared; /* the loop is the caller's */
	struct running *all;
	size_t n, left;
};

struct running {
	const struct run_spec *spec;
	struct together *group;
	struct child *child;
	struct timer *tick, *limit, *linger;
	struct output out, error;
	struct str tail; /* last line on stderr that is not empty */
	struct child_end end;
	bool ended, timed_out, limit_met;
};

/* The program ended, and all it said was read. */
static bool check_done(struct running *r)
{
	if (!r->ended || r->out.stream || r->error.stream)
		return false;
	if (--r->group->left == 0)
		loop_stop(r->group->loop);
	return true;
}

static void line_done(struct output *o, struct view line)
{
	struct running *r = o->run;

	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (o->from_stderr && view_trim(line).len) {
		str_clear(&r->tail);
		str_addv(&r->tail, view_sub(view_trim(line), 0, RUN_TAIL_MAX));
	}
	if (r->spec->line)
		r->spec->line(line, o->from_stderr, r->spec->data);
}

/* A piece without newline: part of a line, up to RUN_LINE_MAX. */
static void line_part(struct output *o, struct view part)
{
	size_t room = RUN_LINE_MAX - o->line.len;

	if (o->skipping)
		return;
	str_addv(&o->line, view_sub(part, 0, room));
	if (part.len <= room)
		return;
	o->skipping = true;
	line_done(o, str_view(&o->line));
	str_clear(&o->line);
}

static void line_end(struct output *o)
{
	if (!o->skipping)
		line_done(o, str_view(&o->line));
	o->skipping = false;
	str_clear(&o->line);
}

static void output_bytes(struct output *o, struct view bytes)
{
	struct running *r = o->run;

	if (o->keep) {
		size_t room = o->keep->len < RUN_OUTPUT_MAX ? RUN_OUTPUT_MAX - o->keep->len : 0;
		r->limit_met |= bytes.len > room;
		str_addv(o->keep, view_sub(bytes, 0, room));
	}
	if (!r->spec->line && !o->from_stderr)
		return;
	while (bytes.len) {
		ssize_t at = view_find_chr(bytes, '\n');
		if (at < 0) {
			line_part(o, bytes);
			return;
		}
		/* The usual case: a whole line at once. */
		struct view line = view_sub(bytes, 0, (size_t)at);
		if (!o->line.len && !o->skipping && line.len <= RUN_LINE_MAX) {
			line_done(o, line);
		} else {
			line_part(o, line);
			line_end(o);
		}
		bytes = view_sub(bytes, (size_t)at + 1, bytes.len);
	}
}

static void output_close(struct output *o)
{
	struct running *r = o->run;

	if (!o->stream)
		return;
	stream_free(TAKE(o->stream));
	if (o->line.len)
		line_end(o);
	check_done(r);
}

static void on_output(const char *p, size_t n, void *data)
{
	if (n)
		output_bytes(data, (struct view){ p, n });
	else
		output_close(data);
}

static void on_linger(void *data)
{
	struct running *r = data;

	output_close(&r->out);
	output_close(&r->error);
}

static void on_end(const struct child_end *end, void *data)
{
	struct running *r = data;

	r->ended = true;
	r->end = *end;
	if (r->limit)
		timer_stop(r->limit);
	if (!check_done(r))
		r->linger = timer_new(r->group->loop, RUN_LINGER, 0, on_linger, r);
}

static void on_limit(void *data)
{
	struct running *r = data;

	child_kill(r->child, r->timed_out ? SIGKILL : SIGTERM);
	r->timed_out = true;
	timer_restart(r->limit, RUN_KILL_AFTER);
}

static void on_tick(void *data)
{
	struct running *r = data;

	r->spec->tick(r->spec->data);
}

/* A file instead of a pipe: then input and output cannot wait for each other. */
static int input_fd(struct view input, int *ret, struct err *err)
{
	AUTO_FD int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "cannot make an input file");
	int r = fd_write_all(fd, input.p, input.len, "input file", err);
	if (r)
		return r;
	lseek(fd, 0, SEEK_SET);
	*ret = TAKE_FD(fd);
	return 0;
}

static int start(struct running *r, struct err *err)
{
	AUTO_FD int in = -1;
	int out[2], error[2], ret;

	if (r->spec->input.len) {
		ret = input_fd(r->spec->input, &in, err);
		if (ret)
			return ret;
	}
	if (pipe2(out, O_CLOEXEC))
		return err_sys(err, "cannot make a pipe");
	r->out.stream = stream_new(r->group->loop, out[0], on_output, &r->out);
	AUTO_FD int out_end = out[1];
	if (pipe2(error, O_CLOEXEC))
		return err_sys(err, "cannot make a pipe");
	r->error.stream = stream_new(r->group->loop, error[0], on_output, &r->error);
	AUTO_FD int error_end = error[1];

	struct child_spec child = {
		.argv = r->spec->argv,
		.cwd = r->spec->cwd,
		.env_add = r->spec->env_add,
		.in = in,
		.out = out_end,
		.error = error_end,
		.keep = r->spec->keep,
		.own_session = true,
		.die_with_us = true,
		.confine = r->spec->confine,
	};
	return child_start(r->group->loop, &child, on_end, r, &r->child, err);
}

static int start_all(struct together *g, struct err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		struct running *r = &g->all[i];
		int ret = start(r, err);
		if (ret)
			return ret;
		if (r->spec->tick)
			r->tick = timer_new(g->loop, RUN_TICK, RUN_TICK, on_tick, r);
		if (r->spec->timeout > 0)
			r->limit = timer_new(g->loop, r->spec->timeout, 0, on_limit, r);
	}
	return 0;
}

/* An interrupt: ask the programs to end, insist after a while, and wait for them. */
static void cancel_all(struct together *g)
{
	struct err ignored = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		struct running *r = &g->all[i];
		if (r->ended)
			continue;
		child_kill(r->child, SIGTERM);
		r->timed_out = true;
		if (!r->limit)
			r->limit = timer_new(g->loop, RUN_KILL_AFTER, 0, on_limit, r);
		timer_restart(r->limit, RUN_KILL_AFTER);
	}
	while (g->left)
		loop_run(g->loop, &ignored);
}

static int run_all(struct together *g, struct err *err)
{
	int ret = start_all(g, err);

	/* Others in a shared loop may stop it, too. */
	while (!ret && g->left)
		ret = loop_run(g->loop, err);
	if (ret == -ERR_CANCELLED) {
		cancel_all(g);
		return err_context(err, "%s", path_base(g->all[0].spec->argv[0]));
	}
	for (size_t i = 0; i < g->n && !ret; i++)
		if (g->all[i].timed_out)
			ret = err_set(err, ERR_TIMEOUT, "%s: not done after %g seconds",
				      path_base(g->all[i].spec->argv[0]), g->all[i].spec->timeout);
	return ret;
}

static void together_init(struct together *g, const struct run_spec *specs, size_t n)
{
	struct loop *shared = n ? specs[0].loop : NULL;

	*g = (struct together){
		.loop = shared ? shared : loop_new(), .shared = shared, .n = n, .left = n
	};
	g->all = mem_alloc(n * sizeof(*g->all));
	for (size_t i = 0; i < n; i++) {
		struct running *r = &g->all[i];
		r->spec = &specs[i];
		r->group = g;
		r->out = (struct output){ .run = r, .keep = specs[i].ret_out };
		r->error =
			(struct output){ .run = r, .keep = specs[i].ret_err, .from_stderr = true };
	}
}

static void together_release(struct together *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct running *r = &g->all[i];
		stream_free(r->out.stream);
		stream_free(r->error.stream);
		child_free(r->child);
		timer_free(r->tick);
		timer_free(r->limit);
		timer_free(r->linger);
		str_release(&r->out.line);
		str_release(&r->error.line);
		str_release(&r->tail);
	}
	if (!g->shared)
		loop_free(g->loop);
	free(g->all);
}

int run(const struct run_spec *spec, struct child_end *ret, struct err *err)
{
	struct together g;

	together_init(&g, spec, 1);
	int code = run_all(&g, err);
	if (!code)
		*ret = g.all[0].end;
	together_release(&g);
	return code;
}

/* "git write-tree": the program and its subcommand, for messages. */
static void add_name(struct str *out, char *const *argv)
{
	str_adds(out, path_base(argv[0]));
	if (argv[1] && argv[1][0] && argv[1][0] != '-' && argv[1][0] != '/')
		str_addf(out, " %s", argv[1]);
}

static int check_end(const struct running *r, struct err *err)
{
	AUTO_STR struct str name = STR_INIT;

	add_name(&name, r->spec->argv);
	if (r->limit_met)
		return err_set(err, ERR_LIMIT, "%s: more than %d bytes of output", str_c(&name),
			       RUN_OUTPUT_MAX);
	if (r->spec->may_fail || (!r->end.signalled && !r->end.code))
		return 0;
	return err_set(err, ERR_INTERNAL, "%s: %s %d%s%s", str_c(&name),
		       r->end.signalled ? "killed by signal" : "exit", r->end.code,
		       r->tail.len ? ": " : "", str_c(&r->tail));
}

int run_together(const struct run_spec *specs, size_t n, struct child_end *ret, struct err *err)
{
	struct together g;

	together_init(&g, specs, n);
	int code = run_all(&g, err);
	for (size_t i = 0; i < n && !code; i++) {
		code = check_end(&g.all[i], err);
		if (ret)
			ret[i] = g.all[i].end;
	}
	together_release(&g);
	return code;
}

int run_ok(const struct run_spec *spec, struct err *err)
{
	return run_together(spec, 1, NULL, err);
}
