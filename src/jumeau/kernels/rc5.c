/* Hourly 5R1C of ISO 13790 for many zones under one weather and one schedule, see rc5.py for the readable version.

   Zones go by LANES, hours by runs of one ventilation level, so that a lane's terms stay in registers. The step is affine in
   the plant's power: y is the power that the air would show without plant (its temperature over RISE), the plant brings it
   into [g * heat_set, g * cool_set] as far as it can. */
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
#define LIT 0x80
#define WATCHED 0x40
typedef double vec __attribute__((vector_size(8 * LANES), aligned(8)));
enum { Y_TM, Y_OUT, Y_GAIN, Y_SUN, M_TM, M_OUT, M_GAIN, M_SUN, M_POWER, RISE, SCALE, TERMS };
enum { HOUR_OUT, HOUR_GAIN, HOUR_HEAT, HOUR_COOL, HOUR_WATCH, HOUR_SUN };
enum { DONE_HEAT, DONE_COOL, DONE_DISCOMFORT, DONE_PEAK_HEAT, DONE_PEAK_COOL, DONE };

typedef struct {
    vec tm, heat, cool, over, most, least;
} state;

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

/* a = the greater (lesser) of a and b; through a third vector, or GCC 12 takes the lanes apart. */
#define AT_LEAST(a, b) do { vec r_; most_of(&r_, &(a), &(b)); (a) = r_; } while (0)
#define AT_MOST(a, b) do { vec r_; least_of(&r_, &(a), &(b)); (a) = r_; } while (0)

INSIDE void run(state *done, const vec *term, const vec *aperture, const vec *most, const double *hour, size_t count,
                int lit, int watched)
{
    const vec none = {0}, y_tm = term[Y_TM], y_out = term[Y_OUT], y_gain = term[Y_GAIN], y_sun = term[Y_SUN], m_tm = term[M_TM],
              m_out = term[M_OUT], m_gain = term[M_GAIN], m_sun = term[M_SUN], m_power = term[M_POWER], rise = term[RISE],
              scale = term[SCALE], s0 = aperture[0], s1 = aperture[1], s2 = aperture[2], s3 = aperture[3], s4 = aperture[4],
              most_heat = most[0], most_cool = most[1];
    state s = *done;
    for (size_t h = 0; h < count; h++, hour += HOUR_SUN + SUNS) {
        vec u = y_out * hour[HOUR_OUT] + y_gain * hour[HOUR_GAIN];
        vec m = m_out * hour[HOUR_OUT] + m_gain * hour[HOUR_GAIN];
        if (lit) {
            const double *i = hour + HOUR_SUN;
            vec sun = s0 * i[0] + s1 * i[1] + s2 * i[2] + s3 * i[3] + s4 * i[4];
            u += y_sun * sun;
            m += m_sun * sun;
        }
        vec heat = (scale * hour[HOUR_HEAT] - u) - y_tm * s.tm, cool = (scale * hour[HOUR_COOL] - u) - y_tm * s.tm;
        AT_LEAST(heat, none);
        AT_MOST(heat, most_heat);
        AT_MOST(cool, none);
        AT_LEAST(cool, most_cool);
        vec power = heat + cool;
        if (watched) {
            vec over = rise * (y_tm * s.tm + u + power) - hour[HOUR_WATCH];
            AT_LEAST(over, none);
            s.over += over;
        }
        s.tm = m_tm * s.tm + m + m_power * power;
        s.heat += heat;
        s.cool += cool;
        AT_LEAST(s.most, power);
        AT_MOST(s.least, power);
    }
    *done = s;
}

/* blocks: zones / LANES. term: (blocks, levels, TERMS, LANES); aperture: (blocks, SUNS, LANES); most: (blocks, 2, LANES),
   greatest and least power; tm: (blocks, LANES) mass temperature, in and out; hour: (count, HOUR_SUN + SUNS); level: (count,), plus LIT when the sun is up and WATCHED when discomfort counts;
   stop: (periods,) hour after the last of each period; done: (blocks, periods, DONE, LANES). */
CLONES void jumeau_rc5(size_t blocks, size_t levels, const double *term, const double *aperture, const double *most, double *tm,
                       size_t count, const double *hour, const uint8_t *level, size_t periods, const int64_t *stop, double *done)
{
    for (size_t b = 0; b < blocks; b++) {
        const vec *sun = (const vec *)(aperture + b * SUNS * LANES), *limit = (const vec *)(most + b * 2 * LANES);
        vec *mass = (vec *)(tm + b * LANES);
        size_t h = 0;
        for (size_t p = 0; p < periods; p++) {
            state s = {.tm = *mass};
            size_t end = (size_t)stop[p] < count ? (size_t)stop[p] : count;
            while (h < end) {
                size_t first = h;
                while (h < end && level[h] == level[first])
                    h++;
                const vec *mine = (const vec *)(term + (b * levels + (level[first] & ~(LIT | WATCHED))) * TERMS * LANES);
                const double *start = hour + first * (HOUR_SUN + SUNS);
                switch (level[first] & (LIT | WATCHED)) {
                case LIT | WATCHED: run(&s, mine, sun, limit, start, h - first, 1, 1); break;
                case LIT: run(&s, mine, sun, limit, start, h - first, 1, 0); break;
                case WATCHED: run(&s, mine, sun, limit, start, h - first, 0, 1); break;
                default: run(&s, mine, sun, limit, start, h - first, 0, 0);
                }
            }
            vec *out = (vec *)(done + (b * periods + p) * DONE * LANES);
            *mass = s.tm;
            out[DONE_HEAT] = s.heat;
            out[DONE_COOL] = -s.cool;
            out[DONE_DISCOMFORT] = s.over;
            out[DONE_PEAK_HEAT] = s.most;
            out[DONE_PEAK_COOL] = -s.least;
        }
    }
}
