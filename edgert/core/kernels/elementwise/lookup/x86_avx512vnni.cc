#include <immintrin.h>

#include "kernels/elementwise/lookup.h"
#include "kernels/elementwise/lookup/scalar.h"
#include "kernels/multiversion.h"
#include "runtime/microkernel.h"

namespace edgert {
namespace {

// The table in 4 registers, as 128 words of two entries. (VBMI looks bytes up, but not every
// machine with VNNI has it.)
struct Table {
  __m512i quarter[4];

  explicit Table(const uint8_t* p) {
    for (int i = 0; i < 4; ++i) quarter[i] = _mm512_loadu_si512(p + 64 * i);
  }

  // For the bytes in x's even or odd places, the words that hold their entries: of either byte of a
  // word, bit 0 tells which half the entry is, bits 1 to 6 the word, bit 7 the half of the table.
  template <int Byte>
  EDGERT_INLINE __m512i pairs(__m512i x) const {
    const __m512i word = _mm512_srli_epi16(x, 8 * Byte + 1);
    const __m512i low = _mm512_permutex2var_epi16(quarter[0], word, quarter[1]);
    const __m512i high = _mm512_permutex2var_epi16(quarter[2], word, quarter[3]);
    return _mm512_mask_blend_epi16(_mm512_test_epi16_mask(x, bit(8 * Byte + 7)), low, high);
  }
  static EDGERT_INLINE __m512i bit(int i) {
    return _mm512_set1_epi16(static_cast<int16_t>(1 << i));
  }

  EDGERT_INLINE __m512i operator[](__m512i x) const {
    constexpr __mmask64 kOdd = 0xaaaaaaaaaaaaaaaa;
    const __mmask32 even_high = _mm512_test_epi16_mask(x, bit(0));
    const __mmask32 odd_low = _mm512_testn_epi16_mask(x, bit(8));
    __m512i even = pairs<0>(x), odd = pairs<1>(x);
    even = _mm512_mask_srli_epi16(even, even_high, even, 8);
    odd = _mm512_mask_slli_epi16(odd, odd_low, odd, 8);
    return _mm512_mask_blend_epi8(kOdd, even, odd);
  }
};

void run(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t n) {
  if (n < 32) return lookup_scalar(table, x, y, n);
  const Table lookup(table);
  for (; n >= 64; n -= 64, x += 64, y += 64) {
    _mm512_storeu_si512(y, lookup[_mm512_loadu_si512(x)]);
  }
  const __mmask64 rest = (uint64_t{1} << n) - 1;
  _mm512_mask_storeu_epi8(y, rest, lookup[_mm512_maskz_loadu_epi8(rest, x)]);
}

constexpr Lookup kOps{run};
const Microkernel<Lookup> registration{Isa::kAvx512Vnni, kOps};

}  // namespace
}  // namespace edgert
