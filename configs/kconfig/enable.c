/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "query enable": which symbols to set so that others can be had. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

enum {
	COST_NONE = 1000000,  /* cannot be had */
	DEPTH_MAX = 10,	      /* of symbols that need symbols */
	MEMO_SLOTS = 1 << 20, /* power of two; 20,000 symbols, 10 depths, 2 values */
	CHANGES_MAX = 500,
	WANTED_MAX = 200,
};

static int cost_symbol(struct symbol *sym, tristate want, int depth);
static int cost_expr(struct expr *e, tristate want, int depth);
static int set_symbol(struct symbol *sym, tristate want, int depth);

/*
 * The fewest symbols to change so that a symbol, or an expression, gets a value: cost(symbol,
 * depth) uses cost(.., depth - 1) only, so loops among dependencies end and every result is kept.
 */
static struct memo {
	struct symbol *sym;
	int key, cost;
} memo[MEMO_SLOTS];
static size_t memo_used;

static struct memo *memo_slot(struct symbol *sym, int key)
{
	size_t at = ((uintptr_t)sym / 16 * 2654435761u + (size_t)key * 40503u) & (MEMO_SLOTS - 1);

	while (memo[at].sym && (memo[at].sym != sym || memo[at].key != key))
		at = (at + 1) & (MEMO_SLOTS - 1);
	return &memo[at];
}

static int add_cost(int a, int b)
{
	return a + b < COST_NONE ? a + b : COST_NONE;
}

/* A defaulted or promptless symbol becomes y through a default whose condition and value hold. */
static struct property *cheapest_default(struct symbol *sym, int depth, int *ret)
{
	struct property *prop, *best = NULL;

	*ret = COST_NONE;
	for (prop = sym->prop; prop; prop = prop->next) {
		int cost;

		if (prop->type != P_DEFAULT)
			continue;
		cost = add_cost(cost_expr(prop->expr, yes, depth),
				cost_expr(prop->visible.expr, yes, depth));
		if (cost < *ret) {
			*ret = cost;
			best = prop;
		}
	}
	return best;
}

static int cost_of_yes(struct symbol *sym, int depth)
{
	struct property *prompt = first_prompt(sym);
	int best = COST_NONE, by_default, by_select;

	if (prompt)
		best = add_cost(1, cost_expr(prompt->visible.expr, yes, depth));
	if (choice_of(sym))
		return best;
	by_select = sym->rev_dep.expr ? cost_expr(sym->rev_dep.expr, yes, depth) : COST_NONE;
	cheapest_default(sym, depth, &by_default);
	best = by_select < best ? by_select : best;
	return !prompt && by_default < best ? by_default : best;
}

static int cost_of_no(struct symbol *sym, int depth)
{
	int unselect = sym->rev_dep.expr ? cost_expr(sym->rev_dep.expr, no, depth) : 0;

	if (choice_of(sym))
		return COST_NONE;
	if (first_prompt(sym))
		return add_cost(1, unselect);
	return sym->rev_dep.expr ? unselect : COST_NONE;
}

static int cost_symbol(struct symbol *sym, tristate want, int depth)
{
	struct memo *m;
	int key = depth * 2 + (want == yes), cost;

	if (value_of(sym) == want)
		return 0;
	if (is_const(sym) || !sym->name || !is_tristate(sym) || depth <= 0 ||
	    memo_used > MEMO_SLOTS / 2)
		return COST_NONE;
	m = memo_slot(sym, key);
	if (m->sym)
		return m->cost;
	cost = want == yes ? cost_of_yes(sym, depth - 1) : cost_of_no(sym, depth - 1);
	m = memo_slot(sym, key);
	if (!m->sym)
		memo_used++;
	*m = (struct memo){ sym, key, cost };
	return cost;
}

/* What "SYM = y", "SYM != n" ask of the symbol; false when it is not that simple. */
static bool comparison_wish(struct expr *e, tristate want, struct symbol **ret_sym,
			    tristate *ret_want)
{
	struct symbol *a = e->left.sym, *b = e->right.sym;
	bool equal = (e->type == E_EQUAL) == (want == yes);

	if (e->type != E_EQUAL && e->type != E_UNEQUAL)
		return false;
	*ret_sym = a;
	*ret_want = (b == &symbol_yes) == equal ? yes : no;
	return (b == &symbol_yes || b == &symbol_no) && is_tristate(a);
}

static int cost_expr(struct expr *e, tristate want, int depth)
{
	struct symbol *sym;
	tristate sym_want;
	bool all;
	int a, b;

	if (!e)
		return want == yes ? 0 : COST_NONE;
	if (expr_calc_value(e) == want)
		return 0;
	switch (e->type) {
	case E_SYMBOL: return cost_symbol(e->left.sym, want, depth);
	case E_NOT: return cost_expr(e->left.expr, want == yes ? no : yes, depth);
	case E_AND:
	case E_OR:
		a = cost_expr(e->left.expr, want, depth);
		all = (e->type == E_AND) == (want == yes);
		if (a == (all ? COST_NONE : 0))
			return a;
		b = cost_expr(e->right.expr, want, depth);
		return all ? add_cost(a, b) : a < b ? a : b;
	default:
		if (is_comparison(e) && comparison_wish(e, want, &sym, &sym_want))
			return cost_symbol(sym, sym_want, depth);
		return COST_NONE;
	}
}

static struct symbol *changed[CHANGES_MAX];
static int n_changed;

static int assign(struct symbol *sym, tristate want)
{
	struct menu *choice = choice_of(sym), *m;
	int i;

	for (m = choice ? choice->list : NULL; m; m = m->next)
		if (m->sym && m->sym != sym && m->sym->name && value_of(m->sym) == yes)
			sym_set_tristate_value(m->sym, no);
	if (!sym_set_tristate_value(sym, want))
		return -1;
	memset(memo, 0, sizeof(memo));
	memo_used = 0;
	for (i = 0; i < n_changed; i++)
		if (changed[i] == sym)
			return 0;
	if (n_changed == CHANGES_MAX)
		return -1;
	changed[n_changed++] = sym;
	return 0;
}

static int set_expr(struct expr *e, tristate want, int depth)
{
	struct symbol *sym;
	tristate sym_want;

	if (!e)
		return want == yes ? 0 : -1;
	if (expr_calc_value(e) == want)
		return 0;
	switch (e->type) {
	case E_SYMBOL: return set_symbol(e->left.sym, want, depth);
	case E_NOT: return set_expr(e->left.expr, want == yes ? no : yes, depth);
	case E_AND:
	case E_OR:
		if ((e->type == E_AND) == (want == yes))
			return set_expr(e->left.expr, want, depth) ?
				       -1 :
				       set_expr(e->right.expr, want, depth);
		if (cost_expr(e->left.expr, want, depth) <= cost_expr(e->right.expr, want, depth))
			return set_expr(e->left.expr, want, depth);
		return set_expr(e->right.expr, want, depth);
	default:
		if (is_comparison(e) && comparison_wish(e, want, &sym, &sym_want))
			return set_symbol(sym, sym_want, depth);
		return -1;
	}
}

static int set_no(struct symbol *sym, int depth)
{
	if (sym->rev_dep.expr && set_expr(sym->rev_dep.expr, no, depth))
		return -1;
	return value_of(sym) == no ? 0 : assign(sym, no);
}

static int set_yes(struct symbol *sym, int depth)
{
	struct property *prompt = first_prompt(sym), *by;
	int by_default, by_prompt, by_select;

	by_prompt = prompt ? add_cost(1, cost_expr(prompt->visible.expr, yes, depth)) : COST_NONE;
	by_select = sym->rev_dep.expr ? cost_expr(sym->rev_dep.expr, yes, depth) : COST_NONE;
	by = cheapest_default(sym, depth, &by_default);
	if (prompt && (choice_of(sym) || by_prompt <= by_select)) {
		if (by_prompt == COST_NONE || set_expr(prompt->visible.expr, yes, depth))
			return -1;
		return value_of(sym) == yes ? 0 : assign(sym, yes);
	}
	if (!prompt && by && by_default < COST_NONE && by_default <= by_select)
		return set_expr(by->visible.expr, yes, depth) ? -1 : set_expr(by->expr, yes, depth);
	return by_select < COST_NONE ? set_expr(sym->rev_dep.expr, yes, depth) : -1;
}

static int set_symbol(struct symbol *sym, tristate want, int depth)
{
	if (value_of(sym) == want)
		return 0;
	if (depth <= 0 || is_const(sym) || !is_tristate(sym) ||
	    cost_symbol(sym, want, depth) == COST_NONE)
		return -1;
	if (want == yes ? set_yes(sym, depth - 1) : set_no(sym, depth - 1))
		return -1;
	return value_of(sym) == want ? 0 : -1;
}

int cmd_enable(FILE *in)
{
	static struct symbol *wanted[WANTED_MAX];
	char line[LINE_SIZE];
	int n = 0, i;

	while (n < WANTED_MAX && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		wanted[n] = sym_find(line);
		if (!wanted[n] || wanted[n]->type == S_UNKNOWN ||
		    set_symbol(wanted[n], yes, DEPTH_MAX))
			return 1;
		n++;
	}
	/* Setting one may have undone another: all must hold together. */
	for (i = 0; i < n; i++)
		if (value_of(wanted[i]) != yes)
			return 1;
	for (i = 0; i < n_changed; i++)
		printf("CONFIG_%s=%s\n", changed[i]->name, value_of(changed[i]) == yes ? "y" : "n");
	return 0;
}
