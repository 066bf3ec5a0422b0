/* Yearly hours of points with their own calendar, see burning.py for the readable version. */
#include <stdint.h>
#include <stddef.h>

#define MINUTES 1440
#define NOON 12.0

static inline double read_table(const double *row, double hour)
{
    double at = (hour - NOON) * 60.0;
    at = at < 0.0 ? 0.0 : at > (double)MINUTES ? (double)MINUTES : at;
    int low = (int)at;
    low = low < MINUTES ? low : MINUTES - 1;
    return row[low] + (row[low + 1] - row[low]) * (at - (double)low);
}

void jumeau_burning(const double *table, const int32_t *place, const double *start, const double *end, const double *ratio,
                    size_t count, size_t steps, double *out)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = table + (size_t)place[i] * (MINUTES + 1);
        double hours = row[MINUTES];
        for (size_t s = i * steps; s < (i + 1) * steps; s++)
            hours -= (1.0 - ratio[s]) * (read_table(row, end[s]) - read_table(row, start[s]));
        out[i] = hours;
    }
}
