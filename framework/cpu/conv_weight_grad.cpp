// The gradient of a convolution in its weights, from patches of the input: dw(out, in, tap) = Σ over samples and
// points.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/conv_patch.h"
#include "framework/cpu/conv_weight_tile.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/pointwise_weight_grad.h"
#include "framework/cpu/stream.h"
#include "framework/cpu/winograd.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kSumBytes = 320 << 10;    // of the part of dw that a unit adds up
constexpr int kUnits = 8;                        // as many at least, for as many threads
constexpr int kFewChannels = 16;                 // fewer in a unit do not pay for turning dy again
constexpr std::int64_t kPieceBytes = 128 << 10;  // of input, and of dy, that it goes through at a time

/// The work, cut from the problem alone: a unit owns some input channels and some samples. Units of other samples add
/// up apart, in a fixed order.
struct Plan {
  bool dot;              // vectors along points and not along output channels
  int vectors;           // of output channels, where they are the vectors
  int channels, pieces;  // input channels of a unit; parts they are cut into
  int groups;            // of samples
  int rows, chunks;      // output rows at a time; parts of an output slice
  std::size_t sum;       // elements that a unit adds up

  template <class T>
  static Plan of(const ConvGeometry& g, T) {
    constexpr int kLanes = Simd<T>::lanes;
    Plan p{};
    p.dot = g.out <= kLanes / 2;
    p.vectors = (g.out + kLanes - 1) / kLanes;
    const std::int64_t per_channel = std::int64_t{g.taps()} * (p.dot ? g.out : p.vectors) * kLanes;
    const auto size = static_cast<std::int64_t>(sizeof(T));
    const std::int64_t fit = std::max<std::int64_t>(1, kSumBytes / (per_channel * size));
    // Eight units if there is enough to do: first by channels, since units of other samples have sums of their own.
    p.pieces = static_cast<int>(std::max((g.in + fit - 1) / fit, std::min<std::int64_t>(kUnits, g.in / kFewChannels)));
    p.pieces = std::max(1, p.pieces);
    p.channels = (g.in + p.pieces - 1) / p.pieces;
    p.pieces = (g.in + p.channels - 1) / p.channels;
    p.groups = std::min(g.batch, (kUnits + p.pieces - 1) / p.pieces);
    p.sum = static_cast<std::size_t>(p.channels * per_channel);
    const Patch one = Patch::of(g, 1, T()), two = Patch::of(g, 2, T());
    const std::int64_t row = std::max((two.slab - one.slab) * p.channels, std::int64_t{g.out_size[2]} * g.out) * size;
    const std::int64_t most = std::clamp<std::int64_t>(kPieceBytes / std::max<std::int64_t>(1, row), 1, g.out_size[1]);
    p.chunks = static_cast<int>((g.out_size[1] + most - 1) / most);
    p.rows = (g.out_size[1] + p.chunks - 1) / p.chunks;
    p.chunks = (g.out_size[1] + p.rows - 1) / p.rows;
    return p;
  }
};

// Vectors of output channels go in groups of up to three, as even as they come.
struct Groups {
  int vectors, count;
  explicit Groups(int of) : vectors(of), count((of + kMaxTileVectors - 1) / kMaxTileVectors) {}
  [[nodiscard]] int begin(int k) const { return vectors * k / count; }
};

// dy (out, points) of some points → for each group of vectors (points, channels of the group), 0 past the last channel.
template <class T>
void turn(int out, const Groups& groups, const T* dy, std::int64_t dy_row, int points, T* to) {
  constexpr int kLanes = Simd<T>::lanes;
  for (int k = 0; k < groups.count; ++k) {
    const int first = groups.begin(k) * kLanes, width = (groups.begin(k + 1) - groups.begin(k)) * kLanes;
    const int channels = std::min(width, out - first);
    transpose(channels, points, dy + first * dy_row, dy_row, to, width);
    if (channels < width)
      for (int p = 0; p < points; ++p) std::fill_n(to + p * std::ptrdiff_t{width} + channels, width - channels, T(0));
    to += std::ptrdiff_t{width} * points;
  }
}

// sum (channel, tap; vector of output channels) += over the points of one patch.
template <class T>
void add_outer(const Patch& patch, const std::ptrdiff_t* offsets, int taps, int channels, const T* x, const T* turned,
               const Groups& groups, T* sum) {
  constexpr int kLanes = Simd<T>::lanes;
  const SumPoints points{patch.lines(), patch.width(), patch.step()};
  const std::ptrdiff_t pitch = std::ptrdiff_t{groups.vectors} * kLanes;
  for (int k = 0; k < groups.count; ++k) {
    const int v0 = groups.begin(k), vectors = groups.begin(k + 1) - v0;
    const int all = channels * taps, most = outer_tile_rows(vectors), tiles = (all + most - 1) / most;
    for (int n = 0; n < tiles; ++n) {
      const int r0 = static_cast<int>(std::int64_t{all} * n / tiles),
                rows = static_cast<int>(std::int64_t{all} * (n + 1) / tiles) - r0;
      const T* row[outer_tile_rows(1)];
      for (int r = 0; r < rows; ++r) row[r] = x + (r0 + r) / taps * patch.slab + offsets[(r0 + r) % taps];
      outer_tile_for<T>(rows, vectors)(points, row, turned, sum + r0 * pitch + v0 * kLanes, pitch);
    }
    turned += std::ptrdiff_t{vectors} * kLanes * points.lines * points.width;
  }
}

// sum (channel, tap; output channel; lane) += over the points of one patch.
template <class T>
void add_dot(const Patch& patch, const std::ptrdiff_t* offsets, int taps, int channels, const T* x, const T* dy,
             std::int64_t dy_row, int out, T* sum) {
  constexpr int kLanes = Simd<T>::lanes, kRows = tile_rows(kMaxTileVectors);
  const SumPoints points{patch.lines(), patch.width(), patch.step()};
  const int all = channels * taps, blocks = (out + kRows - 1) / kRows;
  for (int b = 0; b < blocks; ++b) {
    const int o0 = out * b / blocks, rows = out * (b + 1) / blocks - o0;
    for (int c0 = 0; c0 < all; c0 += kMaxTileVectors) {
      const int columns = std::min(kMaxTileVectors, all - c0);
      const T* column[kMaxTileVectors];
      for (int c = 0; c < columns; ++c) column[c] = x + (c0 + c) / taps * patch.slab + offsets[(c0 + c) % taps];
      dot_tile_for<T>(rows, columns)(points, column, dy + o0 * dy_row, dy_row,
                                     sum + (std::ptrdiff_t{c0} * out + o0) * kLanes, out);
    }
  }
}

template <class T>
void pointwise(Context& context, const ConvWeightGrad<T>& j) {
  const PointwiseWeightGrad<T> grad(context, j);
  const std::int64_t points = j.g.points();
  context.parallel_with_scratch<T>(
      grad.units(), 1, grad.scratch(j.g.out), [&](std::int64_t first, std::int64_t last, T* scratch) {
        for (std::int64_t u = first; u < last; ++u)
          grad.run(u, 0, j.g.out, j.dy + u / grad.pieces() * j.g.out * points, points, scratch);
      });
  grad.finish();
}

}  // namespace

template <class T>
void execute(Context& context, const ConvWeightGrad<T>& j) {
  constexpr int kLanes = Simd<T>::lanes;
  const ConvGeometry& g = j.g;
  if (takes_winograd(g)) return conv_winograd_weight_grad(context, j);
  if (PointwiseWeightGrad<T>::takes(g)) return pointwise(context, j);
  const int taps = g.taps();
  const Plan plan = Plan::of(g, T());
  const Groups groups(plan.vectors);
  Patch whole = Patch::of(g, plan.rows, T()), rest = Patch::of(g, g.out_size[1] - (plan.chunks - 1) * plan.rows, T());
  const bool in_place = readable_in_place(g, T());  // the tiles read nothing but the points they sum over
  if (in_place) whole.slab = rest.slab = g.points();
  const Scratch<std::ptrdiff_t> offsets(context.memory(), 2 * static_cast<std::size_t>(taps));
  for (int t = 0; t < taps; ++t) {
    offsets.data()[t] = whole.offset(t);
    offsets.data()[taps + t] = rest.offset(t);
  }
  const Scratch<T> sums(context.memory(), plan.sum * static_cast<std::size_t>(plan.pieces * plan.groups));
  const std::int64_t points = g.out_points();
  const std::size_t patch_size = in_place ? 0 : whole.size(plan.channels, T());
  const std::size_t turned_size = plan.dot ? 0 : std::size_t(plan.rows) * g.out_size[2] * plan.vectors * kLanes;
  context.parallel_with_scratch<T>(
      std::int64_t{plan.pieces} * plan.groups, 1, patch_size + turned_size,
      [&](std::int64_t first, std::int64_t last, T* patch) {
        T* turned = patch + patch_size;
        for (std::int64_t u = first; u < last; ++u) {
          const int piece = static_cast<int>(u / plan.groups), group = static_cast<int>(u % plan.groups);
          const int i0 = piece * plan.channels, channels = std::min(plan.channels, g.in - i0);
          T* sum = sums.data() + static_cast<std::size_t>(u) * plan.sum;
          std::fill_n(sum, plan.sum, T(0));
          for (int b = g.batch * group / plan.groups; b < g.batch * (group + 1) / plan.groups; ++b)
            for (int z = 0; z < g.out_size[0]; ++z)
              for (int c = 0; c < plan.chunks; ++c) {
                const bool is_rest = c == plan.chunks - 1;
                const Patch& p = is_rest ? rest : whole;
                const std::ptrdiff_t* offset = offsets.data() + (is_rest ? taps : 0);
                const std::int64_t start = (std::int64_t{z} * g.out_size[1] + c * plan.rows) * g.out_size[2];
                const T *dy = j.dy + std::int64_t{b} * g.out * points + start,
                        *sample = j.x + (std::int64_t{b} * g.in + i0) * g.points(), *x = patch;
                for (int o = 0; o < g.out; ++o) touch(dy + o * points, p.rows * g.out_size[2]);
                if (in_place) {
                  x = sample + start;
                  for (int i = 0; i < channels; ++i) touch(x + i * points, p.rows * g.out_size[2]);
                }
                if (!in_place) p.fill(sample, channels, z, c * plan.rows, patch);
                if (plan.dot) {
                  add_dot(p, offset, taps, channels, x, dy, points, g.out, sum);
                } else {
                  turn(g.out, groups, dy, points, p.rows * g.out_size[2], turned);
                  add_outer(p, offset, taps, channels, x, turned, groups, sum);
                }
              }
        }
      });
  // Groups of samples one after the other into the first, then to (out, in, tap).
  context.parallel(g.in, 1 + 32768 / (taps * g.out * plan.groups + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t piece = i / plan.channels;
      const std::int64_t size = std::int64_t{taps} * (plan.dot ? g.out : plan.vectors) * kLanes;
      T* sum =
          sums.data() + static_cast<std::size_t>(piece * plan.groups) * plan.sum + (i - piece * plan.channels) * size;
      for (int group = 1; group < plan.groups; ++group) {
        const T* more = sum + static_cast<std::size_t>(group) * plan.sum;
        for (std::int64_t k = 0; k < size; k += kLanes)
          Simd<T>::store(sum + k, Simd<T>::load(sum + k) + Simd<T>::load(more + k));
      }
      T* dw = j.dw + i * taps;
      const std::ptrdiff_t dw_row = std::ptrdiff_t{g.in} * taps;
      if (!plan.dot) {
        transpose(taps, g.out, sum, std::ptrdiff_t{plan.vectors} * kLanes, dw, dw_row);
        continue;
      }
      for (int t = 0; t < taps; ++t)
        for (int o = 0; o < g.out; ++o)
          dw[o * dw_row + t] = Simd<T>::sum(Simd<T>::load(sum + (std::ptrdiff_t{t} * g.out + o) * kLanes));
    }
  });
}

FNO_INSTANTIATE(ConvWeightGrad);

}  // namespace fno::cpu
