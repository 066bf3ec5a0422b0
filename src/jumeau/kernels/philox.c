/* Philox4x32-10 (Salmon et al. 2011), see philox.py for the readable version. */
#include <stdint.h>
#include <stddef.h>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONES
#endif

#define LANES 16
#define ROUNDS 10

static inline void block(uint32_t c[4][LANES], uint32_t k0, uint32_t k1)
{
    for (int r = 0; r < ROUNDS; r++) {
        for (int i = 0; i < LANES; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * c[0][i];
            uint64_t p1 = (uint64_t)0xCD9E8D57u * c[2][i];
            uint32_t a = (uint32_t)(p1 >> 32) ^ c[1][i] ^ k0;
            uint32_t b = (uint32_t)(p0 >> 32) ^ c[3][i] ^ k1;
            c[0][i] = a;
            c[1][i] = (uint32_t)p1;
            c[2][i] = b;
            c[3][i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* out[i * n + 4 * b + w]: word w of the block whose counter is (low(id i), high(id i), b, 0), as a number in ]0, 1[ */
CLONES void jumeau_philox(const uint64_t *ids, size_t count, const uint32_t *key, size_t n, double *out)
{
    uint32_t c[4][LANES];
    size_t blocks = (n + 3) / 4;
    for (size_t i = 0; i < count; i++) {
        double *row = out + i * n;
        for (size_t first = 0; first < blocks; first += LANES) {
            for (int j = 0; j < LANES; j++) {
                c[0][j] = (uint32_t)ids[i];
                c[1][j] = (uint32_t)(ids[i] >> 32);
                c[2][j] = (uint32_t)(first + (size_t)j);
                c[3][j] = 0;
            }
            block(c, key[0], key[1]);
            size_t full = blocks - first < LANES ? blocks - first : LANES;
            for (size_t j = 0; j < full; j++)
                for (size_t w = 0; w < 4 && 4 * (first + j) + w < n; w++)
                    row[4 * (first + j) + w] = ((double)c[w][j] + 0.5) * 0x1p-32;
        }
    }
}
