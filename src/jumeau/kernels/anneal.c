/* Moves of a plan at random with a falling temperature, see anneal.py for the readable version. */
#include <math.h>
#include <stdint.h>

typedef struct {
    int64_t items, columns, lots, levels;
    const int64_t *start;      /* items + 1: columns of an item */
    const int64_t *block;      /* items: block of an item */
    const int64_t *first;      /* blocks + 1: place of a block in members */
    const int64_t *members;    /* items, by block */
    const int64_t *slot;       /* columns: block and year */
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
} plan;

static inline uint64_t next(uint64_t *s)
{
    uint64_t x = *s;
    x ^= x >> 12; x ^= x << 25; x ^= x >> 27;
    *s = x;
    return x * 0x2545F4914F6CDD1DULL;
}

static inline double unit(uint64_t *s) { return (double)(next(s) >> 11) * 0x1.0p-53; }

static inline double over(const plan *p, int64_t r)
{
    double d = p->activity[r] - p->upper[r];
    return d > 1e-9 ? d : 0.0;
}

static inline double saved(const plan *p, int64_t l)
{
    double w = 0.0;
    const double *opens = p->opens + l * p->levels, *worth = p->worth + l * p->levels;
    for (int64_t k = 0; k < p->levels && p->held[l] >= opens[k] * (1 - 1e-12); k++)
        w = worth[k];
    return p->spent[l] * w;
}

/* Put a column in (sign 1) or out (-1): change of gain; the change of what is over the limits is added to excess. */
static double put(plan *p, int64_t k, double sign, double *excess)
{
    double delta = sign * p->gain[k];
    for (int64_t n = p->row_start[k]; n < p->row_start[k + 1]; n++) {
        int64_t r = p->row[n];
        double before = over(p, r);
        p->activity[r] += sign * p->value[n];
        *excess += over(p, r) - before;
    }
    int64_t l = p->lot[k];
    if (l >= 0) {
        delta -= saved(p, l);
        p->held[l] += sign * p->volume[k];
        p->spent[l] += sign * p->money[k];
        delta += saved(p, l);
    }
    return delta;
}

double jumeau_anneal(plan *p, int64_t moves, double hot, double cold, uint64_t *seed)
{
    double total = 0.0, cooling = moves > 1 ? log(cold / hot) / (double)(moves - 1) : 0.0, heat = hot;
    for (int64_t m = 0; m < moves; m++) {
        if ((m & 1023) == 0)
            heat = hot * exp(cooling * (double)m);
        int64_t i = (int64_t)(next(seed) % (uint64_t)p->items);
        int64_t size = p->start[i + 1] - p->start[i];
        int64_t pick = (int64_t)(next(seed) % (uint64_t)(size + 1));
        int64_t to = pick == size ? -1 : p->start[i] + pick, from = p->choice[i];
        if (to == from)
            continue;
        int64_t other = -1, out = -1;
        if (to >= 0 && (next(seed) >> 63)) {
            int64_t b = p->block[i], n = p->first[b + 1] - p->first[b];
            other = p->members[p->first[b] + (int64_t)(next(seed) % (uint64_t)n)];
            out = p->choice[other];
            if (other == i || out < 0 || p->slot[out] != p->slot[to])
                out = -1;
        }
        double excess = 0.0, delta = 0.0;
        if (from >= 0) delta += put(p, from, -1.0, &excess);
        if (out >= 0) delta += put(p, out, -1.0, &excess);
        if (to >= 0) delta += put(p, to, 1.0, &excess);
        int keep = excess < -1e-9 || (excess <= 1e-9 && (delta >= 0.0 || unit(seed) < exp(delta / heat)));
        if (keep) {
            p->choice[i] = to;
            if (out >= 0) p->choice[other] = -1;
            total += delta;
        } else {
            double back = 0.0;
            if (to >= 0) put(p, to, -1.0, &back);
            if (out >= 0) put(p, out, 1.0, &back);
            if (from >= 0) put(p, from, 1.0, &back);
        }
    }
    return total;
}
