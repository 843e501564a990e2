/* The compositor's innermost loop, for when a C compiler was at hand during installation.
 *
 * studio/model/kernels.py does the same with NumPy, to the last bit, several times slower;
 * tests/model/test_kernels.py holds the two together. Pixels are RGBA bytes in little-endian words;
 * strides are in words. Loaded with ctypes, so no Python header is needed to build it.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define FAST __attribute__((target_clones("avx2", "default")))
#else
#define FAST
#endif

#define PAIR 0x00FF00FFu /* every other byte of a word */
#define HALF 0x00800080u

/* Each field of 16 bits / 255, rounded; the result in the low byte of each field, rubbish above it. */
#define OVER_255(v) (((v) + HALF + ((((v) + HALF) >> 8) & PAIR)) >> 8)

/* Mix source onto an opaque backdrop; the source's alpha counts fade / 65536. Alpha becomes 255. */
FAST EXPORT void studio_mix(uint32_t *restrict out, ptrdiff_t out_stride, const uint32_t *restrict source,
                            ptrdiff_t source_stride, ptrdiff_t width, ptrdiff_t height, uint32_t fade)
{
    for (ptrdiff_t y = 0; y < height; y++) {
        uint32_t *restrict b = out + y * out_stride;
        const uint32_t *restrict s = source + y * source_stride;
        for (ptrdiff_t x = 0; x < width; x++) {
            uint32_t alpha = ((s[x] >> 24) * fade + 32768u) >> 16, rest = 255u - alpha;
            uint32_t low = (s[x] & PAIR) * alpha + (b[x] & PAIR) * rest;
            uint32_t high = ((s[x] >> 8) & PAIR) * alpha + ((b[x] >> 8) & PAIR) * rest;
            b[x] = (OVER_255(low) & PAIR) | ((OVER_255(high) & PAIR) << 8) | 0xFF000000u;
        }
    }
}

/* One after the other: `count` rows of seven numbers, which are what `studio_mix` takes. */
EXPORT void studio_mix_all(const int64_t *rows, ptrdiff_t count)
{
    for (const int64_t *row = rows; row < rows + 7 * count; row += 7)
        studio_mix((uint32_t *)(intptr_t)row[0], (ptrdiff_t)row[1], (const uint32_t *)(intptr_t)row[2],
                   (ptrdiff_t)row[3], (ptrdiff_t)row[4], (ptrdiff_t)row[5], (uint32_t)row[6]);
}

/* Where linkers insist on the entry point of a Python module. It is never imported as one. */
EXPORT void *PyInit__native(void) { return NULL; }
