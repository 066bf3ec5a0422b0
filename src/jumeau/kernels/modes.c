/* Modes of many rooms of the same shape, LANES at once, see modes.py for what it means and modal.py for the readable version.

   A room is C dx/dt = F u - K x. Nodes without mass are eliminated one by one; with the roots of the masses on both sides, what
   is left of K is symmetric; Householder reflections make it tridiagonal and implicit QL steps diagonal. The columns that are
   asked of the eigenvectors (inputs, air, felt temperature, start) are turned along; the vectors themselves are never made.
   All lanes take the same steps, those that are done too: one more step leaves them as they are.

   This file reads itself once for each width of vectors (VEC), as modal.c does. */
#ifndef VEC
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MATHS optimize("fp-contract=fast,no-signed-zeros,finite-math-only")
#define LANES 8
#define MOST_NODES 96
#define MOST_COLUMNS 32
#define MOST_STEPS 60
#define HOUR_S 3600.0
#define TINY 1e-280

/* The shape that all rooms share. nodes, links, heats, inputs, light: counts; ends: (links, 2); reach: (heats, 2) node and
   input; felt: (nodes,); order: (light,) nodes without mass, as they are eliminated; kept: modes. */
typedef struct {
    size_t nodes, links, heats, inputs, light, kept;
    const int64_t *ends, *reach, *order;
    const double *felt;
} shape;

#define JOIN(a, b) a##b
#define JOINED(a, b) JOIN(a, b)
#define NAME(x) JOINED(x, VEC)
#define INSIDE static inline __attribute__((always_inline, MATHS)) TARGET
#define S (LANES / VEC)
#define vec NAME(vec)
#define bits NAME(bits)
#define net NAME(net)
#define root NAME(root)
#define size_of NAME(size_of)
#define pick NAME(pick)
#define any NAME(any)
#define read_net NAME(read_net)
#define eliminate NAME(eliminate)
#define masses NAME(masses)
#define tridiagonal NAME(tridiagonal)
#define turn NAME(turn)
#define diagonal NAME(diagonal)
#define write_modes NAME(write_modes)

#if defined(__x86_64__) && defined(__gnu_linux__)
#define WIDE
#define TARGET __attribute__((target("avx512f,avx512dq"), MATHS))
#define VEC 8
#include "modes.c"
#undef VEC
#undef TARGET
#define TARGET __attribute__((target("avx2,fma"), MATHS))
#define VEC 4
#include "modes.c"
#undef VEC
#undef TARGET
#endif
#define TARGET __attribute__((MATHS))
#define VEC 2
#include "modes.c"
#undef VEC

/* blocks: rooms / LANES. link: (blocks, links, LANES); capacity: (blocks, nodes, LANES); heat: (blocks, heats, LANES); work:
   (nodes * (2 * nodes + 2 * inputs + 8), LANES). Out, as modal.c reads them: z: (blocks, kept, LANES) modes of a room at 1 °C; mode:
   (blocks, kept, 3 + inputs, LANES); direct: (blocks, inputs, LANES); feel: (blocks, kept + inputs + 1, LANES); rise: (blocks,
   LANES). Gives 0, or 1 where the shape is too large or a room did not become diagonal. */
#define GIVEN blocks, &all, link, capacity, heat, work, z, mode, direct, feel, rise
int jumeau_modes(size_t blocks, size_t nodes, size_t links, size_t heats, size_t inputs, size_t light, size_t kept,
                 const int64_t *ends, const int64_t *reach, const int64_t *order, const double *felt, const double *link,
                 const double *capacity, const double *heat, double *work, double *z, double *mode, double *direct,
                 double *feel, double *rise)
{
    shape all = {nodes, links, heats, inputs, light, kept, ends, reach, order, felt};
    if (nodes > MOST_NODES || inputs + 3 > MOST_COLUMNS || light >= nodes || kept > nodes - light || !kept)
        return 1;
#ifdef WIDE
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return modes8(GIVEN);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return modes4(GIVEN);
#endif
    return modes2(GIVEN);
}
#else
typedef double vec __attribute__((vector_size(8 * VEC), aligned(8)));
typedef int64_t bits __attribute__((vector_size(8 * VEC), aligned(8)));

/* k: (nodes, nodes); f: (nodes, inputs); w: weights of the nodes in the felt temperature; once: what inputs bring to it at
   once; a: (m, m) and b: (m, columns) of the nodes with mass; d, e: diagonal and what is beside it. */
typedef struct {
    vec *k, *f, *a, *b, *d, *e, *v, *p;
    vec w[MOST_NODES], once[MOST_COLUMNS];
    size_t heavy[MOST_NODES], m;
} net;

INSIDE vec pick(bits which, vec a, vec b)
{
    return (vec)(((bits)a & which) | ((bits)b & ~which));
}

INSIDE vec size_of(vec a)
{
    return (vec)((bits)a & INT64_MAX);
}

INSIDE vec root(vec a)
{
    vec r;
    for (int i = 0; i < VEC; i++)
        r[i] = __builtin_sqrt(a[i]);
    return r;
}

INSIDE int any(bits which)
{
    int64_t r = 0;
    for (int i = 0; i < VEC; i++)
        r |= which[i];
    return r != 0;
}

INSIDE void read_net(net *x, const shape *s, const vec *link, const vec *heat)
{
    const vec none = {0};
    size_t n = s->nodes, u = s->inputs;
    for (size_t i = 0; i < n * n; i++)
        x->k[i] = none;
    for (size_t i = 0; i < n * u; i++)
        x->f[i] = none;
    for (size_t i = 0; i < n; i++)
        x->w[i] = none + s->felt[i];
    for (size_t i = 0; i < u; i++)
        x->once[i] = none;
    for (size_t i = 0; i < s->links; i++) {
        size_t a = (size_t)s->ends[2 * i], b = (size_t)s->ends[2 * i + 1];
        vec g = link[S * i];
        x->k[a * n + a] += g;
        if (a != b) {
            x->k[b * n + b] += g;
            x->k[a * n + b] -= g;
            x->k[b * n + a] -= g;
        }
    }
    for (size_t i = 0; i < s->heats; i++)
        x->f[(size_t)s->reach[2 * i] * u + (size_t)s->reach[2 * i + 1]] += heat[S * i];
}

/* Nodes without mass follow the others at once: x_s = (f_s - sum of K_sj x_j) / K_ss. */
INSIDE void eliminate(net *x, const shape *s)
{
    size_t n = s->nodes, u = s->inputs;
    uint8_t tied[MOST_NODES * MOST_NODES] = {0}, fed[MOST_NODES * MOST_COLUMNS] = {0}, gone[MOST_NODES] = {0};
    for (size_t i = 0; i < s->links; i++) {
        size_t a = (size_t)s->ends[2 * i], b = (size_t)s->ends[2 * i + 1];
        tied[a * n + b] = tied[b * n + a] = 1;
    }
    for (size_t i = 0; i < s->heats; i++)
        fed[(size_t)s->reach[2 * i] * u + (size_t)s->reach[2 * i + 1]] = 1;
    for (size_t o = 0; o < s->light; o++) {
        size_t at = (size_t)s->order[o], near[MOST_NODES], many = 0;
        vec inverse = 1.0 / x->k[at * n + at], weight = x->w[at] * inverse;
        gone[at] = 1;
        for (size_t j = 0; j < n; j++)
            if (tied[at * n + j] && !gone[j])
                near[many++] = j;
        for (size_t i = 0; i < u; i++)
            if (fed[at * u + i])
                x->once[i] += weight * x->f[at * u + i];
        for (size_t q = 0; q < many; q++) {
            size_t j = near[q];
            vec share = x->k[at * n + j] * inverse;
            for (size_t r = 0; r < many; r++) {
                x->k[j * n + near[r]] -= share * x->k[at * n + near[r]];
                tied[j * n + near[r]] = 1;
            }
            for (size_t i = 0; i < u; i++)
                if (fed[at * u + i]) {
                    x->f[j * u + i] -= share * x->f[at * u + i];
                    fed[j * u + i] = 1;
                }
            x->w[j] -= share * x->w[at];
        }
    }
    x->m = 0;
    for (size_t j = 0; j < n; j++)
        if (!gone[j])
            x->heavy[x->m++] = j;
}

/* The symmetric matrix, and the columns asked of its vectors: inputs, air, felt temperature, start. */
INSIDE void masses(net *x, const shape *s, const vec *capacity)
{
    size_t n = s->nodes, u = s->inputs, m = x->m, columns = u + 3;
    for (size_t i = 0; i < m; i++)
        x->v[i] = 1.0 / root(capacity[S * x->heavy[i]]);
    for (size_t i = 0; i < m; i++) {
        size_t at = x->heavy[i];
        for (size_t j = 0; j < m; j++)
            x->a[i * m + j] = x->v[i] * x->k[at * n + x->heavy[j]] * x->v[j];
        vec *row = x->b + i * columns;
        for (size_t c = 0; c < u; c++)
            row[c] = x->v[i] * x->f[at * u + c];
        row[u] = at ? (vec){0} : x->v[i];
        row[u + 1] = x->v[i] * x->w[at];
        row[u + 2] = 1.0 / x->v[i];
    }
}

INSIDE void tridiagonal(net *x, size_t columns)
{
    const vec none = {0};
    size_t m = x->m;
    vec *a = x->a, *v = x->v, *p = x->p;
    for (size_t k = 0; k + 2 < m; k++) {
        vec square = none;
        for (size_t i = k + 1; i < m; i++) {
            v[i] = a[i * m + k];
            square += v[i] * v[i];
        }
        vec norm = root(square), sign = pick(v[k + 1] < 0, none - 1.0, none + 1.0);
        vec scale = norm * (norm + size_of(v[k + 1]));
        vec beta = pick(scale > TINY, 1.0 / pick(scale > TINY, scale, none + 1.0), none), half = none;
        x->e[k] = -sign * norm;
        v[k + 1] += sign * norm;
        for (size_t i = k + 1; i < m; i++) {
            vec one = none, two = none;
            const vec *row = a + i * m;
            size_t j = k + 1;
            for (; j + 1 < m; j += 2) {
                one += row[j] * v[j];
                two += row[j + 1] * v[j + 1];
            }
            if (j < m)
                one += row[j] * v[j];
            p[i] = beta * (one + two);
            half += p[i] * v[i];
        }
        half *= 0.5 * beta;
        for (size_t i = k + 1; i < m; i++)
            p[i] -= half * v[i];
        for (size_t i = k + 1; i < m; i++)
            for (size_t j = k + 1; j < m; j++)
                a[i * m + j] -= v[i] * p[j] + p[i] * v[j];
        vec sums[MOST_COLUMNS];
        for (size_t c = 0; c < columns; c++)
            sums[c] = none;
        for (size_t i = k + 1; i < m; i++)
            for (size_t c = 0; c < columns; c++)
                sums[c] += v[i] * x->b[i * columns + c];
        for (size_t i = k + 1; i < m; i++) {
            vec share = beta * v[i];
            for (size_t c = 0; c < columns; c++)
                x->b[i * columns + c] -= share * sums[c];
        }
    }
    if (m > 1)
        x->e[m - 2] = a[(m - 1) * m + m - 2];
    x->e[m - 1] = none;
    for (size_t i = 0; i < m; i++)
        x->d[i] = a[i * m + i];
}

/* One implicit QL step on the nodes from `l` to `last`. */
INSIDE void turn(net *x, size_t l, size_t last, size_t columns)
{
    const vec none = {0};
    vec *d = x->d, *e = x->e;
    bits done = size_of(e[l]) <= 1e-16 * (size_of(d[l]) + size_of(d[l + 1]));
    vec beside = pick(done, none + 1.0, e[l]);
    vec g = (d[l + 1] - d[l]) / (2.0 * beside), r = root(g * g + 1.0);
    vec shift = beside / (g + pick(g < 0, -r, r));
    g = d[last] - d[l] + pick(done, none, shift);
    vec s = none + 1.0, c = none + 1.0, p = none;
    for (size_t i = last; i-- > l;) {
        vec f = s * e[i], b = c * e[i];
        r = root(f * f + g * g);
        bits flat = r < TINY;
        vec inverse = 1.0 / pick(flat, none + 1.0, r);
        e[i + 1] = r;
        s = pick(flat, none, f * inverse);
        c = pick(flat, none + 1.0, g * inverse);
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        vec *low = x->b + i * columns, *high = low + columns;
        for (size_t k = 0; k < columns; k++) {
            vec from = high[k];
            high[k] = s * low[k] + c * from;
            low[k] = c * low[k] - s * from;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[last] = none;
}

INSIDE int diagonal(net *x, size_t columns)
{
    const vec none = {0};
    vec *d = x->d, *e = x->e, scale = none;
    for (size_t i = 0; i < x->m; i++)
        scale += size_of(d[i]);
    scale *= 5e-17;
    for (size_t l = 0; l + 1 < x->m; l++)
        for (int step = 0;; step++) {
            size_t last = l;
            while (last + 1 < x->m && any(size_of(e[last]) > 3e-16 * (size_of(d[last]) + size_of(d[last + 1])) + scale))
                last++;
            if (last == l)
                break;
            if (step == MOST_STEPS)
                return 1;
            turn(x, l, last, columns);
        }
    return 0;
}

/* Keeps the modes that the air remembers most; the others follow their inputs at once. */
INSIDE void write_modes(net *x, const shape *s, double *z, double *mode, double *direct, double *feel, double *rise)
{
    const vec none = {0};
    size_t u = s->inputs, m = x->m, columns = u + 3, kept = s->kept;
    vec score[MOST_NODES], whole[MOST_COLUMNS], line[MOST_COLUMNS];
    for (size_t c = 0; c <= u; c++)
        whole[c] = none + TINY;
    for (size_t j = 0; j < m; j++) {
        const vec *row = x->b + j * columns;
        vec share = size_of(row[u]) / x->d[j];
        for (size_t c = 0; c <= u; c++)
            whole[c] += share * size_of(row[c]);
    }
    for (size_t c = 0; c <= u; c++)
        whole[c] = 1.0 / whole[c];
    for (size_t j = 0; j < m; j++) {
        const vec *row = x->b + j * columns;
        vec most = none;
        for (size_t c = 0; c <= u; c++) {
            vec part = size_of(row[c]) * whole[c];
            most = pick(part > most, part, most);
        }
        score[j] = most * size_of(row[u]) / (x->d[j] * (1.0 + x->d[j] * HOUR_S));
    }
    size_t chosen[LANES][MOST_NODES];
    vec follows[MOST_NODES];
    for (size_t j = 0; j < m; j++)
        follows[j] = none + 1.0;
    for (size_t lane = 0; lane < VEC; lane++)
        for (size_t r = 0; r < kept; r++) {
            size_t found = 0;
            double most = -1.0;
            for (size_t j = 0; j < m; j++) {
                double one = follows[j][lane] > 0 ? score[j][lane] : -2.0;
                found = one > most ? j : found;
                most = one > most ? one : most;
            }
            follows[found][lane] = 0.0;
            chosen[lane][r] = found;
        }
    for (size_t c = 0; c <= u; c++)
        line[c] = none;
    x->once[u] = none;
    for (size_t j = 0; j < m; j++) {
        const vec *row = x->b + j * columns;
        vec hour = HOUR_S / (1.0 + x->d[j] * HOUR_S), at_once = follows[j] / x->d[j];
        vec of_air = row[u] * (at_once + (1.0 - follows[j]) * hour), of_felt = row[u + 1] * at_once;
        for (size_t c = 0; c <= u; c++) {
            line[c] += of_air * row[c];
            x->once[c] += of_felt * row[c];
        }
    }
    for (size_t c = 0; c < u; c++) {
        *(vec *)(direct + c * LANES) = line[c];
        *(vec *)(feel + (kept + c) * LANES) = x->once[c];
    }
    *(vec *)rise = line[u];
    *(vec *)(feel + (kept + u) * LANES) = x->once[u];
    for (size_t lane = 0; lane < VEC; lane++)
        for (size_t r = 0; r < kept; r++) {
            size_t j = chosen[lane][r];
            const double *row = (const double *)(x->b + j * columns) + lane;
            double decay = 1.0 / (1.0 + x->d[j][lane] * HOUR_S), *out = mode + r * (3 + u) * LANES + lane;
            out[0] = decay;
            out[LANES] = row[u * VEC] * decay;
            out[2 * LANES] = decay * HOUR_S * row[u * VEC];
            for (size_t c = 0; c < u; c++)
                out[(3 + c) * LANES] = decay * HOUR_S * row[c * VEC];
            feel[r * LANES + lane] = row[(u + 1) * VEC];
            z[r * LANES + lane] = row[(u + 2) * VEC];
        }
}

static TARGET int NAME(modes)(size_t blocks, const shape *s, const double *link, const double *capacity, const double *heat,
                              double *work, double *z, double *mode, double *direct, double *feel, double *rise)
{
    size_t n = s->nodes, u = s->inputs, kept = s->kept;
    net x;
    x.k = (vec *)work, x.f = x.k + n * n, x.b = x.f + n * u, x.d = x.b + n * (u + 3);
    x.e = x.d + n, x.v = x.e + n, x.p = x.v + n, x.a = x.p + n;
    for (size_t g = 0; g < blocks * S; g++) {
        size_t b = g / S, part = g % S * VEC;
        read_net(&x, s, (const vec *)(link + b * s->links * LANES + part), (const vec *)(heat + b * s->heats * LANES + part));
        eliminate(&x, s);
        masses(&x, s, (const vec *)(capacity + b * n * LANES + part));
        tridiagonal(&x, u + 3);
        if (diagonal(&x, u + 3))
            return 1;
        write_modes(&x, s, z + b * kept * LANES + part, mode + b * kept * (3 + u) * LANES + part,
                    direct + b * u * LANES + part, feel + b * (kept + u + 1) * LANES + part, rise + b * LANES + part);
    }
    return 0;
}
#endif
