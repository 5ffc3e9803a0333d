#pragma once

#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace fno::cpu {

/// Widest vectors of the processor compiled for, through the compiler's vector types: one source for every width.
#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
inline constexpr int kVectorRegisters = 32;
#elif defined(__AVX__)
inline constexpr int kVectorBytes = 32;
inline constexpr int kVectorRegisters = 16;
#elif defined(__aarch64__)
inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorRegisters = 32;
#else
inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorRegisters = 16;
#endif

template <class T>
struct Simd {
  static constexpr int lanes = kVectorBytes / static_cast<int>(sizeof(T));
  typedef T V __attribute__((vector_size(kVectorBytes)));

  static V load(const T* p) {
    V v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(T* p, V v) { std::memcpy(p, &v, sizeof v); }
  static V splat(T x) { return x - V{}; }  // nothing to compute; x + 0 is an addition, since it turns -0 to 0

  /// The first n (0 < n <= lanes) elements; the rest is 0 and not touched in memory.
  static V load_part(const T* p, int n);
  static void store_part(T* p, V v, int n);

  static T sum(V v) {  // pairwise, a fixed order
    T part[lanes];
    std::memcpy(part, &v, sizeof v);
    for (int width = lanes / 2; width > 0; width /= 2)
      for (int i = 0; i < width; ++i) part[i] += part[i + width];
    return part[0];
  }
};

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All ones in the first n lanes of Index, an integer as wide as an element; zero in the others.
template <class Index>
inline __m256i first_lanes(int n) {
  typedef Index V __attribute__((vector_size(32)));
  V lane;
  for (int i = 0; i < 32 / static_cast<int>(sizeof(Index)); ++i) lane[i] = i;
  return (__m256i)(lane < static_cast<Index>(n));
}
#endif

template <class T>
inline typename Simd<T>::V Simd<T>::load_part(const T* p, int n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return (V)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
  if constexpr (sizeof(T) == 8) return (V)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), p);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) return (V)_mm256_maskload_ps(p, first_lanes<int>(n));
  if constexpr (sizeof(T) == 8) return (V)_mm256_maskload_pd(p, first_lanes<long long>(n));
#endif
  V v{};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
}

template <class T>
inline void Simd<T>::store_part(T* p, V v, int n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
    return;
  }
  if constexpr (sizeof(T) == 8) {
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1), (__m512d)v);
    return;
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    _mm256_maskstore_ps(p, first_lanes<int>(n), (__m256)v);
    return;
  }
  if constexpr (sizeof(T) == 8) {
    _mm256_maskstore_pd(p, first_lanes<long long>(n), (__m256d)v);
    return;
  }
#endif
  for (int i = 0; i < n; ++i) p[i] = v[i];
}

}  // namespace fno::cpu
