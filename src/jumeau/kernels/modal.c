/* Rooms whose walls are linear in their own modes, hour by hour, see modal.py for the readable version.

   Rooms go by LANES. A mode decays by itself; what joins them is the air, which the plant and the extra ventilation reach by
   one same input: its temperature is free + rise * power, found without a matrix. */
#include <stddef.h>
#include <stdint.h>

#define MATHS optimize("fp-contract=fast,no-signed-zeros,finite-math-only")
#define INSIDE static inline __attribute__((always_inline, MATHS))
#if defined(__x86_64__) && defined(__gnu_linux__)
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f"), MATHS))
#else
#define CLONES __attribute__((MATHS))
#endif

#define LANES 8
#define LIT 0x80
#define WATCHED 0x40
#define MOST_MODES 64
typedef double vec __attribute__((vector_size(8 * LANES), aligned(8)));
enum { AIR_EXTRA, AIR_SHARE, AIR_RISE, AIR_SCALE, AIR };
enum { SET_HEAT, SET_COOL, SET_WATCH, SET_OUT, SET };
enum { DONE_HEAT, DONE_COOL, DONE_DISCOMFORT, DONE_PEAK_HEAT, DONE_PEAK_COOL, DONE };

typedef struct {
    vec heat, cool, over, most, least;
} sums;

INSIDE void most_of(vec *r, const vec *a, const vec *b)
{
    for (int i = 0; i < LANES; i++)
        (*r)[i] = (*a)[i] > (*b)[i] ? (*a)[i] : (*b)[i];
}

INSIDE void least_of(vec *r, const vec *a, const vec *b)
{
    for (int i = 0; i < LANES; i++)
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
        one += row[i] * u[i];
        two += row[i + 1] * u[i + 1];
    }
    if (i < count)
        one += row[i] * u[i];
    return one + two;
}

/* One hour: modes z, `used` of the `inputs` are not zero. mode: (modes, 3 + inputs) decay, air's share, power's push, inputs;
   feel: (modes + inputs + 1) felt temperature; direct: (inputs,) air's own line. */
INSIDE void hour(sums *s, vec *z, size_t modes, const vec *mode, const vec *direct, const vec *feel, const vec *air,
                 const vec *most, const double *u, const double *set, size_t inputs, size_t used, int watched)
{
    const vec none = {0};
    vec y = dot(direct, u, used), pushed[MOST_MODES];
    for (size_t j = 0; j < modes; j++) {
        const vec *m = mode + j * (3 + inputs);
        y += m[1] * z[j];
        pushed[j] = m[0] * z[j] + dot(m + 3, u, used);
    }
    vec free = (y + air[AIR_EXTRA] * set[SET_OUT]) * air[AIR_SHARE];
    vec heat = air[AIR_SCALE] * (set[SET_HEAT] - free), cool = air[AIR_SCALE] * (set[SET_COOL] - free);
    AT_LEAST(heat, none);
    AT_MOST(heat, most[0]);
    AT_MOST(cool, none);
    AT_LEAST(cool, most[1]);
    vec power = heat + cool, inside = free + air[AIR_RISE] * power;
    vec total = power + air[AIR] * (set[SET_OUT] - inside);
    for (size_t j = 0; j < modes; j++)
        z[j] = pushed[j] + mode[j * (3 + inputs) + 2] * total;
    if (watched) {
        vec felt = dot(feel + modes, u, used) + feel[modes + inputs] * total;
        for (size_t j = 0; j < modes; j++)
            felt += feel[j] * z[j];
        felt -= set[SET_WATCH];
        AT_LEAST(felt, none);
        s->over += felt;
    }
    s->heat += heat;
    s->cool += cool;
    AT_LEAST(s->most, power);
    AT_MOST(s->least, power);
}

/* blocks: rooms / LANES. z: (blocks, modes, LANES) in and out; mode: (blocks, modes, 3 + inputs, LANES); direct: (blocks,
   inputs, LANES); feel: (blocks, modes + inputs + 1, LANES); air: (blocks, levels, AIR + 1, LANES); most: (blocks, 2, LANES);
   u: (count, inputs), the last `sunny` of them nothing at night; set: (count, SET); level: (count,) with LIT and WATCHED;
   stop: (periods,); done: (blocks, periods, DONE, LANES). */
CLONES void jumeau_modal(size_t blocks, size_t modes, size_t inputs, size_t sunny, size_t levels, double *z, const double *mode,
                         const double *direct, const double *feel, const double *air, const double *most, size_t count,
                         const double *u, const double *set, const uint8_t *level, size_t periods, const int64_t *stop,
                         double *done)
{
    if (modes > MOST_MODES)
        return;
    for (size_t b = 0; b < blocks; b++) {
        vec state[MOST_MODES], *kept = (vec *)z + b * modes;
        for (size_t j = 0; j < modes; j++)
            state[j] = kept[j];
        const vec *mine = (const vec *)mode + b * modes * (3 + inputs), *line = (const vec *)direct + b * inputs;
        const vec *felt = (const vec *)feel + b * (modes + inputs + 1), *limit = (const vec *)most + b * 2;
        const vec *airs = (const vec *)air + b * levels * (AIR + 1);
        size_t h = 0;
        for (size_t p = 0; p < periods; p++) {
            sums s = {0};
            for (; h < (size_t)stop[p] && h < count; h++) {
                const vec *now = airs + (level[h] & ~(LIT | WATCHED)) * (AIR + 1);
                size_t used = level[h] & LIT ? inputs : inputs - sunny;
                hour(&s, state, modes, mine, line, felt, now, limit, u + h * inputs, set + h * SET, inputs, used,
                     level[h] & WATCHED);
            }
            vec *out = (vec *)done + (b * periods + p) * DONE;
            out[DONE_HEAT] = s.heat;
            out[DONE_COOL] = -s.cool;
            out[DONE_DISCOMFORT] = s.over;
            out[DONE_PEAK_HEAT] = s.most;
            out[DONE_PEAK_COOL] = -s.least;
        }
        for (size_t j = 0; j < modes; j++)
            kept[j] = state[j];
    }
}
