// The gradient of a 3x3 convolution in its weights by Winograd's minimal filtering: for each of the 36 terms the
// product of those of x and of dy, summed over tiles and samples, then back to the 9 taps.
#include "framework/cpu/winograd.h"

namespace fno::cpu {
namespace {

constexpr int kPieceChannels = 64;  // input channels of a unit that pay for transforming dy again
constexpr int kUnits = 8;           // as many at least, for as many threads
constexpr int kGroupTiles = 64;     // fewer do not pay for sums of their own

/// The work, cut from the problem alone: a piece of the input channels and a group of neighbouring Units. Groups add up
/// apart, in a fixed order.
struct Plan {
  int channels, pieces, groups;
  Terms sums;  // of a unit: rows are input channels
  template <class T>
  static Plan of(const ConvGeometry& g, const Units& units, T) {
    Plan p{};
    p.pieces = std::clamp(g.in / kPieceChannels, 1, kUnits);
    p.channels = padded<T>((g.in + p.pieces - 1) / p.pieces);
    p.pieces = (g.in + p.channels - 1) / p.channels;
    const std::int64_t most = std::int64_t{g.batch} * units.tile_rows * units.tile_columns / kGroupTiles;
    p.groups = static_cast<int>(
        std::clamp<std::int64_t>(std::min<std::int64_t>(most, units.count), 1, (kUnits + p.pieces - 1) / p.pieces));
    p.sums = Terms::of(g.out, p.channels, T());
    return p;
  }
};

// The sums of all groups, group after group, then Gᵀ to the taps.
template <class T>
void kernel_grad(Context& context, const ConvGeometry& g, const Plan& plan, const T* sums, T* dw) {
  using S = Simd<T>;
  const std::ptrdiff_t group_step = static_cast<std::ptrdiff_t>(plan.sums.size());
  context.parallel(
      std::int64_t{g.in} * (plan.sums.channels / S::lanes), 64, [&](std::int64_t first, std::int64_t last) {
        alignas(64) T terms[kTerms * S::lanes], taps[9 * S::lanes];
        for (std::int64_t u = first; u < last; ++u) {
          const std::int64_t i = u % g.in, o = u / g.in * S::lanes;
          const T* from =
              sums + i / plan.channels * plan.groups * group_step + i % plan.channels * plan.sums.channels + o;
          for (int k = 0; k < kTerms; ++k) {
            auto sum = S::load(from + k * plan.sums.term);
            for (int group = 1; group < plan.groups; ++group)
              sum += S::load(from + k * plan.sums.term + group * group_step);
            S::store(terms + k * S::lanes, sum);
          }
          transform<typename Winograd<T>::KernelGrad>(Square<const T>{terms, kTileIn * S::lanes, S::lanes},
                                                      Square<T>{taps, 3 * S::lanes, S::lanes});
          transpose(9, static_cast<int>(std::min<std::int64_t>(S::lanes, g.out - o)), taps, S::lanes,
                    dw + (o * g.in + i) * 9, std::ptrdiff_t{g.in} * 9);
        }
      });
}

}  // namespace

template <class T>
void conv_winograd_weight_grad(Context& context, const ConvWeightGrad<T>& j) {
  const ConvGeometry& g = j.g;
  const Units units = Units::of(g, kFewestTiles, T());
  const Plan plan = Plan::of(g, units, T());
  const Planes of_dy{g.out, g.out_size[1], g.out_size[2], 0, units.tile_columns};
  const Terms x_terms = Terms::of(plan.channels, units.tiles(), T()), dy_terms = Terms::of(g.out, units.tiles(), T());
  const Scratch<T> sums(context.memory(), plan.sums.size() * static_cast<std::size_t>(plan.pieces * plan.groups));
  Planes of_x{plan.channels, g.size[1], g.size[2], g.padding[1], units.tile_columns};
  const std::size_t turned =
      std::max(of_x.turned_size(units.rows, kTileIn, T()), of_dy.turned_size(units.rows, kTileOut, T()));
  context.parallel_with_scratch<T>(
      std::int64_t{plan.pieces} * plan.groups, 1, x_terms.size() + dy_terms.size() + turned,
      [&](std::int64_t begin, std::int64_t end, T* scratch) {
        T *xs = scratch, *dys = xs + x_terms.size(), *rows = dys + dy_terms.size();
        for (std::int64_t unit = begin; unit < end; ++unit) {
          const int i0 = static_cast<int>(unit / plan.groups) * plan.channels;
          const std::int64_t group = unit % plan.groups;
          T* sum = sums.data() + static_cast<std::size_t>(unit) * plan.sums.size();
          Planes x_planes = of_x;
          x_planes.channels = std::min(plan.channels, g.in - i0);
          const std::int64_t u0 = units.count * group / plan.groups, u1 = units.count * (group + 1) / plan.groups;
          for (std::int64_t u = u0; u < u1; ++u) {
            const UnitTiles at = units.at(u, g.batch);
            for (std::int64_t b = at.b0; b < at.b1; ++b) {
              const int tile = static_cast<int>(b - at.b0) * at.tiles;
              to_terms<typename Winograd<T>::Input>(x_planes, j.x + (b * g.in + i0) * x_planes.points(), at.r0, at.r1,
                                                    rows, x_terms, tile, xs);
              to_terms<typename Winograd<T>::OutputGrad>(of_dy, j.dy + b * g.out * of_dy.points(), at.r0, at.r1, rows,
                                                         dy_terms, tile, dys);
            }
            for (int k = 0; k < kTerms; ++k) {
              const T *a = xs + k * x_terms.term, *c = dys + k * dy_terms.term;
              T* to = sum + k * plan.sums.term;
              if (u == u0)
                gemm(x_planes.channels, dy_terms.channels, at.all(), a, 1, x_terms.channels, c, dy_terms.channels, to,
                     plan.sums.channels, false);
              else
                gemm_add(x_planes.channels, dy_terms.channels, at.all(), a, 1, x_terms.channels, c, dy_terms.channels,
                         to, plan.sums.channels);
            }
          }
        }
      });
  kernel_grad(context, g, plan, sums.data(), j.dw);
}

template void conv_winograd_weight_grad(Context&, const ConvWeightGrad<float>&);
template void conv_winograd_weight_grad(Context&, const ConvWeightGrad<double>&);

}  // namespace fno::cpu
