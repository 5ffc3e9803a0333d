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

template <class T>
typename Simd<T>::V reversed(typename Simd<T>::V v) {
  constexpr int kLanes = Simd<T>::lanes;
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef Index Mask __attribute__((vector_size(kVectorBytes)));
  Mask mask{};
  for (int l = 0; l < kLanes; ++l) mask[l] = kLanes - 1 - l;
  return __builtin_shuffle(v, mask);
}

/// Row length of scratch that holds `columns` columns: whole strips, so that products need no partial vectors; not 4
/// KB, which would put all rows into the same few sets of the cache.
template <class T>
std::ptrdiff_t padded(int columns) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = (columns + strip - 1) / strip * strip;
  return pitch * static_cast<std::ptrdiff_t>(sizeof(T)) % 4096 == 0 ? pitch + Simd<T>::lanes : pitch;
}

/// A leading axis, one strip. in (points, width; pitch) → even (half, strip) and odd (pairs, strip), 0 past the width.
template <class T>
void fold_rows(const AxisTable<T>& t, const T* in, std::ptrdiff_t pitch, int width, int strip, const T* weights,
               T* even, T* odd) {
  using S = Simd<T>;
  using V = typename S::V;
  const auto load = [width](const T* row, int c) {
    const int left = width - c;
    return left >= S::lanes ? S::load(row + c) : left > 0 ? S::load_part(row + c, left) : V{};
  };
  for (int j = 0; j < t.pairs; ++j, even += strip, odd += strip) {
    const T *low = in + j * pitch, *high = in + (t.points - 1 - j) * pitch;
    const T wl = weights ? weights[j] : T(1), wh = weights ? weights[t.points - 1 - j] : T(1);
    const bool plain = wl == 1 && wh == 1;
    for (int c = 0; c < strip; c += S::lanes) {
      V a = load(low, c), b = load(high, c);
      if (!plain) a *= wl, b *= wh;
      S::store(even + c, a + b);
      S::store(odd + c, b - a);
    }
  }
  if (t.half == t.pairs) return;
  const T w = weights ? weights[t.pairs] : T(1);
  for (int c = 0; c < strip; c += S::lanes) S::store(even + c, load(in + t.pairs * pitch, c) * w);
}

/// A leading axis, one strip. even (half, strip), odd (pairs, strip) → out (points, width; pitch), written or added.
template <class T>
void unfold_rows(const AxisTable<T>& t, const T* even, const T* odd, int width, int strip, const T* weights,
                 bool accumulate, T* out, std::ptrdiff_t pitch) {
  using S = Simd<T>;
  using V = typename S::V;
  const auto put = [width, accumulate](T* row, int c, V value, T weight) {
    const int left = width - c;
    if (weight != 1) value *= weight;
    if (left >= S::lanes)
      S::store(row + c, accumulate ? value + S::load(row + c) : value);
    else
      S::store_part(row + c, accumulate ? value + S::load_part(row + c, left) : value, left);
  };
  for (int j = 0; j < t.pairs; ++j, even += strip, odd += strip) {
    T *low = out + j * pitch, *high = out + (t.points - 1 - j) * pitch;
    const T wl = weights ? weights[j] : T(1), wh = weights ? weights[t.points - 1 - j] : T(1);
    for (int c = 0; c < width; c += S::lanes) {
      const V e = S::load(even + c), o = S::load(odd + c);
      put(low, c, e - o, wl);
      put(high, c, e + o, wh);
    }
  }
  if (t.half == t.pairs) return;
  const T w = weights ? weights[t.pairs] : T(1);
  for (int c = 0; c < width; c += S::lanes) put(out + t.pairs * pitch, c, S::load(even + c), w);
}

/// The last axis. in (rows, points; pitch) → even (rows, half), odd (rows, pairs).
template <class T>
void fold_columns(const AxisTable<T>& t, int rows, const T* in, std::ptrdiff_t pitch, const T* weights, T* even,
                  T* odd) {
  using S = Simd<T>;
  const int n = t.points;
  for (int r = 0; r < rows; ++r, in += pitch, even += t.half, odd += t.pairs) {
    if (t.half != t.pairs) even[t.pairs] = in[t.pairs] * (weights ? weights[t.pairs] : T(1));
    int j = 0;
    for (; j + S::lanes <= t.pairs; j += S::lanes) {
      auto a = S::load(in + j), b = S::load(in + n - j - S::lanes);
      if (weights) a *= S::load(weights + j), b *= S::load(weights + n - j - S::lanes);
      b = reversed<T>(b);
      S::store(even + j, a + b);
      S::store(odd + j, b - a);
    }
    for (; j < t.pairs; ++j) {
      const T a = in[j] * (weights ? weights[j] : T(1)), b = in[n - 1 - j] * (weights ? weights[n - 1 - j] : T(1));
      even[j] = a + b;
      odd[j] = b - a;
    }
  }
}

/// The last axis. even (rows, half), odd (rows, pairs) → out (rows, points; pitch), written or added.
template <class T>
void unfold_columns(const AxisTable<T>& t, int rows, const T* even, const T* odd, const T* weights, bool accumulate,
                    T* out, std::ptrdiff_t pitch) {
  using S = Simd<T>;
  const int n = t.points;
  for (int r = 0; r < rows; ++r, out += pitch, even += t.half, odd += t.pairs) {
    const auto put = [&](int j, T value) {
      if (weights) value *= weights[j];
      out[j] = accumulate ? out[j] + value : value;
    };
    if (t.half != t.pairs) put(t.pairs, even[t.pairs]);
    int j = 0;
    for (; j + S::lanes <= t.pairs; j += S::lanes) {
      const auto e = S::load(even + j), o = S::load(odd + j);
      T *low = out + j, *high = out + n - j - S::lanes;
      auto l = e - o, h = reversed<T>(e + o);
      if (weights) l *= S::load(weights + j), h *= S::load(weights + n - j - S::lanes);
      if (accumulate) l += S::load(low), h += S::load(high);
      S::store(low, l);
      S::store(high, h);
    }
    for (; j < t.pairs; ++j) {
      put(j, even[j] - odd[j]);
      put(n - 1 - j, even[j] + odd[j]);
    }
  }
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

/// A leading axis: in (points, columns; in_pitch) → out (cosine rows, then sine rows; padded columns). `folded` holds
/// points · strip.
template <class T>
void analyse_rows(const AxisTable<T>& t, int columns, const T* in, std::ptrdiff_t in_pitch, const T* weights, T* folded,
                  T* out, Ahead<T> next) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = padded<T>(columns);
  const T* sines = t.table.data() + static_cast<std::ptrdiff_t>(t.cosines) * t.half;
  int cuts = (columns + strip - 1) / strip * (pieces_of(t.cosines) + pieces_of(t.sines));
  for (int c = 0; c < columns; c += strip) {
    T* odd = folded + static_cast<std::ptrdiff_t>(t.half) * strip;
    fold_rows(t, in + c, in_pitch, std::min(strip, columns - c), strip, weights, folded, odd);
    product(t.cosines, strip, t.half, t.table.data(), t.half, 1, folded, strip, out + c, pitch, next, cuts);
    product(t.sines, strip, t.pairs, sines, t.half, 1, odd, strip, out + t.cosines * pitch + c, pitch, next, cuts);
  }
}

/// The reverse: in (cosine rows, then sine rows; padded columns) → out (points, columns), written or added.
template <class T>
void synthesise_rows(const AxisTable<T>& t, int columns, const T* in, const T* weights, bool accumulate, T* folded,
                     T* out, std::ptrdiff_t out_pitch) {
  const int strip = strip_width<T>(columns);
  const std::ptrdiff_t pitch = padded<T>(columns);
  const T* sines = t.table.data() + static_cast<std::ptrdiff_t>(t.cosines) * t.half;
  for (int c = 0; c < columns; c += strip) {
    T* odd = folded + static_cast<std::ptrdiff_t>(t.half) * strip;
    gemm(t.half, strip, t.cosines, t.table.data(), 1, t.half, in + c, pitch, folded, strip, false);
    gemm(t.pairs, strip, t.sines, sines, 1, t.half, in + t.cosines * pitch + c, pitch, odd, strip, false);
    unfold_rows(t, folded, odd, std::min(strip, columns - c), strip, weights, accumulate, out + c, out_pitch);
  }
}

}  // namespace fno::cpu
