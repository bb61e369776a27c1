/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to a kernel tree's own kconfig. Compiled on the user's machine against scripts/kconfig
 * of the tree, which is why dependencies are judged exactly as "make olddefconfig" judges them;
 * written for what 6.1 and 6.12 have in common.
 *
 *   query explain FILE	FILE has lines SYMBOL=VALUE; answers with lines
 *			SYMBOL <tab> FILE:LINE <tab> why it does not have that value
 *   query enable FILE	FILE has lines SYMBOL; answers with lines
 *			CONFIG_X=y to be set so that all of them become y
 *
 * Runs in the folder with .config, in the environment that make gives to conf. With -DFILENAME=...
 * naming the member of struct menu that holds the file's name ("file->name" in 6.1).
 */
#include <stdlib.h>
#include <string.h>

#include "query.h"

#ifndef FILENAME
#define FILENAME filename
#endif

enum { LISTED_MAX = 4 }; /* selectors named in an explanation */

tristate value_of(struct symbol *sym)
{
	sym_calc_value(sym);
	return sym_get_tristate_value(sym);
}

bool is_tristate(const struct symbol *sym)
{
	return sym->type == S_BOOLEAN || sym->type == S_TRISTATE;
}

bool is_const(const struct symbol *sym)
{
	return sym == &symbol_yes || sym == &symbol_mod || sym == &symbol_no ||
	       (sym->flags & SYMBOL_CONST);
}

struct property *first_prompt(struct symbol *sym)
{
	struct property *prop;

	for (prop = sym->prop; prop; prop = prop->next)
		if (prop->text && (prop->type == P_PROMPT || prop->type == P_MENU))
			return prop;
	return NULL;
}

struct menu *choice_of(struct symbol *sym)
{
	struct property *prompt = first_prompt(sym);
	struct menu *m = prompt ? prompt->menu->parent : NULL;

	while (m && !m->sym)
		m = m->parent;
	return m && sym_is_choice(m->sym) ? m : NULL;
}

bool is_comparison(const struct expr *e)
{
	return e->type == E_EQUAL || e->type == E_UNEQUAL || e->type == E_LTH || e->type == E_LEQ ||
	       e->type == E_GTH || e->type == E_GEQ;
}

static void print_symbol(struct symbol *sym)
{
	if (is_const(sym) || !sym->name) {
		printf("%s", sym->name ? sym->name : "<choice>");
		return;
	}
	sym_calc_value(sym);
	if (sym->type == S_UNKNOWN)
		printf("%s [no such symbol]", sym->name);
	else
		printf("%s [=%s]", sym->name, sym_get_string_value(sym));
}

static void print_expr(struct expr *e, bool inside)
{
	static const char *const words[] = {
		[E_EQUAL] = "=", [E_UNEQUAL] = "!=", [E_LTH] = "<",
		[E_LEQ] = "<=",	 [E_GTH] = ">",	     [E_GEQ] = ">=",
	};

	if (e->type == E_SYMBOL) {
		print_symbol(e->left.sym);
	} else if (e->type == E_NOT) {
		printf("!");
		print_expr(e->left.expr, true);
	} else if (e->type == E_AND || e->type == E_OR) {
		if (inside)
			printf("(");
		print_expr(e->left.expr, e->left.expr->type != e->type);
		printf(e->type == E_AND ? " && " : " || ");
		print_expr(e->right.expr, e->right.expr->type != e->type);
		if (inside)
			printf(")");
	} else if (is_comparison(e)) {
		print_symbol(e->left.sym);
		printf("%s", words[e->type]);
		print_symbol(e->right.sym);
	}
}

/* Of "A && B && C" only what is below @want. */
static void print_unmet(struct expr *e, tristate want, int *count)
{
	if (!e || expr_calc_value(e) >= want)
		return;
	if (e->type == E_AND) {
		print_unmet(e->left.expr, want, count);
		print_unmet(e->right.expr, want, count);
		return;
	}
	printf("%s", (*count)++ ? " && " : "");
	print_expr(e, true);
}

/* The alternatives of a reverse dependency, "A && B || C": the symbols that select. */
static void print_selectors(struct expr *e, bool active, int *count)
{
	if (!e)
		return;
	if (e->type == E_OR) {
		print_selectors(e->left.expr, active, count);
		print_selectors(e->right.expr, active, count);
		return;
	}
	if (active && expr_calc_value(e) == no)
		return;
	if (*count < LISTED_MAX) {
		printf("%s", *count ? " or " : "");
		print_expr(e, false);
	} else if (*count == LISTED_MAX) {
		printf(" or others");
	}
	(*count)++;
}

static void explain_choice(struct menu *choice, struct symbol *sym)
{
	struct menu *m;

	for (m = choice->list; m; m = m->next)
		if (m->sym && m->sym != sym && m->sym->name && value_of(m->sym) == yes)
			printf("another member of its choice is set: %s [=y]", m->sym->name);
}

static void explain_too_low(struct symbol *sym, tristate want)
{
	struct property *prompt = first_prompt(sym);
	struct menu *choice = choice_of(sym);
	int count = 0;

	if (prompt && expr_calc_value(prompt->visible.expr) < want && prompt->visible.expr) {
		printf("depends on ");
		print_unmet(prompt->visible.expr, want, &count);
	} else if (choice) {
		explain_choice(choice, sym);
	} else if (!prompt && sym->rev_dep.expr && !expr_calc_value(sym->rev_dep.expr)) {
		printf("cannot be set by itself, only selected by ");
		print_selectors(sym->rev_dep.expr, false, &count);
	} else if (!prompt) {
		printf("cannot be set by itself");
		if (sym->dir_dep.expr && expr_calc_value(sym->dir_dep.expr) < want) {
			printf(", depends on ");
			print_unmet(sym->dir_dep.expr, want, &count);
		}
	}
}

static void explain_text(struct symbol *sym, const char *want)
{
	struct property *prompt = first_prompt(sym);
	int count = 0;

	if (!prompt) {
		printf("cannot be set by itself");
	} else if (expr_calc_value(prompt->visible.expr) == no && prompt->visible.expr) {
		printf("depends on ");
		print_unmet(prompt->visible.expr, mod, &count);
	} else if (!sym_string_within_range(sym, want)) {
		printf("%s is not a value or out of range for this %s", want,
		       sym_type_name(sym->type));
	}
}

static void explain(struct symbol *sym, const char *want)
{
	tristate level = *want == 'y' ? yes : *want == 'm' ? mod : no;
	int count = 0;

	sym_calc_value(sym);
	if (!is_tristate(sym)) {
		explain_text(sym, want);
	} else if (level < value_of(sym)) {
		if (sym->rev_dep.expr && expr_calc_value(sym->rev_dep.expr) > level) {
			printf("selected by ");
			print_selectors(sym->rev_dep.expr, true, &count);
		} else if (!first_prompt(sym)) {
			printf("cannot be set by itself");
		}
	} else {
		explain_too_low(sym, level);
	}
}

static int cmd_explain(FILE *in)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), in)) {
		char *eq = strchr(line, '=');
		struct symbol *sym;

		line[strcspn(line, "\n")] = '\0';
		if (!eq)
			return 2;
		*eq = '\0';
		sym = sym_find(line);
		printf("%s\t", line);
		if (!sym || sym->type == S_UNKNOWN) {
			printf("\tno such symbol in this kernel\n");
			continue;
		}
		if (sym->prop && sym->prop->menu)
			printf("%s:%d", sym->prop->menu->FILENAME, sym->prop->menu->lineno);
		printf("\t");
		explain(sym, eq + 1);
		printf("\n");
	}
	return 0;
}

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[2], "r") : NULL;

	if (!in)
		return 2;
	conf_parse("Kconfig");
	conf_read(NULL);
	if (!strcmp(argv[1], "explain"))
		return cmd_explain(in);
	return cmd_enable(in);
}
