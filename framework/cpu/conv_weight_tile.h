#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "framework/cpu/register_tile.h"
#include "framework/cpu/simd.h"

namespace fno::cpu {

/// Points that a tile of a weight gradient sums over: `lines` stretches of `width` points of a patch, `step` apart.
struct SumPoints {
  int lines, width;
  std::ptrdiff_t step;
};

/// Rows of x that a tile takes at once: the taps of one channel of a 3x3 kernel.
constexpr int outer_tile_rows(int vectors) {
  return kVectorRegisters == 32 ? 9 : vectors == 1 ? 9 : vectors == 2 ? 6 : 4;
}

/// dw(row r, vector v of output channels) += Σ over points of x(r)·dy: Rows (channel, tap) pairs, which x points to,
/// times Vectors vectors of output channels. dy is (points, Vectors·lanes); dw has rows of dw_row elements.
template <class T, int Rows, int Vectors>
void outer_tile(const SumPoints& points, const T* const* x, const T* dy, T* dw, std::ptrdiff_t dw_row) {
  using S = Simd<T>;
  using V = typename S::V;
  V sum[Rows][Vectors];
  const T* line[Rows];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    line[r] = x[r];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sum[r][v] = S::load(dw + r * dw_row + v * S::lanes);
  }
  for (int l = 0; l < points.lines; ++l) {
    for (std::ptrdiff_t p = 0; p < points.width; ++p, dy += Vectors * S::lanes) {
      V g[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) g[v] = S::load(dy + v * S::lanes);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const V value = S::splat(line[r][p]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) sum[r][v] += value * g[v];
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) line[r] += points.step;
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) S::store(dw + r * dw_row + v * S::lanes, sum[r][v]);
}

/// The same product for few output channels, where vectors of them would be half empty: vectors run along the points.
/// sum(column c, row r) += Σ of vectors x(c)·dy(r), to be added up across lanes in the end; `sum` holds vectors, those
/// of a column side by side and columns sum_column vectors apart. dy has rows of dy_row elements and lines of `width`
/// points side by side.
template <class T, int Rows, int Columns>
void dot_tile(const SumPoints& points, const T* const* x, const T* dy, std::ptrdiff_t dy_row, T* sums,
              std::ptrdiff_t sum_column) {
  using S = Simd<T>;
  using V = typename S::V;
  V sum[Rows][Columns];
  const T* line[Columns];
#pragma GCC unroll 4
  for (int c = 0; c < Columns; ++c) {
    line[c] = x[c];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) sum[r][c] = S::load(sums + (c * sum_column + r) * S::lanes);
  }
  const auto add = [&](const V* value, std::ptrdiff_t p, int n) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const V g = n == S::lanes ? S::load(dy + r * dy_row + p) : S::load_part(dy + r * dy_row + p, n);
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[r][c] += value[c] * g;
    }
  };
  for (int l = 0; l < points.lines; ++l, dy += points.width) {
    std::ptrdiff_t p = 0;
    for (; p + S::lanes <= points.width; p += S::lanes) {
      V value[Columns];
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) value[c] = S::load(line[c] + p);
      add(value, p, S::lanes);
    }
    if (p < points.width) {
      const int n = static_cast<int>(points.width - p);
      V value[Columns];
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) value[c] = S::load_part(line[c] + p, n);
      add(value, p, n);
    }
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) line[c] += points.step;
  }
#pragma GCC unroll 4
  for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) S::store(sums + (c * sum_column + r) * S::lanes, sum[r][c]);
}

template <class T>
using OuterTileFn = void (*)(const SumPoints&, const T* const*, const T*, T*, std::ptrdiff_t);
template <class T>
using DotTileFn = void (*)(const SumPoints&, const T* const*, const T*, std::ptrdiff_t, T*, std::ptrdiff_t);

template <class T, int Vectors, int... Row>
constexpr auto outer_tiles_of(std::integer_sequence<int, Row...>) {
  return std::array<OuterTileFn<T>, sizeof...(Row)>{&outer_tile<T, Row + 1, Vectors>...};
}
template <class T, int Columns, int... Row>
constexpr auto dot_tiles_of(std::integer_sequence<int, Row...>) {
  return std::array<DotTileFn<T>, sizeof...(Row)>{&dot_tile<T, Row + 1, Columns>...};
}

/// 1 … outer_tile_rows(vectors) rows, 1 … kMaxTileVectors vectors.
template <class T>
OuterTileFn<T> outer_tile_for(int rows, int vectors) {
  static constexpr auto kOne = outer_tiles_of<T, 1>(std::make_integer_sequence<int, outer_tile_rows(1)>());
  static constexpr auto kTwo = outer_tiles_of<T, 2>(std::make_integer_sequence<int, outer_tile_rows(2)>());
  static constexpr auto kThree = outer_tiles_of<T, 3>(std::make_integer_sequence<int, outer_tile_rows(3)>());
  const auto index = static_cast<std::size_t>(rows - 1);
  return vectors == 1 ? kOne[index] : vectors == 2 ? kTwo[index] : kThree[index];
}

/// 1 … tile_rows(kMaxTileVectors) rows, 1 … kMaxTileVectors columns.
template <class T>
DotTileFn<T> dot_tile_for(int rows, int columns) {
  constexpr auto kRows = std::make_integer_sequence<int, tile_rows(kMaxTileVectors)>();
  static constexpr auto kOne = dot_tiles_of<T, 1>(kRows);
  static constexpr auto kTwo = dot_tiles_of<T, 2>(kRows);
  static constexpr auto kThree = dot_tiles_of<T, 3>(kRows);
  const auto index = static_cast<std::size_t>(rows - 1);
  return columns == 1 ? kOne[index] : columns == 2 ? kTwo[index] : kThree[index];
}

}  // namespace fno::cpu
