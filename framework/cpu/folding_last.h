#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "framework/cpu/simd.h"
#include "framework/cpu/twiddle.h"

namespace fno::cpu {

/// The last axis of a truncated transform: folding runs along the lines, and a line that is not whole vectors long ends
/// with one that reaches back (read) or is stored in part (written). Folded lines stand product by product, as
/// AxisTable::products has them: (rows, length) each.

template <class T>
typename Simd<T>::V reversed(typename Simd<T>::V v) {
  constexpr int kLanes = Simd<T>::lanes;
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef Index Mask __attribute__((vector_size(kVectorBytes)));
  Mask mask{};
  for (int l = 0; l < kLanes; ++l) mask[l] = kLanes - 1 - l;
  return __builtin_shuffle(v, mask);
}

/// in (rows, points; pitch) → folded.
template <class T>
void fold_columns(const AxisTable<T>& t, int rows, const T* in, std::ptrdiff_t pitch, const T* weights, T* folded) {
  using S = Simd<T>;
  using V = typename S::V;
  constexpr int kLanes = S::lanes;
  const int n = t.points, half = t.half, pairs = t.twice ? t.quarter_pairs() : t.pairs;
  const auto at = [&](int product, int row) {
    const FoldedProduct& p = t.products[static_cast<std::size_t>(product)];
    return folded + std::ptrdiff_t{rows} * p.point + std::ptrdiff_t{row} * p.length;
  };
  for (int r = 0; r < rows; ++r, in += pitch) {
    const auto forward = [in, weights](int point) {
      const V v = S::load(in + point);
      return weights ? v * S::load(weights + point) : v;
    };
    const auto backward = [&forward](int end) { return reversed<T>(forward(end - kLanes)); };  // end-1, end-2, …
    const auto one = [in, weights](int point) { return weights ? in[point] * weights[point] : in[point]; };
    if (t.twice) {
      T *even_cosine = at(0, r), *odd_cosine = at(1, r), *even_sine = at(2, r), *odd_sine = at(3, r);
      const auto fold = [&](int j) {
        const V a = forward(j), b = backward(n - j), d = backward(half - j), e = forward(half + j);
        const V near = a + b, far = d + e, near_odd = b - a, far_odd = e - d;
        S::store(even_cosine + j, near + far);
        S::store(odd_cosine + j, near - far);
        S::store(even_sine + j, near_odd - far_odd);
        S::store(odd_sine + j, near_odd + far_odd);
      };
      for (int j = 0; j < pairs; j += kLanes) fold(std::min(j, pairs - kLanes));
      if (half % 2 == 1) {
        even_cosine[pairs] = one(pairs) + one(n - 1 - pairs);
        odd_sine[pairs] = one(n - 1 - pairs) - one(pairs);
      }
      continue;
    }
    T *even = at(0, r), *odd = at(1, r);
    if (half != pairs) even[pairs] = one(pairs);
    const auto fold = [&](int j) {
      const V a = forward(j), b = backward(n - j);
      S::store(even + j, a + b);
      S::store(odd + j, b - a);
    };
    if (pairs >= kLanes)
      for (int j = 0; j < pairs; j += kLanes) fold(std::min(j, pairs - kLanes));
    else
      for (int j = 0; j < pairs; ++j) {
        const T a = one(j), b = one(n - 1 - j);
        even[j] = a + b;
        odd[j] = b - a;
      }
  }
}

/// folded → out (rows, points; pitch), written or added.
template <class T>
void unfold_columns(const AxisTable<T>& t, int rows, const T* folded, const T* weights, bool accumulate, T* out,
                    std::ptrdiff_t pitch) {
  using S = Simd<T>;
  using V = typename S::V;
  constexpr int kLanes = S::lanes;
  const int n = t.points, half = t.half, pairs = t.twice ? t.quarter_pairs() : t.pairs;
  const auto at = [&](int product, int row) {
    const FoldedProduct& p = t.products[static_cast<std::size_t>(product)];
    return folded + std::ptrdiff_t{rows} * p.point + std::ptrdiff_t{row} * p.length;
  };
  const auto load = [](const T* p, int count) { return count == kLanes ? S::load(p) : S::load_part(p, count); };
  for (int r = 0; r < rows; ++r, out += pitch) {
    const auto put = [=](int point, V v, int count) {
      if (weights) v *= load(weights + point, count);
      if (accumulate) v += load(out + point, count);
      if (count == kLanes)
        S::store(out + point, v);
      else
        S::store_part(out + point, v, count);
    };
    const auto put_one = [=](int point, T value) {
      if (weights) value *= weights[point];
      out[point] = accumulate ? out[point] + value : value;
    };
    // Of `count` points from j on, those that are written forwards, and from behind so that they come first reversed.
    const auto cover = [pairs](auto&& forwards, auto&& backwards) {
      int j = 0;
      for (; j + kLanes <= pairs; j += kLanes) {
        forwards(j, kLanes);
        backwards(j, kLanes);
      }
      if (j == pairs) return;
      forwards(j, pairs - j);
      backwards(j, pairs - j);
    };
    if (t.twice) {
      const T *even_cosine = at(0, r), *odd_cosine = at(1, r), *even_sine = at(2, r), *odd_sine = at(3, r);
      cover(
          [&](int j, int count) {
            const V ce = load(even_cosine + j, count), co = load(odd_cosine + j, count);
            const V se = load(even_sine + j, count), so = load(odd_sine + j, count);
            put(j, (ce + co) - (so + se), count);
            put(half + j, (ce - co) + (so - se), count);
          },
          [&](int j, int count) {
            const int from = j + count - kLanes;
            const V ce = S::load(even_cosine + from), co = S::load(odd_cosine + from);
            const V se = S::load(even_sine + from), so = S::load(odd_sine + from);
            put(half - j - count, reversed<T>((ce - co) - (so - se)), count);
            put(n - j - count, reversed<T>((ce + co) + (so + se)), count);
          });
      if (half % 2 == 1) {
        put_one(pairs, even_cosine[pairs] - odd_sine[pairs]);
        put_one(n - 1 - pairs, even_cosine[pairs] + odd_sine[pairs]);
      }
      continue;
    }
    const T *even = at(0, r), *odd = at(1, r);
    if (half != pairs) put_one(pairs, even[pairs]);
    if (pairs >= kLanes)
      cover([&](int j, int count) { put(j, load(even + j, count) - load(odd + j, count), count); },
            [&](int j, int count) {
              const int from = j + count - kLanes;
              put(n - j - count, reversed<T>(S::load(even + from) + S::load(odd + from)), count);
            });
    else
      for (int j = 0; j < pairs; ++j) {
        put_one(j, even[j] - odd[j]);
        put_one(n - 1 - j, even[j] + odd[j]);
      }
  }
}

}  // namespace fno::cpu
