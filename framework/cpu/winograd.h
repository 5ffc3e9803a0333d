#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "framework/cpu/context.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/simd.h"
#include "framework/cpu/winograd_rule.h"

namespace fno::cpu {

/// Winograd's minimal filtering F(4x4, 3x3) (Winograd 1980; Lavin and Gray, arXiv 1509.09308): a tile of 4 x 4 outputs
/// from a window of 6 x 6 inputs with 36 products in place of 144,
///     y = Aᵀ[(G w Gᵀ) ∘ (Bᵀ x B)]A,
/// where Bᵀ (6, 6), G (6, 3) and Aᵀ (4, 6) stand for polynomials at 0, ±a, ±b and ∞. Summed over channels, each of the
/// 36 terms is a matrix product. The weight gradient is its adjoint, Gᵀ[(A dy Aᵀ) ∘ (Bᵀ x B)]G, summed over tiles.
///
/// Transforms run along channels: points of the planes are turned into rows of channels first, so that any tile of any
/// plane is made of whole vectors, and the terms of x and dy lie as both kinds of product want them.
///
/// a = √½ and b = √2 halve the rounding of the usual 1 and 2, and sums over channels go in short pieces. Float against
/// double, inputs and weights normal, relative L2 error and, in brackets, largest error over largest value:
///
///     | channels, batch, grid | output: direct | this             | weight gradient: direct | this             |
///     | 16, 4, 32²            | 2.1e-7 (5e-7)  | 4.8e-7 (0.9e-6)  | 5.8e-7 (1.0e-6)         | 1.1e-6 (1.6e-6)  |
///     | 64, 16, 64²           | 4.3e-7 (16e-7) | 6.3e-7 (1.2e-6)  | 3.2e-6 (5.4e-6)         | 0.8e-6 (0.8e-6)  |
///     | 256, 4, 16²           | 8.3e-7 (19e-7) | 6.9e-7 (0.9e-6)  | 5.5e-7 (1.3e-6)         | 0.7e-6 (0.9e-6)  |
///
/// The tests allow 2e-6 of the largest value to outputs and 1e-5 to gradients.
inline constexpr int kTileIn = 6, kTerms = kTileIn * kTileIn;

/// One-dimensional transforms of vectors, in place of matrices: `in` values to `out`.
template <class T>
struct Winograd {
  using V = typename Simd<T>::V;
  static constexpr T a = T(0.707106781186547524400844362104849), b = T(1.41421356237309504880168872420970);
  static constexpr T a2 = T(0.5), b2 = T(2);                                              // a²b² = 1
  static constexpr T ga = T(1) / (2 * a2 * (a2 - b2)), gb = T(1) / (2 * b2 * (b2 - a2));  // of G's rows

  struct Input {  // Bᵀ
    static constexpr int in = 6, out = 6;
    static void apply(const V* x, V* t) {
      const V ea = x[4] - b2 * x[2], oa = a * (x[3] - b2 * x[1]), eb = x[4] - a2 * x[2], ob = b * (x[3] - a2 * x[1]);
      t[0] = (x[0] + x[4]) - (a2 + b2) * x[2];
      t[1] = ea + oa;
      t[2] = ea - oa;
      t[3] = eb + ob;
      t[4] = eb - ob;
      t[5] = (x[1] + x[5]) - (a2 + b2) * x[3];
    }
  };
  struct Kernel {  // G
    static constexpr int in = 3, out = 6;
    static void apply(const V* w, V* t) {
      const V ea = ga * w[0] + (ga * a2) * w[2], oa = (ga * a) * w[1];
      const V eb = gb * w[0] + (gb * b2) * w[2], ob = (gb * b) * w[1];
      t[0] = w[0];
      t[1] = ea + oa;
      t[2] = ea - oa;
      t[3] = eb + ob;
      t[4] = eb - ob;
      t[5] = w[2];
    }
  };
  struct Output {  // Aᵀ
    static constexpr int in = 6, out = 4;
    static void apply(const V* t, V* y) {
      const V ea = t[1] + t[2], oa = a * (t[1] - t[2]), eb = t[3] + t[4], ob = b * (t[3] - t[4]);
      y[0] = t[0] + (ea + eb);
      y[1] = oa + ob;
      y[2] = a2 * ea + b2 * eb;
      y[3] = (a2 * oa + b2 * ob) + t[5];
    }
  };
  struct OutputGrad {  // A
    static constexpr int in = 4, out = 6;
    static void apply(const V* y, V* t) {
      const V ea = y[0] + a2 * y[2], oa = a * (y[1] + a2 * y[3]), eb = y[0] + b2 * y[2], ob = b * (y[1] + b2 * y[3]);
      t[0] = y[0];
      t[1] = ea + oa;
      t[2] = ea - oa;
      t[3] = eb + ob;
      t[4] = eb - ob;
      t[5] = y[3];
    }
  };
  struct KernelGrad {  // Gᵀ
    static constexpr int in = 6, out = 3;
    static void apply(const V* t, V* w) {
      const V ea = ga * (t[1] + t[2]), eb = gb * (t[3] + t[4]);
      w[0] = t[0] + (ea + eb);
      w[1] = (ga * a) * (t[1] - t[2]) + (gb * b) * (t[3] - t[4]);
      w[2] = (a2 * ea + b2 * eb) + t[5];
    }
  };
};

/// Vectors (one value of each lane's channel) of a square array: element (i, j) at i·row + j·column.
template <class T>
struct Square {
  T* at;
  std::ptrdiff_t row, column;
};

/// to = F·from·Fᵀ + start, F one of the transforms above.
template <class F, class T>
void transform(const Square<const T>& from, const Square<T>& to, typename Simd<T>::V start = typename Simd<T>::V{}) {
  using S = Simd<T>;
  using V = typename S::V;
  V half[F::out][F::in];
#pragma GCC unroll 6
  for (int j = 0; j < F::in; ++j) {
    V x[F::in], t[F::out];
#pragma GCC unroll 6
    for (int i = 0; i < F::in; ++i) x[i] = S::load(from.at + i * from.row + j * from.column);
    F::apply(x, t);
#pragma GCC unroll 6
    for (int k = 0; k < F::out; ++k) half[k][j] = t[k];
  }
#pragma GCC unroll 6
  for (int k = 0; k < F::out; ++k) {
    V t[F::out];
    F::apply(half[k], t);
#pragma GCC unroll 6
    for (int l = 0; l < F::out; ++l) S::store(to.at + k * to.row + l * to.column, t[l] + start);
  }
}

/// Channels as whole vectors.
template <class T>
int padded(int channels) {
  return (channels + Simd<T>::lanes - 1) / Simd<T>::lanes * Simd<T>::lanes;
}

/// The 36 terms of some tiles: term k of tile n is a row of padded channels at k·term + n·channels.
struct Terms {
  int channels;         // padded
  std::ptrdiff_t term;  // elements from term to term: not a multiple of 4 KB, which would share cache sets
  template <class T>
  static Terms of(int channels, int tiles, T) {
    const int whole = padded<T>(channels);
    return {whole, std::ptrdiff_t{whole} * tiles + Simd<T>::lanes};
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(term) * kTerms; }
};

/// Planes (channels, rows, columns) of one sample and the tiles over them: window (i, j) begins at 4·i - padding.
struct Planes {
  int channels, rows, columns, padding;
  int tile_columns;
  [[nodiscard]] std::int64_t points() const { return std::int64_t{rows} * columns; }
  /// Elements of one vector of channels of the rows under `tile_rows` rows of tiles, `window` wide.
  template <class T>
  [[nodiscard]] std::size_t turned_size(int tile_rows, int window, T) const {
    return static_cast<std::size_t>(std::min(rows, (tile_rows - 1) * kTileOut + window)) *
           static_cast<std::size_t>(columns) * Simd<T>::lanes;
  }
};

/// Terms of the tiles in rows r0 … r1-1 of one sample's planes at x, one after another from tile number `first` on: by
/// Input from windows of x, or by OutputGrad from tiles of dy. A vector of channels at a time, points are turned into
/// rows of `turned` (see turned_size), so that windows are vectors wherever they begin.
template <class F, class T>
void to_terms(const Planes& p, const T* x, int r0, int r1, T* turned, const Terms& shape, int first, T* terms) {
  using S = Simd<T>;
  constexpr int n = F::in;
  const int y0 = std::max(0, r0 * kTileOut - p.padding);
  const int y1 = std::min(p.rows, (r1 - 1) * kTileOut - p.padding + n);
  const std::ptrdiff_t row = std::ptrdiff_t{p.columns} * S::lanes;
  alignas(64) T window[n * n * S::lanes];
  for (int c = 0; c < p.channels; c += S::lanes) {
    const int channels = std::min(S::lanes, p.channels - c);
    if (channels < S::lanes) std::fill_n(turned, (y1 - y0) * row, T(0));  // the lanes without a channel
    transpose(channels, (y1 - y0) * p.columns, x + c * p.points() + std::int64_t{y0} * p.columns, p.points(), turned,
              S::lanes);
    T* to = terms + std::ptrdiff_t{first} * shape.channels + c;
    for (int r = r0; r < r1; ++r)
      for (int t = 0; t < p.tile_columns; ++t, to += shape.channels) {
        const int y = r * kTileOut - p.padding, left = t * kTileOut - p.padding;
        Square<const T> from{window, n * S::lanes, S::lanes};
        if (y >= 0 && left >= 0 && y + n <= p.rows && left + n <= p.columns)
          from = {turned + (y - y0) * row + std::ptrdiff_t{left} * S::lanes, row, S::lanes};
        else
          for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) {
              const bool inside = y + i >= 0 && y + i < p.rows && left + j >= 0 && left + j < p.columns;
              S::store(window + (i * n + j) * S::lanes,
                       inside ? S::load(turned + (y + i - y0) * row + (left + j) * S::lanes) : typename S::V{});
            }
        transform<F>(from, Square<T>{to, kTileIn * shape.term, shape.term});
      }
  }
}

/// Of the terms of x and y that are handled at once: with those of the weights they fit the second-level cache.
inline constexpr std::int64_t kTermBytes = 640 << 10;
/// At least as many at once, so that the terms of the weights, which many channels make large, are read less often.
inline constexpr std::int64_t kFewestTiles = 32;

/// Samples b0 … b1-1, rows of tiles r0 … r1-1 of each.
struct UnitTiles {
  std::int64_t b0, b1;
  int r0, r1;
  int tiles;  // of a sample
  [[nodiscard]] int all() const { return static_cast<int>(b1 - b0) * tiles; }
};

/// Tiles that are handled at once: some rows of tiles of one sample, or some whole samples.
struct Units {
  int tile_rows, tile_columns;
  int samples, rows;  // of a unit; of tiles
  int chunks;         // units of a sample, where samples is 1
  std::int64_t count;
  [[nodiscard]] int tiles() const { return samples * rows * tile_columns; }
  [[nodiscard]] UnitTiles at(std::int64_t u, int batch) const {
    const std::int64_t b0 = u / chunks * samples;
    const int r0 = static_cast<int>(u % chunks) * rows, r1 = std::min(tile_rows, r0 + rows);
    return {b0, std::min<std::int64_t>(batch, b0 + samples), r0, r1, (r1 - r0) * tile_columns};
  }

  template <class T>
  static Units of(const ConvGeometry& g, std::int64_t fewest, T) {
    Units u{};
    u.tile_rows = (g.out_size[1] + kTileOut - 1) / kTileOut;
    u.tile_columns = (g.out_size[2] + kTileOut - 1) / kTileOut;
    const std::int64_t bytes =
        std::int64_t{kTerms} * (padded<T>(g.in) + padded<T>(g.out)) * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t fit = std::max(fewest, kTermBytes / bytes), sample = std::int64_t{u.tile_rows} * u.tile_columns;
    u.samples = static_cast<int>(std::clamp<std::int64_t>(fit / sample, 1, g.batch));
    u.rows = static_cast<int>(std::clamp<std::int64_t>(fit / u.tile_columns, 1, u.tile_rows));
    u.chunks = (u.tile_rows + u.rows - 1) / u.rows;
    u.rows = (u.tile_rows + u.chunks - 1) / u.chunks;
    u.chunks = (u.tile_rows + u.rows - 1) / u.rows;
    u.count = std::int64_t{(g.batch + u.samples - 1) / u.samples} * u.chunks;
    return u;
  }
};

/// y = conv(x, w) + bias (or null) where takes_winograd: w[o·out + i·in + tap], the taps backwards if `mirrored`, which
/// with geometry and strides exchanged is the gradient in the input.
template <class T>
void conv_winograd(Context& context, const ConvGeometry& g, const T* x, const T* w, std::ptrdiff_t out,
                   std::ptrdiff_t in, bool mirrored, const T* bias, T* y);

/// j.dw where takes_winograd.
template <class T>
void conv_winograd_weight_grad(Context& context, const ConvWeightGrad<T>& j);

}  // namespace fno::cpu
