/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logs/ltp.h"

#include "logs/caselog_internal.h"
#include "logs/ltp_line.h"

/* Exit statuses of the shell. */
enum { SHELL_CANNOT = 126, SHELL_NOT_FOUND = 127, SHELL_SIGNAL = 128, SIGNAL_MAX = 64 };

/* Where in the driver's output a line stands. */
enum place { PLACE_OUTSIDE, PLACE_HEAD, PLACE_OUTPUT, PLACE_STATUS, PLACE_TABLE };

struct ltp {
	enum place place;
	/* Of the open case: */
	bool by_name; /* named by lines of the old library or of a shell test: another name ends it */
	bool in_summary; /* its counts are read */
	uint64_t counts[LTP_INFO];
	char *texts[LTP_INFO]; /* first line of each kind */
	enum ltp_kind worst;
	char *not_begun; /* initiation_status, when it is not "ok" */
	char *how;	 /* termination_type; NULL: not told */
	uint64_t code;	 /* termination_id */
	/* Of the summary file: */
	size_t rows;
};

static void forget(struct ltp *p)
{
	for (size_t i = 0; i < LTP_INFO; i++)
		free(TAKE(p->texts[i]));
	free(TAKE(p->not_begun));
	free(TAKE(p->how));
	memset(p->counts, 0, sizeof(p->counts));
	p->worst = LTP_NO_KIND;
	p->by_name = p->in_summary = false;
}

static void release(void *state)
{
	forget(state);
}

static void begin(struct caselog *l, struct view name)
{
	case_begin(l, name);
	forget(l->state);
}

static struct view text_of(const struct ltp *p, enum ltp_kind kind, const char *otherwise)
{
	return view_of(p->texts[kind] ? p->texts[kind] : otherwise);
}

static void kind_result(struct caselog *l, enum ltp_kind kind, const char *otherwise)
{
	static const enum status statuses[] = { STATUS_FAIL, STATUS_ERROR, STATUS_ERROR,
						STATUS_PASS, STATUS_SKIP };

	case_result(l, statuses[kind],
		    kind == LTP_PASS ? VIEW("") : text_of(l->state, kind, otherwise));
}

/* What went wrong by the lines counts whatever the exit status says. */
static void worst_result(struct caselog *l)
{
	const struct ltp *p = l->state;

	if (p->worst <= LTP_WARN)
		kind_result(l, p->worst, "");
}

/* The bits of an exit status, include/tst_res_flags.h. */
static void bits_result(struct caselog *l, uint64_t code)
{
	static const struct {
		unsigned bit;
		enum ltp_kind kind;
	} bits[] = { { 1, LTP_FAIL }, { 2, LTP_BROK }, { 4, LTP_WARN }, { 32, LTP_CONF } };
	AUTO_FREE char *why = mem_printf("exit %llu", (unsigned long long)code);
	uint64_t unknown = code;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		unknown &= ~(uint64_t)bits[i].bit;
	if (unknown)
		case_result(l, STATUS_FAIL, view_of(why));
	for (size_t i = 0; i < ARRAY_SIZE(bits) && !unknown; i++)
		if (code & bits[i].bit)
			kind_result(l, bits[i].kind, why);
	if (!code)
		case_result(l, STATUS_PASS, VIEW(""));
}

static void signal_result(struct caselog *l, uint64_t sig)
{
	AUTO_FREE char *why = mem_printf("signal %llu", (unsigned long long)sig);

	case_result(l, STATUS_FAIL, view_of(why));
}

/* The case ended, and the driver said how. */
static void driver_result(struct caselog *l)
{
	const struct ltp *p = l->state;

	if (p->not_begun)
		case_result(l, STATUS_ERROR, view_of(p->not_begun));
	else if (!p->how)
		case_result(l, STATUS_ERROR, VIEW("its exit status is not told"));
	else if (strcmp(p->how, "timeout") == 0) /* kassay's own loop */
		case_result(l, STATUS_FAIL, VIEW("timeout"));
	else if (strcmp(p->how, "signaled") == 0)
		signal_result(l, p->code);
	else if (strcmp(p->how, "exited") != 0)
		case_result(l, STATUS_ERROR, view_of(p->how));
	else if (p->code == SHELL_CANNOT || p->code == SHELL_NOT_FOUND)
		case_result(l, STATUS_ERROR, VIEW("its program is not there, or cannot run"));
	else if (p->code > SHELL_SIGNAL && p->code <= SHELL_SIGNAL + SIGNAL_MAX)
		signal_result(l, p->code - SHELL_SIGNAL);
	else
		bits_result(l, p->code);
	worst_result(l);
}

static void count_result(struct ltp *p, const struct ltp_result *r)
{
	if (r->kind >= LTP_INFO)
		return;
	if (!p->texts[r->kind]) {
		size_t len = r->text.len < CASELOG_REASON_MAX ? r->text.len : CASELOG_REASON_MAX;

		p->texts[r->kind] = mem_strndup(r->text.p, len);
	}
	if (r->kind < p->worst)
		p->worst = r->kind;
}

/* Outside the driver: a program that stands for itself. */

/* What is open ends without a summary: of the old library the lines are all there is. */
static void program_end(struct caselog *l)
{
	const struct ltp *p = l->state;

	if (p->by_name && !p->in_summary && p->worst < LTP_NO_KIND)
		kind_result(l, p->worst, "");
	else
		worst_result(l);
	case_end(l);
}

static void program_result(struct caselog *l, const struct ltp_result *r)
{
	struct ltp *p = l->state;
	struct view program = r->file.len ? ltp_program(r->file) : r->name;

	if (l->open.name && r->name.len && !case_is_open(l, r->name))
		program_end(l);
	if (!l->open.name) {
		/* The library says much before the program does. */
		if (!program.len && r->kind == LTP_INFO)
			return;
		begin(l, program.len ? program : r->file);
		p->by_name = r->name.len > 0;
	}
	count_result(p, r);
}

/* "Summary:" and its counts; the last is "warnings". */
static bool program_summary(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	enum ltp_kind kind;
	uint64_t n;

	if (!p->in_summary) {
		p->in_summary = l->open.name && view_eq(line, "Summary:");
		return p->in_summary;
	}
	if (!ltp_parse_count(line, &kind, &n)) {
		p->in_summary = false;
		case_result(l, STATUS_ERROR, VIEW("its summary is not whole"));
		program_end(l);
		return false;
	}
	p->counts[kind] = n;
	if (kind != LTP_WARN)
		return true;
	for (size_t i = 0; i < LTP_INFO; i++)
		if (p->counts[i])
			kind_result(l, (enum ltp_kind)i, "");
	worst_result(l);
	if (l->open.status == STATUS_NONE)
		case_result(l, STATUS_ERROR, VIEW("its summary counts nothing"));
	case_end(l);
	forget(p);
	return true;
}

static void program_line(struct caselog *l, struct view line)
{
	struct ltp_result r;

	if (program_summary(l, line))
		return;
	if (ltp_parse_result(line, &r))
		program_result(l, &r);
	case_note(l, line);
}

/* The summary file: NAME RESULT EXIT */

static void table_row(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	struct view rest = line, name = take_word(&rest), word = take_word(&rest);
	uint64_t code;

	if (!name.len || name.p[0] == '-')
		return;
	begin(l, name);
	p->rows++;
	if (view_u64(rest, 10, &code) < 0) {
		case_result(l, STATUS_ERROR, line);
	} else {
		bits_result(l, code);
		if (view_eq(word, "FAIL") && l->open.status > STATUS_ERROR)
			case_result(l, STATUS_FAIL, VIEW(""));
		else if (l->open.status == STATUS_PASS && !view_eq(word, "PASS"))
			case_result(l, STATUS_ERROR, line);
	}
	case_end(l);
}

static bool is_table_head(struct view line)
{
	return view_eq(take_word(&line), "Testcase") && view_eq(take_word(&line), "Result") &&
	       view_eq(line, "Exit Value");
}

static void table_line(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	uint64_t total;

	if (view_skip(&line, "Total Tests:")) {
		p->place = PLACE_OUTSIDE;
		if (view_u64(view_trim(line), 10, &total) < 0 || total != p->rows)
			caselog_fault(l, STATUS_ERROR,
				      "the log lists not as many tests as it counts");
	} else {
		table_row(l, line);
	}
}

/* tag=abs01 stime=1700000000 dur=0 exit=exited stat=0 core=no cu=0 cs=0 */
static bool record_line(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	struct view tag = ltp_field(line, "tag"), how = ltp_field(line, "exit");

	if (!view_starts(line, "tag=") || !how.len)
		return false;
	begin(l, tag);
	if (view_u64(ltp_field(line, "stat"), 10, &p->code) == 0)
		p->how = mem_strndup(how.p, how.len);
	view_double(ltp_field(line, "dur"), &l->open.duration);
	driver_result(l);
	case_end(l);
	return true;
}

static void outside_line(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;

	if (is_table_head(line)) {
		program_end(l);
		p->place = PLACE_TABLE;
		p->rows = 0;
	} else if (!record_line(l, line)) {
		program_line(l, line);
	}
}

/* Between the driver's marks */

static void status_line(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	struct view how = ltp_field(line, "termination_type"), said = line;

	if (view_skip(&said, "initiation_status=\"")) {
		if (!view_eq(said, "ok\"")) {
			free(p->not_begun);
			p->not_begun = mem_strndup(said.p, said.len ? said.len - 1 : 0);
		}
	} else if (how.len && !p->how &&
		   view_u64(ltp_field(line, "termination_id"), 10, &p->code) == 0) {
		p->how = mem_strndup(how.p, how.len);
		view_double(ltp_field(line, "duration"), &l->open.duration);
	}
}

static void output_line(struct caselog *l, struct view line)
{
	static const char end[] = "<<<execution_status>>>";
	struct ltp *p = l->state;
	struct ltp_result r;

	/* Output need not end with a line end. */
	if (view_ends(line, end)) {
		p->place = PLACE_STATUS;
		line.len -= sizeof(end) - 1;
		if (!line.len)
			return;
	}
	if (ltp_parse_result(line, &r))
		count_result(p, &r);
	case_note(l, line);
}

static void read_line(struct caselog *l, struct view line)
{
	struct ltp *p = l->state;
	struct view tag;

	if (view_eq(line, "<<<test_start>>>")) {
		if (p->place == PLACE_OUTSIDE)
			program_end(l);
		case_end(l);
		p->place = PLACE_HEAD;
	} else if (view_eq(line, "<<<test_end>>>") && p->place != PLACE_OUTSIDE) {
		if (!l->open.name)
			caselog_fault(l, STATUS_ERROR, "a case without a tag");
		driver_result(l);
		case_end(l);
		p->place = PLACE_OUTSIDE;
	} else if (p->place == PLACE_HEAD) {
		tag = ltp_field(line, "tag");
		if (tag.len && view_starts(line, "tag="))
			begin(l, tag);
		else if (view_eq(line, "<<<test_output>>>"))
			p->place = PLACE_OUTPUT;
	} else if (p->place == PLACE_OUTPUT) {
		output_line(l, line);
	} else if (p->place == PLACE_STATUS) {
		status_line(l, line);
	} else if (p->place == PLACE_TABLE) {
		table_line(l, line);
	} else {
		outside_line(l, line);
	}
}

static void finish(struct caselog *l)
{
	const struct ltp *p = l->state;

	if (p->place == PLACE_OUTSIDE)
		program_end(l);
}

const struct caselog_format ltp_format = {
	.state_size = sizeof(struct ltp),
	.line = read_line,
	.finish = finish,
	.release = release,
};
