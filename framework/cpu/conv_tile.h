#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "framework/cpu/register_tile.h"
#include "framework/cpu/simd.h"

namespace fno::cpu {

/// What the register tiles of a convolution share: `channels` channels of a patch (see Patch), `slab` apart, their taps
/// at `offset`.
struct TileTaps {
  int channels, taps;
  const std::ptrdiff_t* offset;
  std::ptrdiff_t slab;
};

/// Output points of a tile: vector v covers width[v] points (lanes but at the end of a line).
template <class T>
struct TilePoints {
  const T* x[kMaxTileVectors];
  T* y[kMaxTileVectors];
  int width[kMaxTileVectors];
};

/// y(row r, vector v) = start + Σ over channels and taps of w·x, for Rows output channels, y_row apart. The weights
/// come in the order in which they are read: w[(channel·taps + tap)·Rows + r]. `start` is the bias (Rows), or null: y
/// as it is.
template <class T, int Rows, int Vectors>
void conv_tile(const TileTaps& taps, const T* w, const TilePoints<T>& at, std::ptrdiff_t y_row, const T* bias) {
  using S = Simd<T>;
  using V = typename S::V;
  V sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      sum[r][v] = bias                      ? S::splat(bias[r])
                  : at.width[v] == S::lanes ? S::load(at.y[v] + r * y_row)
                                            : S::load_part(at.y[v] + r * y_row, at.width[v]);
  const T* x[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) x[v] = at.x[v];
  for (int i = 0; i < taps.channels; ++i) {
    for (int t = 0; t < taps.taps; ++t, w += Rows) {
      const std::ptrdiff_t offset = taps.offset[t];
      V value[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) value[v] = S::load(x[v] + offset);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const V weight = S::splat(w[r]);
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) sum[r][v] += weight * value[v];
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) x[v] += taps.slab;
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      if (at.width[v] == S::lanes)
        S::store(at.y[v] + r * y_row, sum[r][v]);
      else
        S::store_part(at.y[v] + r * y_row, sum[r][v], at.width[v]);
}

template <class T>
using ConvTileFn = void (*)(const TileTaps&, const T*, const TilePoints<T>&, std::ptrdiff_t, const T*);

template <class T, int Vectors, int... Row>
constexpr auto conv_tiles_of(std::integer_sequence<int, Row...>) {
  return std::array<ConvTileFn<T>, sizeof...(Row)>{&conv_tile<T, Row + 1, Vectors>...};
}

/// The tile for `rows` output channels, at most tile_rows(vectors), and 1 … kMaxTileVectors vectors.
template <class T>
ConvTileFn<T> conv_tile_for(int rows, int vectors) {
  static constexpr auto kOne = conv_tiles_of<T, 1>(std::make_integer_sequence<int, tile_rows(1)>());
  static constexpr auto kTwo = conv_tiles_of<T, 2>(std::make_integer_sequence<int, tile_rows(2)>());
  static constexpr auto kThree = conv_tiles_of<T, 3>(std::make_integer_sequence<int, tile_rows(3)>());
  const auto index = static_cast<std::size_t>(rows - 1);
  return vectors == 1 ? kOne[index] : vectors == 2 ? kTwo[index] : kThree[index];
}

}  // namespace fno::cpu
