/* Hourly 5R1C of ISO 13790 for many zones under one weather and one schedule, see rc5.py for the readable version.

   Zones go by VEC, TOGETHER such groups through the same run of hours; hours go by runs that share ventilation, gains and
   setpoints, so that what a run shares is worked out once and a lane's terms stay in registers. The step is affine in the
   plant's power. Within a run the state x is what the mass brings to the air, in watts of plant, and what lacks is the power
   that would bring the air to the heating setpoint. An hour waits for the one before (difference, comparison, product and sum:
   9 cycles), so two groups are stepped in turn where that pays. Sums and comparisons of doubles share a port, products another:
   they are kept as many.

   This file reads itself once for each width of vectors (VEC): GCC takes those wider than the machine's apart, lane by lane. */
#ifndef VEC
#include <stddef.h>
#include <stdint.h>

#define MATHS optimize("fp-contract=fast,no-signed-zeros,finite-math-only")

#define LANES 8
#define SUNS 5
#define TOGETHER 8
#define LIT 1
#define WATCHED 2
#define COOLED 4
#define BOUNDED 8
#define HOUR_S 3600.0
#define SURFACE_W_M2K 3.45
#define MASS_W_M2K 9.1
#define OWN 16
enum { X_TM, U_OUT, U_GAIN, X_X, X_OUT, X_GAIN, X_SUN, X_POWER, RISE, SCALE, TM_X, TERMS };
enum { HOUR_OUT, HOUR_ABOVE, HOUR };
/* Doubles from an hour to the next, and where its sun is: beside the rest where all share it. */
#define ROW(flags) ((flags) & OWN ? HOUR : HOUR + SUNS)
#define LIGHT(own, hour, h, flags) ((flags) & OWN ? (own) + (h) * SUNS : (hour) + (h) * ROW(flags) + HOUR)
enum { DONE_HEAT, DONE_COOL, DONE_DISCOMFORT, DONE_PEAK_HEAT, DONE_PEAK_COOL, DONE };

/* One run of hours: what they share. last: hour after the last; flags: LIT, WATCHED, COOLED; period: closed then, or -1. */
typedef struct {
    int64_t last, level, flags, period;
    double gain, heat, cool;
} span;

#define JOIN(a, b) a##b
#define JOINED(a, b) JOIN(a, b)
#define NAME(x) JOINED(x, VEC)
#define INSIDE static inline __attribute__((always_inline, MATHS)) TARGET
#define S (LANES / VEC)
#define vec NAME(vec)
#define bits NAME(bits)
#define state NAME(state)
#define block NAME(block)
#define most_of NAME(most_of)
#define least_of NAME(least_of)
#define start NAME(start)
#define stop NAME(stop)
#define step NAME(step)
#define run NAME(run)
#define run_two NAME(run_two)
#define close_period NAME(close_period)
/* A loop of its own for each set of flags, so that none of them is asked about in it. */
#define WAY(flags)                                                                          \
    case (flags):                                                                           \
        if (two && PAIRED(flags))                                                           \
            run_two(s, mine, area, most, all, from, lit, hours, (flags));                   \
        else                                                                                \
            for (size_t j = 0; j <= two; j++)                                               \
                run(s + j, mine[j], area[j], most[j], all, from, lit[j], hours, (flags));   \
        break;
#define EACH(flags) WAY(flags) WAY((flags) | COOLED) WAY((flags) | BOUNDED) WAY((flags) | COOLED | BOUNDED)
#define WAYS(flags) EACH(flags) EACH((flags) | OWN)

#if defined(__x86_64__) && defined(__gnu_linux__)
#define WIDE
/* Whether two groups of VEC zones go in turn: here, sun and discomfort want more terms than there are registers for two. */
#define PAIRED(flags) (!((flags) & LIT) || ((flags) & (COOLED | WATCHED)) == COOLED)
#define TARGET __attribute__((target("avx512f"), MATHS))
#define VEC 8
#include "rc5.c"
#undef VEC
#undef TARGET
#undef PAIRED
#define PAIRED(flags) 1
#define TARGET __attribute__((target("avx2,fma"), MATHS))
#define VEC 4
#include "rc5.c"
#undef VEC
#undef TARGET
#undef PAIRED
#endif
#define PAIRED(flags) 0
#define TARGET __attribute__((MATHS))
#define VEC 2
#include "rc5.c"
#undef VEC

/* The step of ISO 13790, annex C, on some inputs: temperatures of the air and, an hour later, of the mass. */
typedef struct {
    double opaque, windows, air, capacity, mass_area, all_area;
} zone;

static inline __attribute__((always_inline)) void answer(const zone *z, double mass, double outdoor, double sun, double gain,
                                                         double power, double *inside, double *after)
{
    double h_is = SURFACE_W_M2K * z->all_area, h_ms = MASS_W_M2K * z->mass_area, h_em = 1.0 / (1.0 / z->opaque - 1.0 / h_ms);
    double mass_share = z->mass_area / z->all_area, window_share = z->windows / (MASS_W_M2K * z->all_area);
    double to_air = 0.5 * gain, radiant = 0.5 * gain + sun;
    double to_mass = mass_share * radiant, to_surface = (1.0 - mass_share - window_share) * radiant;
    double h1 = z->air * h_is / (z->air + h_is), h2 = h1 + z->windows, h3 = h2 * h_ms / (h2 + h_ms);
    double blown = h1 * outdoor + h_is / (z->air + h_is) * (to_air + power);
    double total = to_mass + h_em * outdoor + h3 / h2 * (to_surface + z->windows * outdoor + blown);
    double rate = z->capacity / HOUR_S, half = 0.5 * (h3 + h_em);
    *after = (mass * (rate - half) + total) / (rate + half);
    double surface = (h_ms * 0.5 * (mass + *after) + to_surface + z->windows * outdoor + blown) / (h_ms + z->windows + h1);
    *inside = (h_is * surface + z->air * outdoor + to_air + power) / (h_is + z->air);
}

/* What `affine_terms` of rc5.py gives, laid out for `jumeau_rc5`. seat: zone of each lane (blocks, LANES); air: (zones, levels);
   sun: (zones, SUNS); the others: (zones,). */
#ifdef WIDE
__attribute__((target_clones("default", "avx2", "avx512f")))
#endif
void jumeau_rc5_terms(size_t blocks, size_t levels, const int64_t *seat, const double *opaque, const double *windows,
                      const double *air, const double *capacity, const double *mass_area, const double *all_area,
                      const double *sun, const double *gain, double *term, double *aperture)
{
    for (size_t b = 0; b < blocks; b++, seat += LANES)
        for (size_t level = 0; level < levels; level++, term += TERMS * LANES, aperture += SUNS * LANES) {
            zone z[LANES];
            double gains[LANES];
            for (size_t l = 0; l < LANES; l++) {
                size_t i = (size_t)seat[l];
                z[l] = (zone){opaque[i], windows[i], air[i * levels + level], capacity[i], mass_area[i], all_area[i]};
                gains[l] = gain[i];
                for (size_t s = 0; s < SUNS; s++)
                    aperture[s * LANES + l] = sun[i * SUNS + s];
            }
            for (size_t l = 0; l < LANES; l++) {
                double rise, power, mass, kept, outdoor, blown, lit, soaked, warm, held;
                answer(z + l, 1, 0, 0, 0, 0, &mass, &kept);
                answer(z + l, 0, 1, 0, 0, 0, &outdoor, &blown);
                answer(z + l, 0, 0, 1, 0, 0, &lit, &soaked);
                answer(z + l, 0, 0, 0, 1, 0, &warm, &held);
                answer(z + l, 0, 0, 0, 0, 1, &rise, &power);
                double scale = 1.0 / rise;
                mass *= scale, outdoor *= scale, lit *= scale, warm *= scale;
                term[X_TM * LANES + l] = mass, term[TM_X * LANES + l] = 1.0 / mass;
                term[U_OUT * LANES + l] = outdoor, term[U_GAIN * LANES + l] = warm * gains[l];
                term[X_X * LANES + l] = kept, term[X_OUT * LANES + l] = blown * mass;
                term[X_GAIN * LANES + l] = held * mass * gains[l], term[X_SUN * LANES + l] = soaked * mass / lit;
                term[X_POWER * LANES + l] = power * mass, term[RISE * LANES + l] = rise, term[SCALE * LANES + l] = scale;
                for (size_t s = 0; s < SUNS; s++)
                    aperture[s * LANES + l] *= lit;
            }
        }
}

/* blocks: zones / LANES. term: (blocks, levels, TERMS, LANES); aperture: (blocks, levels, SUNS, LANES); limit: (blocks, 2,
   LANES), greatest and least power, looked at when bounded; tm: (blocks, LANES) mass temperature, in and out; hour: (T,
   HOUR + SUNS); or, where light is not null, (T, HOUR), with light: (groups, T, SUNS), year doubles apart, whose is each block's
   said by group (blocks,); spans: (count,); done: (blocks, periods, DONE, LANES). */
#define GIVEN blocks, levels, term, aperture, limit, bounded, tm, hour, light, group, year, count, spans, periods, done
void jumeau_rc5(size_t blocks, size_t levels, const double *term, const double *aperture, const double *limit, int bounded,
                double *tm, const double *hour, const double *light, const int64_t *group, size_t year,
                size_t count, const span *spans, size_t periods, double *done)
{
#ifdef WIDE
    if (__builtin_cpu_supports("avx512f"))
        return years8(GIVEN);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return years4(GIVEN);
#endif
    years2(GIVEN);
}
#else
typedef double vec __attribute__((vector_size(8 * VEC), aligned(8)));
typedef int64_t bits __attribute__((vector_size(8 * VEC), aligned(8)));

/* heat, cool: sums of the plant's power, negative when it cools; most, least: greatest heating and cooling power. */
typedef struct {
    vec tm, heat, cool, over, most, least;
} state;

/* r = the greater (lesser) of a and b; through a third vector, or GCC 12 takes the lanes apart. */
#define PICK(name, sign)                                          \
    INSIDE void name(vec *r, const vec *a, const vec *b)          \
    {                                                             \
        for (int i = 0; i < VEC; i++)                             \
            (*r)[i] = (*a)[i] sign (*b)[i] ? (*a)[i] : (*b)[i];   \
    }
PICK(most_of, >)
PICK(least_of, <)
#define AT_LEAST(a, b) do { vec r_; most_of(&r_, &(a), &(b)); (a) = r_; } while (0)
#define AT_MOST(a, b) do { vec r_; least_of(&r_, &(a), &(b)); (a) = r_; } while (0)

/* A block during a run: what it needs each hour, x and the sums. */
typedef struct {
    vec u_out, c_lack, x_x, x_out, c_x, x_sun, x_power, rise, gap, s0, s1, s2, s3, s4, most_power, least_power, x, heat, cool,
        over, most, least;
} block;

INSIDE void start(block *b, const state *s, const vec *term, const vec *aperture, const vec *limit, const span *all)
{
    b->u_out = term[S * U_OUT], b->x_x = term[S * X_X], b->x_power = term[S * X_POWER], b->rise = term[S * RISE];
    b->c_lack = term[S * SCALE] * all->heat - term[S * U_GAIN] * all->gain;
    b->gap = term[S * SCALE] * (all->cool - all->heat);
    b->x_sun = term[S * X_SUN], b->x_out = term[S * X_OUT], b->c_x = term[S * X_GAIN] * all->gain;
    b->s0 = aperture[0], b->s1 = aperture[S], b->s2 = aperture[S * 2], b->s3 = aperture[S * 3], b->s4 = aperture[S * 4];
    b->most_power = limit[0], b->least_power = limit[S];
    b->x = s->tm * term[S * X_TM];
    b->heat = s->heat, b->cool = s->cool, b->over = s->over, b->most = s->most, b->least = s->least;
}

INSIDE void stop(const block *b, state *s, const vec *term)
{
    *s = (state){b->x * term[S * TM_X], b->heat, b->cool, b->over, b->most, b->least};
}

/* Of the two powers one is zero: they join by their bits, but where a limit may bring a zero with a sign. With the plant, the
   air is at the heating setpoint but for what it gave too little or took. */
INSIDE void step(block *b, const double *hour, const double *i, int flags)
{
    const vec none = {0};
    vec v = b->c_lack - b->u_out * hour[HOUR_OUT], kept = b->c_x + b->x_out * hour[HOUR_OUT];
    if (flags & LIT) {
        vec sun = b->s0 * i[0] + b->s1 * i[1] + b->s2 * i[2] + b->s3 * i[3] + b->s4 * i[4];
        v -= sun;
        kept += b->x_sun * sun;
    }
    kept += b->x_x * b->x;
    vec lack = v - b->x, power = lack;
    AT_LEAST(power, none);
    if (flags & BOUNDED)
        AT_MOST(power, b->most_power);
    b->heat += power;
    AT_LEAST(b->most, power);
    if (flags & COOLED) {
        vec down = lack + b->gap;
        AT_MOST(down, none);
        if (flags & BOUNDED)
            AT_LEAST(down, b->least_power);
        b->cool += down;
        AT_MOST(b->least, down);
        power = flags & BOUNDED ? power + down : (vec)((bits)power | (bits)down);
    }
    if (flags & WATCHED) {
        vec over = hour[HOUR_ABOVE] - b->rise * (lack - power);
        AT_LEAST(over, none);
        b->over += over;
    }
    b->x = kept + b->x_power * power;
}

INSIDE void run(state *s, const vec *term, const vec *aperture, const vec *limit, const span *all, const double *hour,
                const double *light, size_t count, int flags)
{
    block a;
    start(&a, s, term, aperture, limit, all);
    for (size_t h = 0; h < count; h++)
        step(&a, hour + h * ROW(flags), LIGHT(light, hour, h, flags), flags);
    stop(&a, s, term);
}

/* Two blocks in turn: the second fills the time that the first spends waiting. */
INSIDE void run_two(state *s, const vec *const *term, const vec *const *aperture, const vec *const *limit, const span *all,
                    const double *hour, const double *const *light, size_t count, int flags)
{
    block a, b;
    start(&a, s, term[0], aperture[0], limit[0], all);
    start(&b, s + 1, term[1], aperture[1], limit[1], all);
    for (size_t h = 0; h < count; h++) {
        step(&a, hour + h * ROW(flags), LIGHT(light[0], hour, h, flags), flags);
        step(&b, hour + h * ROW(flags), LIGHT(light[1], hour, h, flags), flags);
    }
    stop(&a, s, term[0]);
    stop(&b, s + 1, term[1]);
}

/* Writes what a period gave and starts the next one. */
INSIDE void close_period(state *s, vec *out)
{
    out[S * DONE_HEAT] = s->heat;
    out[S * DONE_COOL] = -s->cool;
    out[S * DONE_DISCOMFORT] = s->over;
    out[S * DONE_PEAK_HEAT] = s->most;
    out[S * DONE_PEAK_COOL] = -s->least;
    *s = (state){.tm = s->tm};
}

static TARGET void NAME(years)(size_t blocks, size_t levels, const double *term, const double *aperture, const double *limit,
                               int bounded, double *tm, const double *hour, const double *light, const int64_t *group,
                               size_t year, size_t count, const span *spans, size_t periods, double *done)
{
    int more = (bounded ? BOUNDED : 0) | (light ? OWN : 0);
    for (size_t first = 0; first < blocks * S; first += TOGETHER) {
        size_t many = blocks * S - first < TOGETHER ? blocks * S - first : TOGETHER, h = 0;
        state states[TOGETHER];
        for (size_t g = 0; g < many; g++)
            states[g] = (state){.tm = *(const vec *)(tm + (first + g) * VEC)};
        for (size_t k = 0; k < count; k++) {
            const span *all = spans + k;
            const double *from = hour + h * (size_t)ROW(more);
            size_t hours = (size_t)all->last - h;
            for (size_t g = 0; g < many; g += 2) {
                size_t two = g + 1 < many;
                state *s = states + g;
                const vec *mine[2], *area[2], *most[2];
                const double *lit[2];
                for (size_t j = 0; j <= two; j++) {
                    size_t b = (first + g + j) / S, part = (first + g + j) % S * VEC, row = b * levels + (size_t)all->level;
                    mine[j] = (const vec *)(term + row * TERMS * LANES + part);
                    area[j] = (const vec *)(aperture + row * SUNS * LANES + part);
                    most[j] = (const vec *)(limit + b * 2 * LANES + part);
                    lit[j] = light ? light + (size_t)group[b] * year + h * SUNS : 0;
                }
                switch (all->flags | more) {
                    WAYS(0) WAYS(LIT) WAYS(WATCHED) WAYS(LIT | WATCHED)
                }
                for (size_t j = 0; j <= two && all->period >= 0; j++) {
                    size_t b = (first + g + j) / S, part = (first + g + j) % S * VEC;
                    close_period(s + j, (vec *)(done + (b * periods + (size_t)all->period) * DONE * LANES + part));
                }
            }
            h = (size_t)all->last;
        }
        for (size_t g = 0; g < many; g++)
            *(vec *)(tm + (first + g) * VEC) = states[g].tm;
    }
}

#endif
