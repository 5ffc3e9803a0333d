// Convolution as matrix products over the unfolded input, made block by block in the cache.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/im2col.h"

namespace fno::cpu {
namespace {

constexpr int kColumns = 192;  // output points of a block
constexpr int kDepth =
    288;  // rows (channel, tap) of a block: with kColumns 216 KB of floats, within a second-level cache

// y (Co, points) of one block of points of one sample; w (Co, rows) with any strides.
template <class T>
void conv_block(const ConvGeometry& g, const T* x, const T* w, std::ptrdiff_t w_row, std::ptrdiff_t w_col,
                const T* bias, T* y, std::int64_t p0, int count, T* block) {
  const int rows = g.in * g.taps();
  const std::int64_t points = g.out_points();
  for (int o = 0; o < g.out; ++o) std::fill_n(y + o * points + p0, count, bias ? bias[o] : T(0));
  for (int r0 = 0; r0 < rows; r0 += kDepth) {
    const int r1 = std::min(rows, r0 + kDepth);
    const Columns<T> c = columns_of(g, x, r0, r1, p0, count, block, kColumns);
    gemm(g.out, count, r1 - r0, w + r0 * w_col, w_row, w_col, c.rows, c.pitch, y + p0, points, true);
  }
}

template <class T>
void conv_all(Context& context, const ConvGeometry& g, const T* x, const T* w, std::ptrdiff_t w_row,
              std::ptrdiff_t w_col, const T* bias, T* y) {
  const std::int64_t points = g.out_points(), blocks = (points + kColumns - 1) / kColumns;
  const std::int64_t work = std::int64_t{g.out} * g.in * g.taps() * std::min<std::int64_t>(points, kColumns);
  context.parallel_with_scratch<T>(g.batch * blocks, 1 + 100000 / (work + 1), std::size_t(kDepth) * kColumns,
                                   [&](std::int64_t first, std::int64_t last, T* block) {
                                     for (std::int64_t u = first; u < last; ++u) {
                                       const std::int64_t b = u / blocks, p0 = u % blocks * kColumns;
                                       conv_block(
                                           g, x + b * g.in * g.points(), w, w_row, w_col, bias, y + b * g.out * points,
                                           p0, static_cast<int>(std::min<std::int64_t>(kColumns, points - p0)), block);
                                     }
                                   });
}

bool is_unit_stride(const ConvGeometry& g) { return g.stride[0] == 1 && g.stride[1] == 1 && g.stride[2] == 1; }

// With stride 1 the input gradient is a convolution of dy with the mirrored, transposed kernel.
ConvGeometry mirrored(const ConvGeometry& g) {
  ConvGeometry m = g;
  std::swap(m.in, m.out);
  for (int axis = 0; axis < kGridAxes; ++axis) {
    std::swap(m.size[axis], m.out_size[axis]);
    m.padding[axis] = g.kernel[axis] - 1 - g.padding[axis];
  }
  return m;
}

template <class T>
void mirror_weights(const ConvGeometry& g, const T* w, T* to) {  // (Co, Ci, taps) → (Ci, Co, taps reversed)
  const int taps = g.taps();
  for (int i = 0; i < g.in; ++i)
    for (int o = 0; o < g.out; ++o)
      for (int t = 0; t < taps; ++t)
        to[(std::int64_t{i} * g.out + o) * taps + t] = w[(std::int64_t{o} * g.in + i) * taps + taps - 1 - t];
}

}  // namespace

template <class T>
void execute(Context& context, const Conv<T>& j) {
  conv_all(context, j.g, j.x, j.w, std::int64_t{j.g.in} * j.g.taps(), 1, j.bias, j.y);
}

template <class T>
void execute(Context& context, const ConvInputGrad<T>& j) {
  const ConvGeometry& g = j.g;
  const int taps = g.taps();
  if (is_pointwise(g)) {
    // 1x1: the transposed weights are the same memory with its strides swapped.
    conv_all(context, mirrored(g), j.dy, j.w, 1, g.in, j.bias, j.dx);
    return;
  }
  if (is_unit_stride(g)) {
    Scratch<T> w(context.memory(), std::size_t(g.in) * g.out * taps);
    mirror_weights(g, j.w, w.data());
    conv_all(context, mirrored(g), j.dy, w.data(), std::int64_t{g.out} * taps, 1, j.bias, j.dx);
    return;
  }
  // Strided: columns = wᵀ·dy, added back where they came from. A unit is a sample and a piece of its channels.
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
          for (int i = i0; i < i1; ++i) std::fill_n(dx + i * g.points(), g.points(), j.bias ? j.bias[i] : T(0));
          for (std::int64_t p0 = 0; p0 < points; p0 += kColumns) {
            const int count = static_cast<int>(std::min<std::int64_t>(kColumns, points - p0));
            for (int o = 0; o < g.out; ++o)
              std::copy_n(j.dy + (b * g.out + o) * points + p0, count, dy + std::int64_t{o} * kColumns);
            gemm((i1 - i0) * taps, count, g.out, j.w + std::int64_t{i0} * taps, 1, std::int64_t{g.in} * taps, dy,
                 kColumns, columns, kColumns, false);
            fold(g, columns, kColumns, i0 * taps, i1 * taps, p0, count, dx);
          }
        }
      });
}

template <class T>
void execute(Context& context, const ConvWeightGrad<T>& j) {
  // dwᵀ (rows, Co) = Σ_b unfolded x (rows, points) · dyᵀ (points, Co). dy is turned once; a unit owns some channels of
  // x and walks the whole batch, so every element is summed in one order, and nothing is added across threads.
  const ConvGeometry& g = j.g;
  const int taps = g.taps();
  const std::int64_t points = g.out_points();
  Scratch<T> dy_t(context.memory(), static_cast<std::size_t>(g.batch * points * g.out));
  constexpr int kTurn = 512;
  const std::int64_t pieces = (points + kTurn - 1) / kTurn;
  context.parallel(g.batch * pieces, 1 + 32768 / (kTurn * g.out), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t u = first; u < last; ++u) {
      const std::int64_t b = u / pieces, p0 = u % pieces * kTurn;
      transpose(g.out, static_cast<int>(std::min<std::int64_t>(kTurn, points - p0)), j.dy + b * g.out * points + p0,
                points, dy_t.data() + (b * points + p0) * g.out, g.out);
    }
  });
  const int piece = std::max(1, 36 / taps), units = (g.in + piece - 1) / piece;
  const std::size_t columns_size = std::size_t(piece) * taps * kColumns;
  context.parallel_with_scratch<T>(
      units, 1, columns_size + std::size_t(piece) * taps * g.out,
      [&](std::int64_t first, std::int64_t last, T* columns) {
        T* sum = columns + columns_size;
        for (std::int64_t u = first; u < last; ++u) {
          const int i0 = static_cast<int>(u) * piece, i1 = std::min(g.in, i0 + piece), rows = (i1 - i0) * taps;
          std::fill_n(sum, std::int64_t{rows} * g.out, T(0));
          for (std::int64_t b = 0; b < g.batch; ++b)
            for (std::int64_t p0 = 0; p0 < points; p0 += kColumns) {
              const int count = static_cast<int>(std::min<std::int64_t>(kColumns, points - p0));
              const Columns<T> c =
                  columns_of(g, j.x + b * g.in * g.points(), i0 * taps, i1 * taps, p0, count, columns, kColumns);
              gemm(rows, g.out, count, c.rows, c.pitch, 1, dy_t.data() + (b * points + p0) * g.out, g.out, sum, g.out,
                   true);
            }
          transpose(rows, g.out, sum, g.out, j.dw + std::int64_t{i0} * taps, std::int64_t{g.in} * taps);
        }
      });
}

template <class T>
void execute(Context& context, const ChannelSum<T>& j) {
  context.parallel(j.channels, 1 + 16384 / (j.batch * j.points + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t c = first; c < last; ++c) {
      double total = 0;
      for (std::int64_t b = 0; b < j.batch; ++b) {
        const T* x = j.x + (b * j.channels + c) * j.points;
        double part[8] = {};
        std::int64_t p = 0;
        for (; p + 8 <= j.points; p += 8)
          for (int w = 0; w < 8; ++w) part[w] += static_cast<double>(x[p + w]);
        for (; p < j.points; ++p) part[0] += static_cast<double>(x[p]);
        total += ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
      }
      j.sum[c] = static_cast<T>(total);
    }
  });
}

template void execute(Context&, const Conv<float>&);
template void execute(Context&, const Conv<double>&);
template void execute(Context&, const ConvInputGrad<float>&);
template void execute(Context&, const ConvInputGrad<double>&);
template void execute(Context&, const ConvWeightGrad<float>&);
template void execute(Context&, const ConvWeightGrad<double>&);
template void execute(Context&, const ChannelSum<float>&);
template void execute(Context&, const ChannelSum<double>&);

}  // namespace fno::cpu
