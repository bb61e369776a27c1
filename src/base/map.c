/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries lie in order of insertion; beside them a table of 2^n slots, at most half full, holds
 * "index + 1" at the place the key's hash says, or at the next one that was free:
 *
 *   slots    [0][2][0][0][1][3][0][0]
 *   entries  [a][b][c]
 */
#include <sys/random.h>

#include "base/vec.h"

struct entry {
	uint64_t hash;
	const char *key;
	size_t len;
	void *value;
};

struct map {
	VEC(struct entry) entries;
	size_t *slots;
	size_t nslots;
	uint64_t seed; /* so that nobody can choose keys that collide */
	struct arena *keys;
};

enum { SLOTS_MIN = 16 };

struct map *map_new(void)
{
	struct map *m = NEW(struct map);

	if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) < 0)
		m->seed = (uint64_t)(uintptr_t)m ^ (uint64_t)time_now_ms();
	m->nslots = SLOTS_MIN;
	m->slots = mem_alloc(m->nslots * sizeof(*m->slots));
	m->keys = arena_new();
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	vec_release(&m->entries);
	arena_free(m->keys);
	free(m->slots);
	free(m);
}

static uint64_t hash_of(const struct map *m, struct view key)
{
	uint64_t h = m->seed ^ key.len;

	for (size_t i = 0; i < key.len; i++) {
		h = (h ^ (unsigned char)key.p[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return h;
}

/* The slot @key is in, or the free one it would go to. */
static size_t slot_of(const struct map *m, struct view key, uint64_t hash)
{
	size_t i = hash & (m->nslots - 1);

	for (; m->slots[i] > 0; i = (i + 1) & (m->nslots - 1)) {
		const struct entry *e = &m->entries.data[m->slots[i] - 1];

		if (e->hash == hash && e->len == key.len && memcmp(e->key, key.p, key.len) == 0)
			break;
	}
	return i;
}

static const struct entry *find(const struct map *m, struct view key)
{
	if (!key.p)
		return NULL;
	size_t index = m->slots[slot_of(m, key, hash_of(m, key))];

	return index > 0 ? &m->entries.data[index - 1] : NULL;
}

static void grow(struct map *m)
{
	free(m->slots);
	m->nslots *= 2;
	m->slots = mem_alloc(m->nslots * sizeof(*m->slots));
	for (size_t n = 0; n < m->entries.len; n++) {
		size_t i = m->entries.data[n].hash & (m->nslots - 1);

		while (m->slots[i] > 0)
			i = (i + 1) & (m->nslots - 1);
		m->slots[i] = n + 1;
	}
}

void map_set(struct map *m, const char *key, void *value)
{
	struct view k = view_of(key);
	uint64_t hash = hash_of(m, k);
	size_t slot = slot_of(m, k, hash);

	if (m->slots[slot] > 0) {
		m->entries.data[m->slots[slot] - 1].value = value;
		return;
	}
	if ((m->entries.len + 1) * 2 > m->nslots) {
		grow(m);
		slot = slot_of(m, k, hash);
	}
	struct entry *e = vec_add(&m->entries);

	*e = (struct entry){ hash, arena_strndup(m->keys, k.p, k.len), k.len, value };
	m->slots[slot] = m->entries.len;
}

void *map_getv(const struct map *m, struct view key)
{
	const struct entry *e = find(m, key);

	return e ? e->value : NULL;
}

void *map_get(const struct map *m, const char *key)
{
	return map_getv(m, view_of(key));
}

bool map_has(const struct map *m, const char *key)
{
	return find(m, view_of(key)) != NULL;
}

size_t map_len(const struct map *m)
{
	return m->entries.len;
}

const char *map_at(const struct map *m, size_t i, void **ret_value)
{
	const struct entry *e = &m->entries.data[i];

	if (ret_value)
		*ret_value = e->value;
	return e->key;
}
