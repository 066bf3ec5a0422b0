/* Rooms whose walls are linear in their own modes, hour by hour, see modal.py for the readable version.

   Rooms go by LANES. A mode decays by itself; what joins them is the air, which the plant and the extra ventilation reach by
   one same input: its temperature is free + rise * power, found without a matrix.

   This file reads itself once for each width of vectors (VEC): GCC takes those wider than the machine's apart, lane by lane. */
#ifndef VEC
#include <stddef.h>
#include <stdint.h>

#define MATHS optimize("fp-contract=fast,no-signed-zeros,finite-math-only")

#define LANES 8
#define LIT 0x80
#define WATCHED 0x40
#define MOST_MODES 64
/* Inputs of the rooms of a stock, those that only the sun gives, and their modes: their hours are written out. */
#define USUAL 7
#define USUAL_SUNNY 4
#define USUAL_MODES 12
/* The same for rooms described face by face. */
#define BY_FACE 13
#define BY_FACE_SUNNY 10
enum { AIR_EXTRA, AIR_SHARE, AIR_RISE, AIR_SCALE, AIR };
enum { SET_HEAT, SET_COOL, SET_WATCH, SET_OUT, SET };
enum { DONE_HEAT, DONE_COOL, DONE_DISCOMFORT, DONE_PEAK_HEAT, DONE_PEAK_COOL, DONE };

#define JOIN(a, b) a##b
#define JOINED(a, b) JOIN(a, b)
#define NAME(x) JOINED(x, VEC)
#define INSIDE static inline __attribute__((always_inline, MATHS)) TARGET
#define S (LANES / VEC)
#define vec NAME(vec)
#define sums NAME(sums)
#define most_of NAME(most_of)
#define least_of NAME(least_of)
#define dot NAME(dot)
#define hour NAME(hour)
#define block NAME(block)
#define run NAME(run)

#if defined(__x86_64__) && defined(__gnu_linux__)
#define WIDE
#define TARGET __attribute__((target("avx512f"), MATHS))
#define VEC 8
#include "modal.c"
#undef VEC
#undef TARGET
#define TARGET __attribute__((target("avx2,fma"), MATHS))
#define VEC 4
#include "modal.c"
#undef VEC
#undef TARGET
#endif
#define TARGET __attribute__((MATHS))
#define VEC 2
#include "modal.c"
#undef VEC

/* blocks: rooms / LANES. z: (blocks, modes, LANES) in and out; mode: (blocks, modes, 3 + inputs, LANES); direct: (blocks,
   inputs, LANES); feel: (blocks, modes + inputs + 1, LANES); air: (blocks, levels, AIR + 1, LANES); most: (blocks, 2, LANES);
   u: (count, inputs), the last `sunny` of them nothing at night; set: (count, SET); level: (count,) with LIT and WATCHED;
   stop: (periods,); done: (blocks, periods, DONE, LANES). */
#define GIVEN \
    blocks, modes, inputs, sunny, levels, z, mode, direct, feel, air, most, count, u, set, level, periods, stop, done
void jumeau_modal(size_t blocks, size_t modes, size_t inputs, size_t sunny, size_t levels, double *z, const double *mode,
                  const double *direct, const double *feel, const double *air, const double *most, size_t count,
                  const double *u, const double *set, const uint8_t *level, size_t periods, const int64_t *stop, double *done)
{
    if (modes > MOST_MODES)
        return;
#ifdef WIDE
    if (__builtin_cpu_supports("avx512f"))
        return rooms8(GIVEN);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return rooms4(GIVEN);
#endif
    rooms2(GIVEN);
}
#else
typedef double vec __attribute__((vector_size(8 * VEC), aligned(8)));

typedef struct {
    vec heat, cool, over, most, least;
} sums;

INSIDE void most_of(vec *r, const vec *a, const vec *b)
{
    for (int i = 0; i < VEC; i++)
        (*r)[i] = (*a)[i] > (*b)[i] ? (*a)[i] : (*b)[i];
}

INSIDE void least_of(vec *r, const vec *a, const vec *b)
{
    for (int i = 0; i < VEC; i++)
        (*r)[i] = (*a)[i] < (*b)[i] ? (*a)[i] : (*b)[i];
}

/* Through a third vector, or GCC 12 takes the lanes apart. */
#define AT_LEAST(a, b) do { vec r_; most_of(&r_, &(a), &(b)); (a) = r_; } while (0)
#define AT_MOST(a, b) do { vec r_; least_of(&r_, &(a), &(b)); (a) = r_; } while (0)

INSIDE vec dot(const vec *row, const double *u, size_t count)
{
    vec one = {0}, two = {0};
    size_t i = 0;
    for (; i + 1 < count; i += 2) {
        one += row[S * i] * u[i];
        two += row[S * (i + 1)] * u[i + 1];
    }
    if (i < count)
        one += row[S * i] * u[i];
    return one + two;
}

/* A block of rooms during its year. z: its modes; mode: (modes, 3 + inputs) decay, air's share, power's push, inputs; feel:
   (modes + inputs + 1) felt temperature; direct: (inputs,) air's own line; air: (levels, AIR + 1); most: (2,). */
typedef struct {
    vec z[MOST_MODES];
    const vec *mode, *direct, *feel, *air, *most;
    sums s;
} block;

/* One hour of a block: `used` of the `inputs` are not zero. */
INSIDE void hour(block *b, size_t modes, const vec *air, const double *u, const double *set, size_t inputs, size_t used,
                 int watched)
{
    const vec none = {0};
    vec y = dot(b->direct, u, used), other = none, pushed[MOST_MODES];
    for (size_t j = 0; j < modes; j++) {
        const vec *m = b->mode + S * j * (3 + inputs);
        if (j % 2)
            other += m[S] * b->z[j];
        else
            y += m[S] * b->z[j];
        pushed[j] = m[0] * b->z[j] + dot(m + 3 * S, u, used);
    }
    vec free = (y + other + air[S * AIR_EXTRA] * set[SET_OUT]) * air[S * AIR_SHARE];
    vec heat = air[S * AIR_SCALE] * (set[SET_HEAT] - free), cool = air[S * AIR_SCALE] * (set[SET_COOL] - free);
    AT_LEAST(heat, none);
    AT_MOST(heat, b->most[0]);
    AT_MOST(cool, none);
    AT_LEAST(cool, b->most[S]);
    vec power = heat + cool, inside = free + air[S * AIR_RISE] * power;
    vec total = power + air[S * AIR] * (set[SET_OUT] - inside);
    for (size_t j = 0; j < modes; j++)
        b->z[j] = pushed[j] + b->mode[S * (j * (3 + inputs) + 2)] * total;
    if (watched) {
        vec felt = dot(b->feel + S * modes, u, used) + b->feel[S * (modes + inputs)] * total;
        for (size_t j = 0; j < modes; j++)
            felt += b->feel[S * j] * b->z[j];
        felt -= set[SET_WATCH];
        AT_LEAST(felt, none);
        b->s.over += felt;
    }
    b->s.heat += heat;
    b->s.cool += cool;
    AT_LEAST(b->s.most, power);
    AT_MOST(b->s.least, power);
}

/* A period of two blocks in turn, or of one: the second fills the time that the first spends waiting for its air. */
INSIDE void run(block *b, size_t two, size_t modes, size_t inputs, size_t sunny, size_t from, size_t to, const double *u,
                const double *set, const uint8_t *level)
{
    for (size_t h = from; h < to; h++) {
        size_t at = S * (level[h] & ~(LIT | WATCHED)) * (AIR + 1);
        const double *now = u + h * inputs, *sets = set + h * SET;
        int watched = level[h] & WATCHED;
        if (level[h] & LIT) {
            hour(b, modes, b->air + at, now, sets, inputs, inputs, watched);
            if (two)
                hour(b + 1, modes, b[1].air + at, now, sets, inputs, inputs, watched);
        } else {
            hour(b, modes, b->air + at, now, sets, inputs, inputs - sunny, watched);
            if (two)
                hour(b + 1, modes, b[1].air + at, now, sets, inputs, inputs - sunny, watched);
        }
    }
}

static TARGET void NAME(rooms)(size_t blocks, size_t modes, size_t inputs, size_t sunny, size_t levels, double *z,
                               const double *mode, const double *direct, const double *feel, const double *air,
                               const double *most, size_t count, const double *u, const double *set, const uint8_t *level,
                               size_t periods, const int64_t *stop, double *done)
{
    for (size_t g = 0; g < blocks * S; g += 2) {
        size_t two = g + 1 < blocks * S, h = 0;
        block both[2];
        for (size_t k = 0; k <= two; k++) {
            size_t b = (g + k) / S, part = (g + k) % S * VEC;
            block *one = both + k;
            for (size_t j = 0; j < modes; j++)
                one->z[j] = *(const vec *)(z + (b * modes + j) * LANES + part);
            one->mode = (const vec *)(mode + b * modes * (3 + inputs) * LANES + part);
            one->direct = (const vec *)(direct + b * inputs * LANES + part);
            one->feel = (const vec *)(feel + b * (modes + inputs + 1) * LANES + part);
            one->most = (const vec *)(most + b * 2 * LANES + part);
            one->air = (const vec *)(air + b * levels * (AIR + 1) * LANES + part);
        }
        for (size_t p = 0; p < periods; p++) {
            size_t end = (size_t)stop[p] < count ? (size_t)stop[p] : count;
            for (size_t k = 0; k <= two; k++)
                both[k].s = (sums){0};
            if (inputs == USUAL && sunny == USUAL_SUNNY && modes == USUAL_MODES && two)
                run(both, 1, USUAL_MODES, USUAL, USUAL_SUNNY, h, end, u, set, level);
            else if (inputs == BY_FACE && sunny == BY_FACE_SUNNY && two)
                run(both, 1, modes, BY_FACE, BY_FACE_SUNNY, h, end, u, set, level);
            else
                run(both, two, modes, inputs, sunny, h, end, u, set, level);
            h = end > h ? end : h;
            for (size_t k = 0; k <= two; k++) {
                size_t b = (g + k) / S, part = (g + k) % S * VEC;
                vec *out = (vec *)(done + (b * periods + p) * DONE * LANES + part);
                out[S * DONE_HEAT] = both[k].s.heat;
                out[S * DONE_COOL] = -both[k].s.cool;
                out[S * DONE_DISCOMFORT] = both[k].s.over;
                out[S * DONE_PEAK_HEAT] = both[k].s.most;
                out[S * DONE_PEAK_COOL] = -both[k].s.least;
            }
        }
        for (size_t k = 0; k <= two; k++)
            for (size_t j = 0; j < modes; j++)
                *(vec *)(z + ((g + k) / S * modes + j) * LANES + (g + k) % S * VEC) = both[k].z[j];
    }
}
#endif
