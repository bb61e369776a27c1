/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pull reader is a state machine that takes one byte at a time and can stop after any; only
 * runs of plain characters in strings are taken at once. What is expected next:
 *
 *   VALUE ──► AFTER ──',' in array──► VALUE        '[' ──► VALUE_OR_END
 *               │ ──',' in object─► KEY ─► COLON ─► VALUE    '{' ──► KEY_OR_END
 *               └──at depth 0──► (only white space)
 */
#include "base/json.h"

enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, AFTER };
enum lexeme { NONE, STRING, ESCAPE, HEX, PAIR, PAIR_U, CHARACTER, NUMBER, LITERAL };
/* How far a number is. */
enum number { N_SIGN, N_ZERO, N_INT, N_DOT, N_FRAC, N_E, N_ESIGN, N_EXP };

struct jreader {
	char *name;
	struct str in; /* fed */
	size_t pos;    /* of the next byte in it */
	bool finished, failed;
	struct err err; /* when failed */

	/* Place of in.data[pos]. */
	size_t line;
	size_t column;

	enum expect expect;
	unsigned depth;
	uint64_t objects; /* bit per level: an object, else an array */

	enum lexeme lexeme;
	bool is_key;	 /* the string is a member's name */
	struct str text; /* of the string or number so far */
	enum number number;
	const char *literal; /* what must still come of true, false, null */
	enum jtoken literal_token;
	uint32_t code, high; /* \u value so far, and the surrogate before it */
	unsigned digits;     /* of \u seen */
	char utf8[4];	     /* character that began */
	unsigned utf8_len;
};

struct jreader *jr_new(const char *name)
{
	struct jreader *r = NEW(struct jreader);

	r->name = mem_strdup(name);
	r->line = r->column = 1;
	return r;
}

void jr_free(struct jreader *r)
{
	if (!r)
		return;
	free(r->name);
	str_release(&r->in);
	str_release(&r->text);
	free(r);
}

void jr_feed(struct jreader *r, const void *p, size_t n)
{
	/* Bytes move at most once per byte read. */
	if (r->pos > 0 && r->pos >= r->in.len - r->pos) {
		r->in.len -= r->pos;
		memmove(r->in.data, r->in.data + r->pos, r->in.len);
		r->pos = 0;
	}
	str_add(&r->in, p, n);
}

void jr_finish(struct jreader *r)
{
	r->finished = true;
}

static int fail(struct jreader *r, enum err_code code, const char *what)
{
	r->failed = true;
	return err_set(&r->err, code, "%s:%zu:%zu: %s", r->name, r->line, r->column, what);
}

static int unexpected(struct jreader *r, unsigned char c, const char *wanted)
{
	AUTO_STR struct str what = STR_INIT;

	if (c > ' ' && c < 0x7f)
		str_addf(&what, "'%c' where %s should be", c, wanted);
	else
		str_addf(&what, "byte 0x%02x where %s should be", c, wanted);
	return fail(r, ERR_PARSE, str_c(&what));
}

static bool in_object(const struct jreader *r)
{
	return r->objects >> (r->depth - 1) & 1;
}

/* Steps return 1 when *ret is a whole token, 0 to go on, negative on failure. */

static int open_level(struct jreader *r, bool object, enum jtoken *ret)
{
	if (r->depth == JSON_DEPTH_MAX)
		return fail(r, ERR_LIMIT, "nested too deeply");
	uint64_t bit = (uint64_t)1 << r->depth;

	r->objects = object ? r->objects | bit : r->objects & ~bit;
	r->depth++;
	r->expect = object ? KEY_OR_END : VALUE_OR_END;
	*ret = object ? JSON_OBJ : JSON_ARR;
	return 1;
}

static int close_level(struct jreader *r, enum jtoken *ret)
{
	*ret = in_object(r) ? JSON_OBJ_END : JSON_ARR_END;
	r->depth--;
	r->expect = AFTER;
	return 1;
}

static int begin_value(struct jreader *r, unsigned char c, enum jtoken *ret)
{
	switch (c) {
	case '{': return open_level(r, true, ret);
	case '[': return open_level(r, false, ret);
	case '"':
		r->lexeme = STRING;
		r->is_key = false;
		return 0;
	case 't':
		r->literal = "rue";
		r->literal_token = JSON_TRUE;
		break;
	case 'f':
		r->literal = "alse";
		r->literal_token = JSON_FALSE;
		break;
	case 'n':
		r->literal = "ull";
		r->literal_token = JSON_NULL;
		break;
	default:
		if (c != '-' && (c < '0' || c > '9'))
			return unexpected(r, c, "a value");
		r->lexeme = NUMBER;
		r->number = c == '-' ? N_SIGN : c == '0' ? N_ZERO : N_INT;
		str_addc(&r->text, (char)c);
		return 0;
	}
	r->lexeme = LITERAL;
	return 0;
}

/* A byte between lexemes that is not white space. */
static int structure(struct jreader *r, unsigned char c, enum jtoken *ret)
{
	switch (r->expect) {
	case VALUE_OR_END:
		if (c == ']')
			return close_level(r, ret);
		return begin_value(r, c, ret);
	case VALUE: return begin_value(r, c, ret);
	case KEY_OR_END:
		if (c == '}')
			return close_level(r, ret);
		__attribute__((fallthrough));
	case KEY:
		if (c != '"')
			return unexpected(r, c, "a member name");
		r->lexeme = STRING;
		r->is_key = true;
		return 0;
	case COLON:
		if (c != ':')
			return unexpected(r, c, "':'");
		r->expect = VALUE;
		return 0;
	case AFTER: break;
	}
	if (r->depth == 0)
		return unexpected(r, c, "the end");
	if (c == ',') {
		r->expect = in_object(r) ? KEY : VALUE;
		return 0;
	}
	if (c != (in_object(r) ? '}' : ']'))
		return unexpected(r, c, in_object(r) ? "',' or '}'" : "',' or ']'");
	return close_level(r, ret);
}

static int end_string(struct jreader *r, enum jtoken *ret)
{
	r->lexeme = NONE;
	r->expect = r->is_key ? COLON : AFTER;
	*ret = r->is_key ? JSON_KEY : JSON_STRING;
	return 1;
}

static void add_code_point(struct str *s, uint32_t cp)
{
	char p[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		p[i] = (char)(0x80 | (cp & 0x3f));
	p[0] = (char)(n == 1 ? cp : (0xf00u >> n & 0xf0) | cp);
	str_add(s, p, n);
}

static int escape(struct jreader *r, unsigned char c)
{
	static const char names[] = "bfnrt\"\\/", chars[] = "\b\f\n\r\t\"\\/";
	const char *at = c != '\0' ? strchr(names, c) : NULL;

	if (c == 'u') {
		r->lexeme = HEX;
		r->code = r->digits = 0;
		return 0;
	}
	if (!at)
		return unexpected(r, c, "an escape character");
	str_addc(&r->text, chars[at - names]);
	r->lexeme = STRING;
	return 0;
}

static int hex_digit(struct jreader *r, unsigned char c)
{
	uint64_t digit;

	if (view_u64((struct view){ (const char *)&c, 1 }, 16, &digit) < 0)
		return unexpected(r, c, "a hexadecimal digit");
	r->code = r->code << 4 | (uint32_t)digit;
	if (++r->digits < 4)
		return 0;
	bool low = r->code >= 0xdc00 && r->code < 0xe000;

	if (low != (r->high > 0))
		return fail(r, ERR_PARSE, "half of a surrogate pair");
	if (r->code >= 0xd800 && r->code < 0xdc00) {
		r->high = r->code;
		r->lexeme = PAIR;
		return 0;
	}
	if (low)
		r->code = 0x10000 + ((r->high - 0xd800) << 10) + (r->code - 0xdc00);
	r->high = 0;
	add_code_point(&r->text, r->code);
	r->lexeme = STRING;
	return 0;
}

/* A byte of a character of more than one byte. */
static int character(struct jreader *r, unsigned char c)
{
	unsigned char first;
	unsigned need;

	r->utf8[r->utf8_len++] = (char)c;
	first = (unsigned char)r->utf8[0];
	need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if ((r->utf8_len > 1 && (c & 0xc0) != 0x80) ||
	    (r->utf8_len == need && view_utf8((struct view){ r->utf8, need }, NULL) == 0) ||
	    first < 0xc2 || first > 0xf4)
		return fail(r, ERR_PARSE, "invalid UTF-8");
	r->lexeme = CHARACTER;
	if (r->utf8_len == need) {
		str_add(&r->text, r->utf8, need);
		r->utf8_len = 0;
		r->lexeme = STRING;
	}
	return 0;
}

static int string(struct jreader *r, unsigned char c, enum jtoken *ret)
{
	switch (r->lexeme) {
	case ESCAPE: return escape(r, c);
	case HEX: return hex_digit(r, c);
	case PAIR:
	case PAIR_U:
		if (c != (r->lexeme == PAIR ? '\\' : 'u'))
			return fail(r, ERR_PARSE, "half of a surrogate pair");
		r->lexeme = r->lexeme == PAIR ? PAIR_U : HEX;
		r->code = r->digits = 0;
		return 0;
	case CHARACTER: return character(r, c);
	default: break;
	}
	if (c == '"')
		return end_string(r, ret);
	if (c == '\\')
		r->lexeme = ESCAPE;
	else if (c < 0x20)
		return unexpected(r, c, "a character of a string");
	else if (c >= 0x80)
		return character(r, c);
	else
		str_addc(&r->text, (char)c);
	return 0;
}

/* The state after @c in a number, -1 when @c does not belong to it. */
static int number_step(enum number n, unsigned char c)
{
	bool digit = c >= '0' && c <= '9', e = c == 'e' || c == 'E';

	switch (n) {
	case N_SIGN: return c == '0' ? N_ZERO : digit ? N_INT : -1;
	case N_INT:
		if (digit)
			return N_INT;
		__attribute__((fallthrough));
	case N_ZERO: return c == '.' ? N_DOT : e ? N_E : -1;
	case N_DOT: return digit ? N_FRAC : -1;
	case N_FRAC: return digit ? N_FRAC : e ? N_E : -1;
	case N_E:
		if (c == '+' || c == '-')
			return N_ESIGN;
		__attribute__((fallthrough));
	case N_ESIGN:
	case N_EXP: return digit ? N_EXP : -1;
	}
	return -1;
}

static int end_number(struct jreader *r, enum jtoken *ret)
{
	r->lexeme = NONE;
	r->expect = AFTER;
	*ret = JSON_NUMBER;
	return 1;
}

static bool number_is_whole(enum number n)
{
	return n == N_ZERO || n == N_INT || n == N_FRAC || n == N_EXP;
}

static int literal(struct jreader *r, unsigned char c, enum jtoken *ret)
{
	if (c != (unsigned char)*r->literal)
		return unexpected(r, c, "the rest of true, false or null");
	if (*++r->literal != '\0')
		return 0;
	r->lexeme = NONE;
	r->expect = AFTER;
	*ret = r->literal_token;
	return 1;
}

static void step_over(struct jreader *r, unsigned char c)
{
	r->pos++;
	if (c == '\n') {
		r->line++;
		r->column = 1;
	} else if ((c & 0xc0) != 0x80) {
		r->column++;
	}
}

/* Take the plain characters at pos in one go. */
static void plain_run(struct jreader *r)
{
	const unsigned char *p = (const unsigned char *)r->in.data + r->pos;
	const unsigned char *end = (const unsigned char *)r->in.data + r->in.len;
	const unsigned char *from = p;

	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	str_add(&r->text, from, (size_t)(p - from));
	r->pos += (size_t)(p - from);
	r->column += (size_t)(p - from);
}

static int take_byte(struct jreader *r, unsigned char c, enum jtoken *ret)
{
	int next;

	switch (r->lexeme) {
	case NONE:
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			return 0;
		return structure(r, c, ret);
	case NUMBER:
		next = number_step(r->number, c);
		if (next < 0)
			return unexpected(r, c, "a digit");
		if (r->text.len == JSON_NUMBER_MAX)
			return fail(r, ERR_LIMIT, "number is too long");
		r->number = (enum number)next;
		str_addc(&r->text, (char)c);
		return 0;
	case LITERAL: return literal(r, c, ret);
	default: return string(r, c, ret);
	}
}

/* The input so far is used up. */
static int at_end(struct jreader *r, enum jtoken *ret)
{
	if (!r->finished) {
		*ret = JSON_MORE;
		return 1;
	}
	if (r->lexeme == NUMBER && number_is_whole(r->number))
		return end_number(r, ret);
	if (r->lexeme == NONE && r->expect == AFTER && r->depth == 0) {
		*ret = JSON_END;
		return 1;
	}
	return fail(r, ERR_PARSE, "the document ends too early");
}

static int step(struct jreader *r, enum jtoken *ret)
{
	if (r->lexeme == STRING) {
		plain_run(r);
		if (r->text.len > JSON_STRING_MAX)
			return fail(r, ERR_LIMIT, "string is too long");
	}
	if (r->pos == r->in.len)
		return at_end(r, ret);
	unsigned char c = (unsigned char)r->in.data[r->pos];

	/* The byte after a number belongs to what comes next. */
	if (r->lexeme == NUMBER && number_is_whole(r->number) && number_step(r->number, c) < 0)
		return end_number(r, ret);
	int done = take_byte(r, c, ret);

	if (done >= 0)
		step_over(r, c);
	return done;
}

int jr_next(struct jreader *r, enum jtoken *ret, struct view *ret_text, struct err *err)
{
	enum jtoken token = JSON_MORE;
	int done = 0;

	/* The text of the token before is over, unless that token is still coming. */
	if (r->lexeme == NONE)
		str_clear(&r->text);
	while (done == 0 && !r->failed)
		done = step(r, &token);
	if (r->failed) {
		*err = r->err;
		return -(int)err->code;
	}
	bool has_text = token == JSON_KEY || token == JSON_STRING || token == JSON_NUMBER;

	*ret = token;
	*ret_text = has_text ? str_view(&r->text) : VIEW("");
	return 0;
}
