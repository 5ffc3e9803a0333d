#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "framework/cpu/simd.h"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace fno::cpu {

/// Tensors from this size on are written past the caches: nobody comes back to them before they would have left anyway,
/// and lines that are written whole need not be read first.
inline constexpr std::int64_t kStreamBytes = std::int64_t{4} << 20;

/// Reads a row once. Tiles read some lines of many rows in turn, more streams than the processor sees coming; after
/// this they find them in the cache.
template <class T>
void touch(const T* row, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += 64 / static_cast<std::int64_t>(sizeof(T))) {
    T value;
    __atomic_load(row + i, &value, __ATOMIC_RELAXED);  // not to be left out for being unused
  }
}

/// to[0 … n) = from[0 … n), past the caches. Call stream_done() before another thread may read it.
template <class T>
void stream(T* to, const T* from, std::int64_t n) {
  std::int64_t i = 0;
#if defined(__SSE2__)
  constexpr std::int64_t kLine = 64 / static_cast<std::int64_t>(sizeof(T));
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) % 64 / sizeof(T));
  for (const std::int64_t head = std::min(n, past ? kLine - past : 0); i < head; ++i) to[i] = from[i];
  for (; i + kLine <= n; i += kLine) {
#if defined(__AVX512F__)
    __m512i line;
    std::memcpy(&line, from + i, sizeof line);
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), line);
#else
    __m128i part[4];
    std::memcpy(part, from + i, sizeof part);
    for (int p = 0; p < 4; ++p) _mm_stream_si128(reinterpret_cast<__m128i*>(to + i) + p, part[p]);
#endif
  }
#endif
  std::copy_n(from + i, n - i, to + i);
}

inline void stream_done() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace fno::cpu
