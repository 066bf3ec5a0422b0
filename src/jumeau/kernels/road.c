/* Illuminance and luminance of road grids, point by point (EN 13201-3), see road.py for the readable version. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONES
#endif

#define LANES 64
#define EYES 8
#define BETAS 20
#define TANS 29
#define PI 3.14159265358979f

enum { Y, X, HEIGHT, COS_TURN, SIN_TURN, COS_TILT, SIN_TILT, FACTOR, ROW };

typedef struct {
    const float *table;
    int planes, angles;
    float per_c, per_gamma;
} lantern;

/* Abramowitz and Stegun 4.4.49 on [0, 1], error under 2e-8, then the octants. */
static inline float angle(float y, float x)
{
    float ax = fabsf(x), ay = fabsf(y);
    float most = ax > ay ? ax : ay, least = ax > ay ? ay : ax;
    float z = least / (most + 1e-20f), s = z * z;
    float p = 0.0028662257f * s - 0.0161657367f;
    p = p * s + 0.0429096138f;
    p = p * s - 0.0752896400f;
    p = p * s + 0.1065626393f;
    p = p * s - 0.1420889944f;
    p = p * s + 0.1999355085f;
    p = p * s - 0.3333314528f;
    p = (p * s + 1.0f) * z;
    p = ay > ax ? PI / 2 - p : p;
    p = x < 0 ? PI - p : p;
    return y < 0 ? -p : p;
}

static inline float least(float a, float b) { return a < b ? a : b; }

/* A row of lights is repeated every `spacing`; one light at (lx, ly) is added to a block of points. */
static inline __attribute__((always_inline)) void add_light(
    const float *px, const float *py, const float *view, size_t eyes, const float *eye, const float *row, float lx,
    const lantern *lamp, const float *reflection, float diffuse, float *e, float *l)
{
    float weight[LANES], phi[LANES], pt[LANES];
    float h = row[HEIGHT], reach = 25 * h * h, band = 5 * h, per_h = 1 / h;
    for (int i = 0; i < LANES; i++) {
        float dx = px[i] - lx, dy = py[i] - row[Y], plan2 = dx * dx + dy * dy;
        float along = dx * row[COS_TURN] + dy * row[SIN_TURN], side = dy * row[COS_TURN] - dx * row[SIN_TURN];
        float across = side * row[COS_TILT] - h * row[SIN_TILT], down = side * row[SIN_TILT] + h * row[COS_TILT];
        float c = angle(across, along), g = angle(sqrtf(along * along + across * across), down);
        c = (c < 0 ? c + 2 * PI : c) * lamp->per_c;
        g *= lamp->per_gamma;
        int ic = (int)c, ig = (int)g;
        ic = ic > lamp->planes - 1 ? lamp->planes - 1 : ic;
        ig = ig > lamp->angles - 2 ? lamp->angles - 2 : ig;
        float u = c - (float)ic, v = g - (float)ig;
        int at = ic * lamp->angles + ig;
        float a = lamp->table[at], b = lamp->table[at + 1];
        float d = lamp->table[at + lamp->angles], f = lamp->table[at + lamp->angles + 1];
        float low = a + v * (b - a), high = d + v * (f - d);
        float candela = (low + u * (high - low)) * row[FACTOR];
        float slant = 1 / sqrtf(plan2 + h * h), lux = candela * h * slant * slant * slant;
        e[i] += plan2 <= reach ? lux : 0;
        weight[i] = reflection ? candela * per_h * per_h : lux * diffuse;
        weight[i] = fabsf(dy) <= band ? weight[i] : 0;
        pt[i] = sqrtf(plan2) * per_h;
    }
    if (eyes == 0)
        return;
    if (reflection)
        for (int i = 0; i < LANES; i++) {
            phi[i] = angle(row[Y] - py[i], lx - px[i]);
            weight[i] = pt[i] <= 12 ? weight[i] : 0;
            pt[i] = least(least(4 * pt[i], 4 + 2 * pt[i]), 27.9999f);
        }
    for (size_t k = 0; k < eyes; k++) {
        float way = eye[3 * k + 2];
        float *sum = l + k * LANES;
        const float *seen = view + k * LANES;
        if (!reflection) {
            for (int i = 0; i < LANES; i++) {
                float ahead = way * (lx - px[i]);
                float near = ahead >= -band ? weight[i] : 0;
                sum[i] += ahead <= 12 * h ? near : 0;
            }
            continue;
        }
        float pb[LANES], kept[LANES];
        for (int i = 0; i < LANES; i++) {
            float ahead = way * (lx - px[i]), beta = fabsf(phi[i] - seen[i]);
            beta = least(beta, 2 * PI - beta) * (180 / PI);
            beta = least(least(beta / 2, 1 + (beta - 2) / 3), least(2 + (beta - 5) / 5, 10 + (beta - 45) / 15));
            pb[i] = least(beta > 0 ? beta : 0, BETAS - 1.0001f);
            float near = ahead >= -band ? weight[i] : 0;
            kept[i] = ahead <= 12 * h ? near : 0;
        }
        for (int i = 0; i < LANES; i++) {
            int it = (int)pt[i], ib = (int)pb[i], at = it * BETAS + ib;
            float u = pt[i] - (float)it, v = pb[i] - (float)ib;
            float a = reflection[at], b = reflection[at + 1];
            float c = reflection[at + BETAS], d = reflection[at + BETAS + 1];
            float low = a + v * (b - a), high = c + v * (d - c);
            sum[i] += (low + u * (high - low)) * kept[i];
        }
    }
}

/* Tasks first to last - 1; arrays as in road.py. */
CLONES void jumeau_road(
    size_t first, size_t last, const float *grid, const int32_t *shape, const float *spacing, const int32_t *row_start,
    const float *rows, const int32_t *row_lantern, const int32_t *eye_start, const float *eyes, const int32_t *surface,
    const float *diffuse, const int32_t *lantern_shape, const int64_t *lantern_start, const float *lanterns,
    const float *reflections, const int64_t *point_start, const int64_t *luminance_start, float *illuminance, float *luminance)
{
    float px[LANES], py[LANES], e[LANES], l[EYES * LANES], view[EYES * LANES];
    for (size_t t = first; t < last; t++) {
        int nx = shape[2 * t], ny = shape[2 * t + 1], points = nx * ny;
        const float *g = grid + 4 * t, *eye = eyes + 3 * (size_t)eye_start[t];
        size_t seen = (size_t)(eye_start[t + 1] - eye_start[t]);
        const float *reflection = surface[t] < 0 ? NULL : reflections + (size_t)surface[t] * TANS * BETAS;
        int forward = 0, backward = 0;
        for (size_t k = 0; k < seen; k++) {
            forward |= eye[3 * k + 2] > 0;
            backward |= eye[3 * k + 2] < 0;
        }
        for (int from = 0; from < points; from += LANES) {
            int count = points - from < LANES ? points - from : LANES;
            for (int i = 0; i < LANES; i++) {
                int p = from + (i < count ? i : count - 1);
                px[i] = g[0] + g[1] * (float)(p % nx);
                py[i] = g[2] + g[3] * (float)(p / nx);
                e[i] = 0;
            }
            for (size_t k = 0; k < seen; k++)
                for (int i = 0; i < LANES; i++) {
                    l[k * LANES + i] = 0;
                    view[k * LANES + i] = angle(py[i] - eye[3 * k + 1], px[i] - eye[3 * k]);
                }
            for (int32_t r = row_start[t]; r < row_start[t + 1]; r++) {
                const float *row = rows + (size_t)ROW * (size_t)r;
                const int32_t *size = lantern_shape + 2 * row_lantern[r];
                lantern lamp = {lanterns + lantern_start[row_lantern[r]], size[0], size[1], (float)size[0] / (2 * PI),
                                (float)(size[1] - 1) / PI};
                float h = row[HEIGHT], after = forward ? 12 * h : 5 * h, before = backward ? 12 * h : 5 * h;
                float low = g[0] - before - row[X], high = g[0] + g[1] * (float)(nx - 1) + after - row[X];
                int start = (int)ceilf(low / spacing[t]), end = (int)floorf(high / spacing[t]);
                for (int n = start; n <= end; n++)
                    add_light(px, py, view, seen, eye, row, row[X] + (float)n * spacing[t], &lamp, reflection, diffuse[t], e, l);
            }
            for (int i = 0; i < count; i++)
                illuminance[point_start[t] + from + i] = e[i];
            for (size_t k = 0; k < seen; k++)
                for (int i = 0; i < count; i++)
                    luminance[luminance_start[t] + (int64_t)k * points + from + i] = l[k * LANES + i];
        }
    }
}
