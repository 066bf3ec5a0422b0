/* Moves of a plan at random with a falling temperature, see anneal.py for the readable version. */
#include <math.h>
#include <stdint.h>

#define MOST 12        /* items one move may change */
#define FORBIDDEN -1e14
#define STAY 3         /* moves a block, times its items, before another one: its columns stay in the cache */
#define TRIES 3
#define EDGE 1e-9

typedef struct {
    int64_t items, columns, lots, levels, years, firm; /* items from firm on are slices of money */
    const int64_t *start;      /* items + 1: columns of an item */
    const int64_t *block;      /* items: block of an item */
    const int64_t *first;      /* blocks + 1: place of a block in members */
    const int64_t *members;    /* items, by block */
    const int64_t *need_start; /* items + 1: what an item requires */
    const int64_t *need;
    const int64_t *user_start; /* items + 1: what may require an item */
    const int64_t *user;
    const int64_t *slot;       /* columns: block * years + year */
    const double *gain;        /* columns */
    const int64_t *row_start;  /* columns + 1 */
    const int64_t *row;
    const double *value;
    const double *upper;       /* rows */
    const int64_t *lot;        /* columns: lot and year, -1 without */
    const double *volume, *money; /* columns */
    const double *opens, *worth;  /* lots x levels */
    int64_t *choice;           /* items: column, -1 for none */
    double *activity;          /* rows */
    double *held, *spent;      /* lots: volume, money */
    const int64_t *site;          /* columns: place and year of a trench, -1 without */
    const double *share;          /* columns */
    const int64_t *site_start;    /* sites + 1: items that may be in it */
    const int64_t *site_item;
    const double *dig;            /* sites */
} plan;

typedef struct {
    double gain, excess;
    int count;
    int64_t item[MOST], from[MOST];
} move;

static inline uint64_t next(uint64_t *s)
{
    uint64_t x = *s;
    x ^= x >> 12; x ^= x << 25; x ^= x >> 27;
    *s = x;
    return x * 0x2545F4914F6CDD1DULL;
}

static inline int64_t draw(uint64_t *s, int64_t n) { return (int64_t)(((unsigned __int128)next(s) * (uint64_t)n) >> 64); }

static inline double unit(uint64_t *s) { return (double)(next(s) >> 11) * 0x1.0p-53; }

static inline double over(const plan *p, int64_t r)
{
    double d = p->activity[r] - p->upper[r];
    return d > EDGE ? d : 0.0;
}

static inline double saved(const plan *p, int64_t l)
{
    double w = 0.0;
    const double *opens = p->opens + l * p->levels, *worth = p->worth + l * p->levels;
    for (int64_t k = 0; k < p->levels && p->held[l] >= opens[k] * (1 - 1e-12); k++)
        w = worth[k];
    return p->spent[l] * w;
}

/* How much longer the trench of a site is with the share of an item. */
static double longer(const plan *p, int64_t i, int64_t k)
{
    int64_t t = p->site[k];
    double most = 0.0;
    for (int64_t n = p->site_start[t]; n < p->site_start[t + 1]; n++) {
        int64_t c = p->choice[p->site_item[n]];
        if (p->site_item[n] != i && c >= 0 && p->site[c] == t && p->share[c] > most)
            most = p->share[c];
    }
    return p->share[k] > most ? p->share[k] - most : 0.0;
}

/* Put a column of an item in (sign 1) or out (-1). */
static void put(plan *p, move *m, int64_t i, int64_t k, double sign)
{
    double delta = sign * p->gain[k];
    for (int64_t n = p->row_start[k]; n < p->row_start[k + 1]; n++) {
        int64_t r = p->row[n];
        double before = over(p, r);
        p->activity[r] += sign * p->value[n];
        m->excess += over(p, r) - before;
    }
    int64_t l = p->lot[k];
    if (l >= 0) {
        delta -= saved(p, l);
        p->held[l] += sign * p->volume[k];
        p->spent[l] += sign * p->money[k];
        delta += saved(p, l);
    }
    if (p->site[k] >= 0)
        delta -= sign * p->dig[p->site[k]] * longer(p, i, k);
    m->gain += delta;
}

static void take(plan *p, move *m, int64_t i, int64_t to)
{
    if (p->choice[i] >= 0) put(p, m, i, p->choice[i], -1.0);
    if (to >= 0) put(p, m, i, to, 1.0);
    p->choice[i] = to;
}

static void change(plan *p, move *m, int64_t i, int64_t to)
{
    m->item[m->count] = i;
    m->from[m->count++] = p->choice[i];
    take(p, m, i, to);
}

static void back(plan *p, move *m)
{
    m->count--;
    take(p, m, m->item[m->count], m->from[m->count]);
}

static inline int64_t column(const plan *p, int64_t i, uint64_t *seed)
{
    return p->start[i] + draw(seed, p->start[i + 1] - p->start[i]);
}

/* Bring what an item requires to a year that comes before, until nothing is missing. */
static void bring(plan *p, move *m, int64_t i, int64_t to, uint64_t *seed)
{
    int64_t f = p->need_start[i], c = p->need_start[i + 1] - f, year = p->slot[to] % p->years;
    int64_t off = c > 0 ? draw(seed, c) : 0;
    for (int64_t s = 0; s < c && m->count < MOST && m->excess > EDGE; s++) {
        int64_t j = p->need[f + (off + s < c ? off + s : off + s - c)], k = column(p, j, seed), now = p->choice[j];
        if (p->gain[k] > FORBIDDEN && p->slot[k] % p->years <= year && (now < 0 || p->slot[now] % p->years > year))
            change(p, m, j, k);
    }
}

static int changed(const move *m, int64_t j)
{
    for (int z = 0; z < m->count; z++)
        if (m->item[z] == j)
            return 1;
    return 0;
}

/* Bring slices of money to a year until nothing is missing; one that does not help is left where it was. */
static int borrow(plan *p, move *m, int64_t b, int64_t year)
{
    int found = 0;
    for (int64_t q = p->first[b + 1] - 1; q >= p->first[b] && p->members[q] >= p->firm; q--) {
        int64_t j = p->members[q];
        for (int64_t k = p->start[j]; k < p->start[j + 1] && m->count < MOST && m->excess > EDGE; k++) {
            if (p->slot[k] % p->years != year || p->choice[j] == k || changed(m, j))
                continue;
            double before = m->excess;
            change(p, m, j, k);
            if (m->excess >= before - EDGE)
                back(p, m);
            else
                found = 1;
        }
    }
    return found;
}

/* Try a few columns for an item that is out; 1 when one is kept: it breaks nothing and, with `better`, brings a gain. */
static int settle(plan *p, move *m, int64_t j, int64_t except, int better, uint64_t *seed)
{
    for (int t = 0; t < TRIES; t++) {
        int64_t k = column(p, j, seed);
        if (p->gain[k] <= FORBIDDEN || p->slot[k] == except)
            continue;
        double gain = m->gain, excess = m->excess;
        take(p, m, j, k);
        if (m->excess <= excess + EDGE && (!better || m->gain > gain))
            return 1;
        take(p, m, j, -1);
    }
    return 0;
}

/* Take an item out when that helps, and settle it elsewhere; the years of `slot` are not tried. */
static void clear(plan *p, move *m, int64_t j, int64_t slot, uint64_t *seed)
{
    double before = m->excess;
    change(p, m, j, -1);
    if (m->excess >= before - EDGE)
        back(p, m);
    else
        settle(p, m, j, slot, 0, seed);
}

/* Take out what can no longer be done without an item. */
static void release(plan *p, move *m, int64_t i, uint64_t *seed)
{
    for (int64_t q = p->user_start[i]; q < p->user_start[i + 1] && m->count < MOST && m->excess > EDGE; q++)
        if (p->choice[p->user[q]] >= 0 && !changed(m, p->user[q]))
            clear(p, m, p->user[q], -1, seed);
}

/* Take out of the years that are now too full what helps, and settle it elsewhere: of all years once money was borrowed. */
static void make_room(plan *p, move *m, int64_t b, int owing, uint64_t *seed)
{
    int64_t f = p->first[b], c = p->first[b + 1] - f, off = draw(seed, c);
    int filled = m->count;
    for (int64_t s = 0; s < c && m->count < MOST && m->excess > EDGE; s++) {
        int64_t j = p->members[f + (off + s < c ? off + s : off + s - c)];
        if (p->choice[j] < 0 || changed(m, j))
            continue;
        int64_t slot = p->slot[p->choice[j]];
        int here = owing || j >= p->firm;
        for (int z = 0; z < filled; z++)
            here |= p->choice[m->item[z]] >= 0 && p->slot[p->choice[m->item[z]]] == slot;
        if (here)
            clear(p, m, j, slot, seed);
    }
}

/* Fill the place left free by an item that is not chosen. */
static void fill(plan *p, move *m, int64_t b, uint64_t *seed)
{
    int64_t f = p->first[b], j = p->members[f + draw(seed, p->first[b + 1] - f)];
    if (p->choice[j] >= 0 || changed(m, j))
        return;
    change(p, m, j, -1);
    if (!settle(p, m, j, -1, 1, seed))
        m->count--;
}

double jumeau_anneal(plan *p, int64_t moves, double hot, double cold, uint64_t *seed)
{
    double total = 0.0, cooling = moves > 1 ? log(cold / hot) / (double)(moves - 1) : 0.0, heat = hot;
    int64_t b = 0, stay = 0;
    for (int64_t n = 0; n < moves; n++) {
        if ((n & 1023) == 0)
            heat = hot * exp(cooling * (double)n);
        if (stay-- <= 0) {
            b = p->block[draw(seed, p->items)];
            stay = STAY * (p->first[b + 1] - p->first[b]);
        }
        int64_t i = p->members[p->first[b] + draw(seed, p->first[b + 1] - p->first[b])];
        int64_t size = p->start[i + 1] - p->start[i], pick = draw(seed, size + 1);
        int64_t to = pick == size ? -1 : p->start[i] + pick, from = p->choice[i];
        if (to == from || (to >= 0 && p->gain[to] <= FORBIDDEN))
            continue;
        move m = {.count = 0};
        change(p, &m, i, to);
        if (m.excess > EDGE && to >= 0)
            bring(p, &m, i, to, seed);
        if (m.excess > EDGE && from >= 0)
            release(p, &m, i, seed);
        int owing = i >= p->firm;
        if (m.excess > EDGE && to >= 0)
            owing |= borrow(p, &m, b, p->slot[to] % p->years);
        if (m.excess > EDGE && (to >= 0 || owing))
            make_room(p, &m, b, owing, seed);
        if (m.excess <= EDGE && from >= 0 && m.count < MOST)
            fill(p, &m, b, seed);
        double excess = m.excess, delta = m.gain;
        if (excess < -EDGE || (excess <= EDGE && (delta >= 0.0 || unit(seed) < exp(delta / heat)))) {
            total += delta;
            continue;
        }
        while (m.count > 0)
            back(p, &m);
    }
    return total;
}
