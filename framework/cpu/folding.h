#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "framework/cpu/gemm.h"
#include "framework/cpu/register_tile.h"
#include "framework/cpu/simd.h"
#include "framework/cpu/twiddle.h"

namespace fno::cpu {

/// The steps of a truncated transform along one axis, with real numbers on both sides: the sums over the axis with
/// cosines and with sines, each a row of its own. See AxisTable for why half the products do.

/// Columns of a strip: as even as they come, up to the widest register tile.
template <class T>
int strip_width(int columns) {
  constexpr int kLanes = Simd<T>::lanes, kMost = kMaxTileVectors * kLanes;
  const int strips = (columns + kMost - 1) / kMost;
  return ((columns + strips - 1) / strips + kLanes - 1) / kLanes * kLanes;
}

/// Row length of scratch that holds `columns` columns: whole strips, so that products need no partial vectors; not 4
/// KB, which would put all rows into the same few sets of the cache.
template <class T>
std::ptrdiff_t padded(int columns) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = (columns + strip - 1) / strip * strip;
  return pitch * static_cast<std::ptrdiff_t>(sizeof(T)) % 4096 == 0 ? pitch + Simd<T>::lanes : pitch;
}

/// A leading axis, one strip. in (points, width; pitch) → folded (points, strip) as AxisTable::products want it, 0 past
/// the width.
template <class T>
void fold_rows(const AxisTable<T>& t, const T* in, std::ptrdiff_t pitch, int width, int strip, const T* weights,
               T* folded) {
  using S = Simd<T>;
  using V = typename S::V;
  const auto load = [=](int point, int c) {
    const T* row = in + point * pitch;
    const int left = width - c;
    const V v = left >= S::lanes ? S::load(row + c) : left > 0 ? S::load_part(row + c, left) : V{};
    return weights ? v * weights[point] : v;
  };
  const int n = t.points, half = t.half, pairs = t.twice ? t.quarter_pairs() : t.pairs;
  const std::ptrdiff_t part = std::ptrdiff_t{pairs} * strip;
  if (t.twice) {
    T *even_cosine = folded, *odd_cosine = folded + std::ptrdiff_t{half - pairs} * strip;
    T *even_sine = odd_cosine + part, *odd_sine = even_sine + part;
    for (int j = 0; j < pairs; ++j)
      for (int c = 0; c < strip; c += S::lanes) {
        const V a = load(j, c), b = load(n - 1 - j, c), d = load(half - 1 - j, c), e = load(half + j, c);
        const V near = a + b, far = d + e, near_odd = b - a, far_odd = e - d;
        const std::ptrdiff_t at = std::ptrdiff_t{j} * strip + c;
        S::store(even_cosine + at, near + far);
        S::store(odd_cosine + at, near - far);
        S::store(even_sine + at, near_odd - far_odd);
        S::store(odd_sine + at, near_odd + far_odd);
      }
    if (half % 2 == 1)
      for (int c = 0; c < strip; c += S::lanes) {
        const V a = load(pairs, c), b = load(n - 1 - pairs, c);
        S::store(even_cosine + part + c, a + b);
        S::store(odd_sine + part + c, b - a);
      }
    return;
  }
  T *even = folded, *odd = folded + std::ptrdiff_t{half} * strip;
  for (int j = 0; j < pairs; ++j, even += strip, odd += strip)
    for (int c = 0; c < strip; c += S::lanes) {
      const V a = load(j, c), b = load(n - 1 - j, c);
      S::store(even + c, a + b);
      S::store(odd + c, b - a);
    }
  if (half != pairs)
    for (int c = 0; c < strip; c += S::lanes) S::store(even + c, load(pairs, c));
}

/// A leading axis, one strip. folded (points, strip) → out (points, width; pitch), written or added.
template <class T>
void unfold_rows(const AxisTable<T>& t, const T* folded, int width, int strip, const T* weights, bool accumulate,
                 T* out, std::ptrdiff_t pitch) {
  using S = Simd<T>;
  using V = typename S::V;
  const auto put = [=](int point, int c, V value) {
    T* row = out + point * pitch;
    const int left = width - c;
    if (weights) value *= weights[point];
    if (left >= S::lanes)
      S::store(row + c, accumulate ? value + S::load(row + c) : value);
    else
      S::store_part(row + c, accumulate ? value + S::load_part(row + c, left) : value, left);
  };
  const int n = t.points, half = t.half, pairs = t.twice ? t.quarter_pairs() : t.pairs;
  const std::ptrdiff_t part = std::ptrdiff_t{pairs} * strip;
  if (t.twice) {
    const T *even_cosine = folded, *odd_cosine = folded + std::ptrdiff_t{half - pairs} * strip;
    const T *even_sine = odd_cosine + part, *odd_sine = even_sine + part;
    for (int j = 0; j < pairs; ++j)
      for (int c = 0; c < width; c += S::lanes) {
        const std::ptrdiff_t at = std::ptrdiff_t{j} * strip + c;
        const V ce = S::load(even_cosine + at), co = S::load(odd_cosine + at);
        const V se = S::load(even_sine + at), so = S::load(odd_sine + at);
        const V near = ce + co, far = ce - co, near_odd = so + se, far_odd = so - se;
        put(j, c, near - near_odd);
        put(half - 1 - j, c, far - far_odd);
        put(half + j, c, far + far_odd);
        put(n - 1 - j, c, near + near_odd);
      }
    if (half % 2 == 1)
      for (int c = 0; c < width; c += S::lanes) {
        const V e = S::load(even_cosine + part + c), o = S::load(odd_sine + part + c);
        put(pairs, c, e - o);
        put(n - 1 - pairs, c, e + o);
      }
    return;
  }
  const T *even = folded, *odd = folded + std::ptrdiff_t{half} * strip;
  for (int j = 0; j < pairs; ++j, even += strip, odd += strip)
    for (int c = 0; c < width; c += S::lanes) {
      const V e = S::load(even + c), o = S::load(odd + c);
      put(j, c, e - o);
      put(n - 1 - j, c, e + o);
    }
  if (half != pairs)
    for (int c = 0; c < width; c += S::lanes) put(pairs, c, S::load(even + c));
}

/// Asks for the plane that comes next, a part of it at a time, so that it arrives while this one is computed: rows from
/// both ends at once are no stream that the processor would see by itself.
template <class T>
class Ahead {
 public:
  Ahead() = default;
  Ahead(const T* next, std::int64_t count)
      : at_(reinterpret_cast<const char*>(next)), end_(reinterpret_cast<const char*>(next + count)) {}
  /// The next `part`-th of what is left.
  void ask(int part) {
    const char* const stop = at_ + ((end_ - at_) / part + 63) / 64 * 64;
    for (const char* const last = std::min(stop, end_); at_ < last; at_ += 64) __builtin_prefetch(at_, 0, 2);
  }

 private:
  const char *at_ = nullptr, *end_ = nullptr;
};

// A product cut by rows of C, with a part of what comes next asked for before each; `cuts` counts down all there are.
template <class T>
void product(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
             std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc, Ahead<T>& next, int& cuts) {
  constexpr int kRows = tile_rows(kMaxTileVectors);
  const int pieces = (m + kRows - 1) / kRows;
  for (int p = 0; p < pieces; ++p) {
    next.ask(cuts--);
    const int r0 = m * p / pieces, r1 = m * (p + 1) / pieces;
    gemm(r1 - r0, n, k, a + r0 * a_row, a_row, a_col, b, ldb, c + r0 * ldc, ldc, false);
  }
}
inline int pieces_of(int m) { return (m + tile_rows(kMaxTileVectors) - 1) / tile_rows(kMaxTileVectors); }

/// A leading axis: in (points, columns; in_pitch) → out (rows of the products; padded columns). `folded` holds
/// points · strip.
template <class T>
void analyse_rows(const AxisTable<T>& t, int columns, const T* in, std::ptrdiff_t in_pitch, const T* weights, T* folded,
                  T* out, Ahead<T> next) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = padded<T>(columns);
  int pieces = 0;
  for (const FoldedProduct& p : t.products) pieces += pieces_of(p.rows);
  int cuts = (columns + strip - 1) / strip * pieces;
  for (int c = 0; c < columns; c += strip) {
    fold_rows(t, in + c, in_pitch, std::min(strip, columns - c), strip, weights, folded);
    for (const FoldedProduct& p : t.products)
      product(p.rows, strip, p.length, t.table.data() + p.table, p.length, 1, folded + std::ptrdiff_t{p.point} * strip,
              strip, out + p.row * pitch + c, pitch, next, cuts);
  }
}

/// The reverse: in (rows of the products; padded columns) → out (points, columns), written or added.
template <class T>
void synthesise_rows(const AxisTable<T>& t, int columns, const T* in, const T* weights, bool accumulate, T* folded,
                     T* out, std::ptrdiff_t out_pitch) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = padded<T>(columns);
  for (int c = 0; c < columns; c += strip) {
    for (const FoldedProduct& p : t.products)
      gemm(p.length, strip, p.rows, t.table.data() + p.table, 1, p.length, in + p.row * pitch + c, pitch,
           folded + std::ptrdiff_t{p.point} * strip, strip, false);
    unfold_rows(t, folded, std::min(strip, columns - c), strip, weights, accumulate, out + c, out_pitch);
  }
}

}  // namespace fno::cpu
