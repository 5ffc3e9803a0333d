#include "framework/cpu/gemm.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "framework/cpu/register_tile.h"
#include "framework/cpu/simd.h"

namespace fno::cpu {
namespace {

// What becomes of C: set, gone on with, started from a number for each row, or added to when the product is summed up.
enum class Into { set, onward, rows, added };

// One register tile: Rows × (Vectors · lanes) of C, the last vector `tail` wide (tail == lanes when Tail is false).
template <class T, int Rows, int Vectors, bool Tail>
void tile(int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b, std::ptrdiff_t ldb, T* c,
          std::ptrdiff_t ldc, Into into, const T* start, int tail) {
  using S = Simd<T>;
  using V = typename S::V;
  V sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      const T* p = c + r * ldc + v * S::lanes;
      sum[r][v] = into == Into::rows           ? S::splat(start[r])
                  : into != Into::onward       ? V{}
                  : (Tail && v == Vectors - 1) ? S::load_part(p, tail)
                                               : S::load(p);
    }
  for (int i = 0; i < k; ++i, a += a_col, b += ldb) {
    V row[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      row[v] = (Tail && v == Vectors - 1) ? S::load_part(b + v * S::lanes, tail) : S::load(b + v * S::lanes);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const V x = S::splat(a[r * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sum[r][v] += x * row[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      T* p = c + r * ldc + v * S::lanes;
      if (into == Into::added) sum[r][v] += (Tail && v == Vectors - 1) ? S::load_part(p, tail) : S::load(p);
      if (Tail && v == Vectors - 1)
        S::store_part(p, sum[r][v], tail);
      else
        S::store(p, sum[r][v]);
    }
}

template <class T>
using TileFn = void (*)(int, const T*, std::ptrdiff_t, std::ptrdiff_t, const T*, std::ptrdiff_t, T*, std::ptrdiff_t,
                        Into, const T*, int);

template <class T, int Vectors, bool Tail, int... Row>
constexpr auto tiles_of(std::integer_sequence<int, Row...>) {
  return std::array<TileFn<T>, sizeof...(Row)>{&tile<T, Row + 1, Vectors, Tail>...};
}

// All columns of one width class, from column 0 on.
template <class T, int Vectors, bool Tail>
void strip(int m, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b, std::ptrdiff_t ldb, T* c,
           std::ptrdiff_t ldc, Into into, const T* start, int tail) {
  constexpr int kRows = tile_rows(Vectors);
  static constexpr auto kTiles = tiles_of<T, Vectors, Tail>(std::make_integer_sequence<int, kRows>());
  // Even tiles: 16 rows go as 8 + 8, not 14 + 2.
  const int pieces = (m + kRows - 1) / kRows;
  for (int p = 0; p < pieces; ++p) {
    const int first = static_cast<int>(static_cast<std::ptrdiff_t>(m) * p / pieces);
    const int last = static_cast<int>(static_cast<std::ptrdiff_t>(m) * (p + 1) / pieces);
    kTiles[static_cast<std::size_t>(last - first - 1)](k, a + first * a_row, a_row, a_col, b, ldb, c + first * ldc, ldc,
                                                       into, into == Into::rows ? start + first : nullptr, tail);
  }
}

template <class T, int Vectors>
void strip(bool has_tail, int m, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
           std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc, Into into, const T* start, int tail) {
  if (has_tail)
    strip<T, Vectors, true>(m, k, a, a_row, a_col, b, ldb, c, ldc, into, start, tail);
  else
    strip<T, Vectors, false>(m, k, a, a_row, a_col, b, ldb, c, ldc, into, start, tail);
}

template <class T>
void product(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
             std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc, Into into, const T* start) {
  constexpr int kLanes = Simd<T>::lanes;
  for (int column = 0; column < n;) {
    const int left = (n - column + kLanes - 1) / kLanes;
    const int vectors = left == 4 ? 2 : std::min(left, kMaxTileVectors);
    const int width = std::min(vectors * kLanes, n - column);
    const int tail = width - (vectors - 1) * kLanes;
    const bool has_tail = tail < kLanes;
    const T* bc = b + column;
    T* cc = c + column;
    switch (vectors) {
      case 1: strip<T, 1>(has_tail, m, k, a, a_row, a_col, bc, ldb, cc, ldc, into, start, tail); break;
      case 2: strip<T, 2>(has_tail, m, k, a, a_row, a_col, bc, ldb, cc, ldc, into, start, tail); break;
      default: strip<T, 3>(has_tail, m, k, a, a_row, a_col, bc, ldb, cc, ldc, into, start, tail); break;
    }
    column += width;
  }
}

}  // namespace

template <class T>
void gemm(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b, std::ptrdiff_t ldb,
          T* c, std::ptrdiff_t ldc, bool accumulate, const T* start) {
  product(m, n, k, a, a_row, a_col, b, ldb, c, ldc, start ? Into::rows : accumulate ? Into::onward : Into::set, start);
}

template <class T>
void gemm_add(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
              std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc) {
  product<T>(m, n, k, a, a_row, a_col, b, ldb, c, ldc, Into::added, nullptr);
}

namespace {

// One step of transposing lanes × lanes numbers in registers: swaps the off-diagonal quarters of every 2h × 2h block.
template <class T, int h>
void exchange(typename Simd<T>::V (&row)[Simd<T>::lanes]) {
  constexpr int kLanes = Simd<T>::lanes;
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef Index Mask __attribute__((vector_size(kVectorBytes)));
  Mask low, high;  // lanes of the pair (a, b) that make the new a and the new b
  for (int l = 0; l < kLanes; ++l) {
    low[l] = (l & h) ? kLanes + l - h : l;
    high[l] = (l & h) ? kLanes + l : l + h;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kLanes; ++r)
    if (!(r & h)) {
      const auto a = row[r], b = row[r + h];
      row[r] = __builtin_shuffle(a, b, low);
      row[r + h] = __builtin_shuffle(a, b, high);
    }
  if constexpr (h > 1) exchange<T, h / 2>(row);
}

// `rows` rows of `cols` columns, both at most lanes.
template <class T>
void transpose_square(int rows, int cols, const T* from, std::ptrdiff_t ld_from, T* to, std::ptrdiff_t ld_to) {
  using S = Simd<T>;
  typename S::V row[S::lanes];
#pragma GCC unroll 16
  for (int r = 0; r < S::lanes; ++r)
    row[r] = r >= rows          ? typename S::V{}
             : cols == S::lanes ? S::load(from + r * ld_from)
                                : S::load_part(from + r * ld_from, cols);
  exchange<T, S::lanes / 2>(row);
#pragma GCC unroll 16
  for (int c = 0; c < S::lanes; ++c)
    if (c >= cols)
      break;
    else if (rows == S::lanes)
      S::store(to + c * ld_to, row[c]);
    else
      S::store_part(to + c * ld_to, row[c], rows);
}

}  // namespace

template <class T>
void transpose(int rows, int cols, const T* from, std::ptrdiff_t ld_from, T* to, std::ptrdiff_t ld_to) {
  constexpr int kBlock = Simd<T>::lanes;
  for (int c0 = 0; c0 < cols; c0 += kBlock)
    for (int r0 = 0; r0 < rows; r0 += kBlock) {
      const int r1 = std::min(rows, r0 + kBlock), c1 = std::min(cols, c0 + kBlock);
      transpose_square(r1 - r0, c1 - c0, from + r0 * ld_from + c0, ld_from, to + c0 * ld_to + r0, ld_to);
    }
}

template void gemm(int, int, int, const float*, std::ptrdiff_t, std::ptrdiff_t, const float*, std::ptrdiff_t, float*,
                   std::ptrdiff_t, bool, const float*);
template void gemm(int, int, int, const double*, std::ptrdiff_t, std::ptrdiff_t, const double*, std::ptrdiff_t, double*,
                   std::ptrdiff_t, bool, const double*);
template void gemm_add(int, int, int, const float*, std::ptrdiff_t, std::ptrdiff_t, const float*, std::ptrdiff_t,
                       float*, std::ptrdiff_t);
template void transpose(int, int, const float*, std::ptrdiff_t, float*, std::ptrdiff_t);
template void gemm_add(int, int, int, const double*, std::ptrdiff_t, std::ptrdiff_t, const double*, std::ptrdiff_t,
                       double*, std::ptrdiff_t);
template void transpose(int, int, const double*, std::ptrdiff_t, double*, std::ptrdiff_t);

}  // namespace fno::cpu
