// Convolution straight from a copy of the input with its borders, in register tiles; 1-wide kernels as matrix products,
// 3x3 kernels of many channels by Winograd's filtering.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/conv_fold.h"
#include "framework/cpu/conv_patch.h"
#include "framework/cpu/conv_tile.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/plane_sum.h"
#include "framework/cpu/pointwise_conv.h"
#include "framework/cpu/winograd.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kPatchBytes = 256 << 10;  // of a unit of work: its patch stays in the second-level cache

/// How the output channels and the sum are cut into tiles, and where a tile finds its weights: (piece of the sum, block
/// of channels) after one another, each in the order in which conv_tile reads.
struct Cut {
  int out, in, taps;
  int vectors, blocks;  // of a tile; of output channels
  int piece, pieces;    // input channels of a part of the sum; parts
  Cut(int out_channels, int in_channels, int kernel, int most_vectors)
      : out(out_channels),
        in(in_channels),
        taps(kernel),
        vectors(std::min(most_vectors, kMaxTileVectors)),
        blocks((out + tile_rows(vectors) - 1) / tile_rows(vectors)),
        piece(std::max(1, kDepth / taps)),
        pieces((in + piece - 1) / piece) {}
  [[nodiscard]] int block_begin(int b) const { return static_cast<int>(std::int64_t{out} * b / blocks); }
  [[nodiscard]] int piece_begin(int p) const { return static_cast<int>(std::int64_t{in} * p / pieces); }
  [[nodiscard]] std::int64_t weights_of(int p, int b) const {
    const std::int64_t begin = piece_begin(p), channels = piece_begin(p + 1) - begin;
    return taps * (begin * out + channels * block_begin(b));
  }
};

template <class T>
void pack_weights(Context& context, const Cut& cut, const Weights<T>& from, T* to) {
  context.parallel(cut.pieces * cut.blocks, 4, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t u = first; u < last; ++u) {
      const int p = static_cast<int>(u / cut.blocks), b = static_cast<int>(u % cut.blocks);
      const int o0 = cut.block_begin(b), rows = cut.block_begin(b + 1) - o0;
      T* block = to + cut.weights_of(p, b);
      for (int i = cut.piece_begin(p); i < cut.piece_begin(p + 1); ++i, block += cut.taps * rows)
        for (int r = 0; r < rows; ++r) {
          const T* w = from.w + (o0 + r) * from.out + i * from.in;
          for (int t = 0; t < cut.taps; ++t) block[t * rows + r] = w[t * from.tap];
        }
    }
  });
}

// All output channels of the points of one patch; y is the first of these points in channel 0.
template <class T>
void conv_patch(const Cut& cut, const Patch& patch, const std::ptrdiff_t* offsets, const T* x, const T* weights,
                const T* bias, T* y, std::ptrdiff_t y_row) {
  constexpr int kLanes = Simd<T>::lanes;
  const int per_line = (patch.width() + kLanes - 1) / kLanes, count = patch.lines() * per_line;
  const int strips = (count + cut.vectors - 1) / cut.vectors;
  for (int p = 0; p < cut.pieces; ++p) {
    const int i0 = cut.piece_begin(p);
    const TileTaps taps{cut.piece_begin(p + 1) - i0, cut.taps, offsets, patch.slab};
    for (int s = 0; s < strips; ++s) {
      const int v0 = count * s / strips, vectors = count * (s + 1) / strips - v0;
      TilePoints<T> at{};
      for (int v = 0; v < vectors; ++v) {
        const int line = (v0 + v) / per_line, start = (v0 + v) % per_line * kLanes;
        at.x[v] = x + i0 * patch.slab + line * patch.step() + start;
        at.y[v] = y + std::ptrdiff_t{line} * patch.width() + start;
        at.width[v] = std::min(kLanes, patch.width() - start);
      }
      for (int b = 0; b < cut.blocks; ++b) {
        const int o0 = cut.block_begin(b), rows = cut.block_begin(b + 1) - o0;
        TilePoints<T> block = at;
        for (int v = 0; v < vectors; ++v) block.y[v] += o0 * y_row;
        conv_tile_for<T>(rows, vectors)(taps, weights + cut.weights_of(p, b), block, y_row,
                                        p == 0 ? bias + o0 : nullptr);
      }
    }
  }
}

// Output rows of a unit: few enough for the cache, and at least eight units if the batch does not give as many.
template <class T>
int rows_of_patch(const ConvGeometry& g) {
  const Patch one = Patch::of(g, 1, T()), two = Patch::of(g, 2, T());
  const std::int64_t bytes = std::int64_t{g.in} * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t more = std::max<std::int64_t>(1, (two.slab - one.slab) * bytes);
  const std::int64_t fit = 1 + std::max<std::int64_t>(0, kPatchBytes - one.slab * bytes) / more;
  const std::int64_t units = std::int64_t{g.batch} * g.out_size[0], apart = units >= 8 ? 1 : (8 + units - 1) / units;
  const std::int64_t most = std::min(fit, (g.out_size[1] + apart - 1) / apart);
  const std::int64_t chunks = (g.out_size[1] + most - 1) / most;
  return static_cast<int>((g.out_size[1] + chunks - 1) / chunks);
}

template <class T>
void conv_all(Context& context, const ConvGeometry& g, const T* x, const Weights<T>& w, const T* bias, T* y) {
  const int most_rows = rows_of_patch<T>(g), chunks = (g.out_size[1] + most_rows - 1) / most_rows;
  const Patch whole = Patch::of(g, most_rows, T());
  constexpr int kLanes = Simd<T>::lanes;
  const int vectors = (whole.width() + kLanes - 1) / kLanes * whole.lines();
  const Cut cut(g.out, g.in, g.taps(), vectors == 4 ? 2 : vectors);
  const std::size_t weights_size = static_cast<std::size_t>(g.out) * g.in * g.taps();
  const Scratch<T> weights(context.memory(), weights_size + static_cast<std::size_t>(g.out));
  const Scratch<std::ptrdiff_t> offsets(context.memory(), 2 * static_cast<std::size_t>(g.taps()));
  pack_weights(context, cut, w, weights.data());
  T* start = weights.data() + weights_size;
  if (bias)
    std::copy_n(bias, g.out, start);
  else
    std::fill_n(start, g.out, T(0));

  // The last unit of a slice may have fewer rows, and then other distances between copies.
  const int last_rows = g.out_size[1] - (chunks - 1) * most_rows;
  const Patch rest = Patch::of(g, last_rows, T());
  for (int t = 0; t < g.taps(); ++t) {
    offsets.data()[t] = whole.offset(t);
    offsets.data()[g.taps() + t] = rest.offset(t);
  }
  const std::int64_t points = g.out_points(), row = g.out_size[2];
  const std::int64_t work = std::int64_t{g.out} * g.in * g.taps() * most_rows * row;
  const std::int64_t per_sample = std::int64_t{g.out_size[0]} * chunks;
  context.parallel_with_scratch<T>(
      g.batch * per_sample, 1 + 100000 / (work + 1), whole.size(g.in, T()),
      [&](std::int64_t first, std::int64_t last, T* patch) {
        for (std::int64_t u = first; u < last; ++u) {
          const std::int64_t b = u / per_sample, z = u % per_sample / chunks, chunk = u % chunks;
          const bool is_rest = chunk == chunks - 1;
          const Patch& p = is_rest ? rest : whole;
          const std::int64_t y0 = chunk * most_rows;
          p.fill(x + b * g.in * g.points(), g.in, static_cast<int>(z), static_cast<int>(y0), patch);
          conv_patch(cut, p, offsets.data() + (is_rest ? g.taps() : 0), patch, weights.data(), start,
                     y + b * g.out * points + (z * g.out_size[1] + y0) * row, points);
        }
      });
}

template <class T>
void conv_pointwise(Context& context, const ConvGeometry& g, const T* x, const Weights<T>& w, const T* bias, T* y) {
  const PointwiseConv<T> conv{g, x, w, bias, y};
  context.parallel_with_scratch<T>(conv.units(), conv.grain(), conv.scratch(),
                                   [&](std::int64_t first, std::int64_t last, T* scratch) {
                                     conv.run(first, last, y, g.out_points(), g.out * g.out_points(), scratch);
                                   });
}

bool is_unit_stride(const ConvGeometry& g) { return g.stride[0] == 1 && g.stride[1] == 1 && g.stride[2] == 1; }

}  // namespace

template <class T>
void execute(Context& context, const Conv<T>& j) {
  const ConvGeometry& g = j.g;
  const Weights<T> w = Weights<T>::of(g, j.w);
  if (is_pointwise(g))
    conv_pointwise(context, g, j.x, w, j.bias, j.y);
  else if (takes_winograd(g))
    conv_winograd(context, g, j.x, j.w, w.out, w.in, false, j.bias, j.y);
  else
    conv_all(context, g, j.x, w, j.bias, j.y);
}

template <class T>
void execute(Context& context, const ConvInputGrad<T>& j) {
  const ConvGeometry& g = j.g;
  const int taps = g.taps();
  if (is_unit_stride(g)) {
    const Weights<T> w = Weights<T>::mirrored(g, j.w);
    if (is_pointwise(g))
      conv_pointwise(context, mirrored(g), j.dy, w, j.bias, j.dx);
    else if (takes_winograd(mirrored(g)))
      conv_winograd(context, mirrored(g), j.dy, j.w, w.out, w.in, true, j.bias, j.dx);
    else
      conv_all(context, mirrored(g), j.dy, w, j.bias, j.dx);
    return;
  }
  // Strided: columns = wᵀ·dy, put or added where they came from. A unit is a sample and a piece of its channels.
  constexpr int kColumns = 192;
  const std::int64_t points = g.out_points();
  const int piece = std::max(1, kDepth / taps), pieces = (g.in + piece - 1) / piece;
  const std::size_t columns_size = std::size_t(piece) * taps * kColumns;
  context.parallel_with_scratch<T>(
      std::int64_t{g.batch} * pieces, 1, columns_size + std::size_t(g.out) * kColumns,
      [&](std::int64_t first, std::int64_t last, T* columns) {
        T* dy = columns + columns_size;
        for (std::int64_t u = first; u < last; ++u) {
          const std::int64_t b = u / pieces;
          const int i0 = static_cast<int>(u % pieces) * piece, i1 = std::min(g.in, i0 + piece);
          T* dx = j.dx + b * g.in * g.points();
          if (!is_tiling(g))
            for (int i = i0; i < i1; ++i) std::fill_n(dx + i * g.points(), g.points(), j.bias ? j.bias[i] : T(0));
          for (std::int64_t p0 = 0; p0 < points; p0 += kColumns) {
            const int count = static_cast<int>(std::min<std::int64_t>(kColumns, points - p0));
            for (int o = 0; o < g.out; ++o)
              std::copy_n(j.dy + (b * g.out + o) * points + p0, count, dy + std::int64_t{o} * kColumns);
            gemm((i1 - i0) * taps, count, g.out, j.w + std::int64_t{i0} * taps, 1, std::int64_t{g.in} * taps, dy,
                 kColumns, columns, kColumns, false);
            if (is_tiling(g))
              place(g, columns, kColumns, i0, i1, p0, count, j.bias, dx);
            else
              fold(g, columns, kColumns, i0 * taps, i1 * taps, p0, count, dx);
          }
        }
      });
}

template <class T>
void execute(Context& context, const ChannelSum<T>& j) {
  context.parallel(j.channels, 1 + 16384 / (j.batch * j.points + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t c = first; c < last; ++c) {
      double total = 0;
      for (std::int64_t b = 0; b < j.batch; ++b) {
        total += plane_sum(j.x + (b * j.channels + c) * j.points, j.points);
      }
      j.sum[c] = static_cast<T>(total);
    }
  });
}

FNO_INSTANTIATE(Conv);
FNO_INSTANTIATE(ConvInputGrad);
FNO_INSTANTIATE(ChannelSum);

}  // namespace fno::cpu
