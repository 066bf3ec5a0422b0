/* Hourly 5R1C of ISO 13790 for many zones under one weather and one schedule, see rc5.py for the readable version.

   Zones go by LANES, TOGETHER such blocks through the same run of hours; hours go by runs that share ventilation, gains and setpoints, so that what a run shares is worked out once
   and a lane's terms stay in registers. The step is affine in the plant's power. Within a run the state x is what the mass brings
   to the air, in watts of plant: x + u is the power that the air would show without plant (its temperature over RISE), and the
   plant gives what lacks to the heating setpoint or is beyond the cooling one. Sums of the power and of its size stand for both
   energies, and peaks are compared as integers: products, sums and integer comparisons have ports of their own. */
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
#define SUNS 5
#define TOGETHER 8
#define LIT 1
#define WATCHED 2
#define COOLED 4
#define BOUNDED 8
#define SIZE_BITS 0x7fffffffffffffffLL
typedef double vec __attribute__((vector_size(8 * LANES), aligned(8)));
typedef int64_t bits __attribute__((vector_size(8 * LANES), aligned(8)));
typedef uint64_t words __attribute__((vector_size(8 * LANES), aligned(8)));
enum { X_TM, U_OUT, U_GAIN, X_X, X_OUT, X_GAIN, X_SUN, X_POWER, RISE, SCALE, TM_X, TERMS };
enum { HOUR_OUT, HOUR_WATCH, HOUR_SUN };
enum { DONE_HEAT, DONE_COOL, DONE_DISCOMFORT, DONE_PEAK_HEAT, DONE_PEAK_COOL, DONE };

/* One run of hours: what they share. last: hour after the last; flags: LIT, WATCHED, COOLED; period: closed after it, or -1. */
typedef struct {
    int64_t last, level, flags, period;
    double gain, heat, cool;
} span;

/* power, size: sums of the plant's power and of its absolute value; most, least: greatest heating and cooling power. */
typedef struct {
    vec tm, power, size, over;
    bits most;
    words least;
} state;

/* r = the greater (lesser) of a and b; through a third vector, or GCC 12 takes the lanes apart. */
#define PICK(name, type, sign)                                    \
    INSIDE void name(type *r, const type *a, const type *b)       \
    {                                                             \
        for (int i = 0; i < LANES; i++)                           \
            (*r)[i] = (*a)[i] sign (*b)[i] ? (*a)[i] : (*b)[i];   \
    }
PICK(most_of, vec, >)
PICK(least_of, vec, <)
PICK(most_bits, bits, >)
PICK(most_words, words, >)
#define AT_LEAST(a, b) do { vec r_; most_of(&r_, &(a), &(b)); (a) = r_; } while (0)
#define AT_MOST(a, b) do { vec r_; least_of(&r_, &(a), &(b)); (a) = r_; } while (0)

INSIDE void run(state *done, const vec *term, const vec *aperture, const vec *limit, const span *all, const double *hour,
                size_t count, int flags)
{
    const vec none = {0}, u_out = term[U_OUT], x_x = term[X_X], x_out = term[X_OUT], x_sun = term[X_SUN], x_power = term[X_POWER],
              rise = term[RISE], s0 = aperture[0], s1 = aperture[1], s2 = aperture[2], s3 = aperture[3], s4 = aperture[4],
              most = limit[0], least = limit[1];
    const vec u_here = term[U_GAIN] * all->gain, x_here = term[X_GAIN] * all->gain, heat = term[SCALE] * all->heat,
              cool = term[SCALE] * all->cool;
    const bits zero = {0}, sizes = zero + SIZE_BITS;
    state s = *done;
    vec x = s.tm * term[X_TM], sum = {0};
    for (size_t h = 0; h < count; h++, hour += HOUR_SUN + SUNS) {
        vec u = u_out * hour[HOUR_OUT] + u_here, kept = x_out * hour[HOUR_OUT] + x_here;
        if (flags & LIT) {
            const double *i = hour + HOUR_SUN;
            vec sun = s0 * i[0] + s1 * i[1] + s2 * i[2] + s3 * i[3] + s4 * i[4];
            u += sun;
            kept += x_sun * sun;
        }
        vec lack = (heat - u) - x, power = none;
        if (flags & COOLED) {
            power = (cool - u) - x;
            AT_MOST(power, none);
        }
        kept += x_x * x;
        AT_LEAST(power, lack);
        if (flags & BOUNDED) {
            AT_MOST(power, most);
            AT_LEAST(power, least);
        }
        if (flags & WATCHED) {
            vec over = rise * (x + u + power) - hour[HOUR_WATCH];
            bits r, o = (bits)over;
            most_bits(&r, &o, &zero);
            s.over += (vec)r;
        }
        x = kept + x_power * power;
        sum += power;
        bits high, seen = (bits)power;
        most_bits(&high, &seen, &s.most);
        s.most = high;
        if (flags & COOLED) {
            words deep, below = (words)power;
            most_words(&deep, &below, &s.least);
            s.least = deep;
            s.size += (vec)((bits)power & sizes);
        }
    }
    s.power += sum;
    if (!(flags & COOLED))
        s.size += sum;
    s.tm = x * term[TM_X];
    *done = s;
}

/* Writes what a period gave and starts the next one. */
INSIDE void close_period(state *s, vec *out)
{
    vec high = (vec)s->most, low = (vec)s->least, heat = 0.5 * (s->size + s->power), cool = 0.5 * (s->size - s->power);
    out[DONE_DISCOMFORT] = s->over;
    out[DONE_PEAK_HEAT] = high;
    for (int i = 0; i < LANES; i++) {
        out[DONE_HEAT][i] = high[i] > 0 ? heat[i] : 0;
        out[DONE_COOL][i] = low[i] < 0 ? cool[i] : 0;
        out[DONE_PEAK_COOL][i] = low[i] < 0 ? -low[i] : 0;
    }
    *s = (state){.tm = s->tm};
}

/* A loop of its own for each set of flags, so that none of them is asked about in it. */
#define WAY(flags) case (flags): run(s, mine, sun, most, all, start, hours, (flags)); break;
#define WAYS(flags) WAY(flags) WAY((flags) | COOLED) WAY((flags) | BOUNDED) WAY((flags) | COOLED | BOUNDED)

/* blocks: zones / LANES. term: (blocks, levels, TERMS, LANES); aperture: (blocks, levels, SUNS, LANES); limit: (blocks, 2, LANES),
   greatest and least power, looked at when bounded; tm: (blocks, LANES) mass temperature, in and out; hour: (T, HOUR_SUN +
   SUNS); spans: (count,); done: (blocks, periods, DONE, LANES). */
CLONES void jumeau_rc5(size_t blocks, size_t levels, const double *term, const double *aperture, const double *limit, int bounded,
                       double *tm, const double *hour, size_t count, const span *spans, size_t periods, double *done)
{
    for (size_t first = 0; first < blocks; first += TOGETHER) {
        size_t many = blocks - first < TOGETHER ? blocks - first : TOGETHER, h = 0;
        state states[TOGETHER];
        for (size_t b = 0; b < many; b++)
            states[b] = (state){.tm = *(const vec *)(tm + (first + b) * LANES)};
        for (size_t k = 0; k < count; k++) {
            const span *all = spans + k;
            const double *start = hour + h * (HOUR_SUN + SUNS);
            size_t hours = (size_t)all->last - h;
            for (size_t b = 0; b < many; b++) {
                state *s = states + b;
                size_t row = (first + b) * levels + (size_t)all->level;
                const vec *mine = (const vec *)(term + row * TERMS * LANES);
                const vec *sun = (const vec *)(aperture + row * SUNS * LANES);
                const vec *most = (const vec *)(limit + (first + b) * 2 * LANES);
                switch (all->flags | (bounded ? BOUNDED : 0)) {
                    WAYS(0) WAYS(LIT) WAYS(WATCHED) WAYS(LIT | WATCHED)
                }
                if (all->period >= 0)
                    close_period(s, (vec *)(done + ((first + b) * periods + (size_t)all->period) * DONE * LANES));
            }
            h = (size_t)all->last;
        }
        for (size_t b = 0; b < many; b++)
            *(vec *)(tm + (first + b) * LANES) = states[b].tm;
    }
}
