// 3x3 convolutions by Winograd's minimal filtering: inputs and weights to 36 terms, a matrix product for each, and
// back.
#include "framework/cpu/winograd.h"

namespace fno::cpu {
namespace {

constexpr int kSum = 32;  // input channels that are summed up apart: rounding does not grow with more of them

// G w Gᵀ, by terms: (in, padded out).
template <class T>
void kernel_terms(Context& context, const ConvGeometry& g, const T* w, std::ptrdiff_t out, std::ptrdiff_t in,
                  bool mirrored, const Terms& shape, T* terms) {
  using S = Simd<T>;
  const int blocks = shape.channels / S::lanes;
  context.parallel(std::int64_t{g.in} * blocks, 64, [&](std::int64_t first, std::int64_t last) {
    alignas(64) T turned[9 * S::lanes] = {};
    for (std::int64_t u = first; u < last; ++u) {
      const std::int64_t i = u / blocks, o = u % blocks * S::lanes;
      const int channels = static_cast<int>(std::min<std::int64_t>(S::lanes, g.out - o));
      if (channels < S::lanes) std::fill_n(turned, 9 * S::lanes, T(0));
      transpose(channels, 9, w + o * out + i * in, out, turned, S::lanes);
      const std::ptrdiff_t step = mirrored ? -S::lanes : S::lanes;
      transform<typename Winograd<T>::Kernel>(
          Square<const T>{mirrored ? turned + 8 * S::lanes : turned, 3 * step, step},
          Square<T>{terms + i * shape.channels + o, kTileIn * shape.term, shape.term});
    }
  });
}

// Rows of tiles r0 … r1-1 of a sample, from its terms to its output planes.
template <class T>
void from_terms(const Planes& p, const Terms& shape, int first, const T* terms, int r0, int r1, const T* bias,
                T* turned, T* y) {
  using S = Simd<T>;
  const int y0 = r0 * kTileOut, y1 = std::min(p.rows, r1 * kTileOut);
  const std::ptrdiff_t row = std::ptrdiff_t{p.columns} * S::lanes;
  alignas(64) T tile[kTileOut * kTileOut * S::lanes];
  for (int c = 0; c < p.channels; c += S::lanes) {
    const auto start = S::load(bias + c);
    const T* from = terms + std::ptrdiff_t{first} * shape.channels + c;
    T* out = y + c * p.points() + std::int64_t{y0} * p.columns;
    const std::int64_t points = std::int64_t{y1 - y0} * p.columns;
    const int channels = std::min(S::lanes, p.channels - c);
    for (int r = r0; r < r1; ++r)
      for (int t = 0; t < p.tile_columns; ++t, from += shape.channels) {
        const int height = std::min(kTileOut, p.rows - r * kTileOut),
                  width = std::min(kTileOut, p.columns - t * kTileOut);
        T* at = turned + (r - r0) * kTileOut * row + std::ptrdiff_t{t} * kTileOut * S::lanes;
        const bool whole = height == kTileOut && width == kTileOut;
        const Square<T> to = whole ? Square<T>{at, row, S::lanes} : Square<T>{tile, kTileOut * S::lanes, S::lanes};
        transform<typename Winograd<T>::Output>(Square<const T>{from, kTileIn * shape.term, shape.term}, to, start);
        if (!whole)
          for (int i = 0; i < height; ++i) std::copy_n(tile + i * kTileOut * S::lanes, width * S::lanes, at + i * row);
      }
    transpose(static_cast<int>(points), channels, turned, S::lanes, out, p.points());
  }
}

}  // namespace

template <class T>
void conv_winograd(Context& context, const ConvGeometry& g, const T* x, const T* w, std::ptrdiff_t out,
                   std::ptrdiff_t in, bool mirrored, const T* bias, T* y) {
  // No sum goes over tiles, so the cut may follow the number of threads: all of them get some.
  const std::int64_t all_tiles =
      std::int64_t{g.batch} * ((g.out_size[1] + kTileOut - 1) / kTileOut) * ((g.out_size[2] + kTileOut - 1) / kTileOut);
  const Units units = Units::of(g, std::clamp<std::int64_t>(all_tiles / context.threads(), 8, kFewestTiles), T());
  const Planes from{g.in, g.size[1], g.size[2], g.padding[1], units.tile_columns};
  const Planes to{g.out, g.out_size[1], g.out_size[2], 0, units.tile_columns};
  const Terms of_x = Terms::of(g.in, units.tiles(), T()), of_y = Terms::of(g.out, units.tiles(), T());
  const Terms of_w{of_y.channels, std::ptrdiff_t{g.in} * of_y.channels};
  const Scratch<T> kernel(context.memory(), of_w.size() + static_cast<std::size_t>(of_w.channels));
  kernel_terms(context, g, w, out, in, mirrored, of_w, kernel.data());
  T* start = kernel.data() + of_w.size();
  std::fill_n(start, of_w.channels, T(0));
  if (bias) std::copy_n(bias, g.out, start);

  const int pieces = (g.in + kSum - 1) / kSum, piece = (g.in + pieces - 1) / pieces;
  const std::size_t turned =
      std::max(from.turned_size(units.rows, kTileIn, T()), to.turned_size(units.rows, kTileOut, T()));
  const std::int64_t work = std::int64_t{kTerms} * units.tiles() * g.in * g.out;
  context.parallel_with_scratch<T>(
      units.count, 1 + 100000 / (work + 1), of_x.size() + of_y.size() + turned,
      [&](std::int64_t begin, std::int64_t end, T* scratch) {
        T *terms = scratch, *sums = terms + of_x.size(), *rows = sums + of_y.size();
        for (std::int64_t u = begin; u < end; ++u) {
          const UnitTiles at = units.at(u, g.batch);
          for (std::int64_t b = at.b0; b < at.b1; ++b)
            to_terms<typename Winograd<T>::Input>(from, x + b * g.in * from.points(), at.r0, at.r1, rows, of_x,
                                                  static_cast<int>(b - at.b0) * at.tiles, terms);
          for (int k = 0; k < kTerms; ++k)
            for (int i0 = 0; i0 < g.in; i0 += piece) {
              const int depth = std::min(piece, g.in - i0);
              const T *a = terms + k * of_x.term + i0, *c = kernel.data() + k * of_w.term + i0 * of_w.channels;
              T* sum = sums + k * of_y.term;
              if (i0 == 0)
                gemm(at.all(), of_y.channels, depth, a, of_x.channels, 1, c, of_w.channels, sum, of_y.channels, false);
              else
                gemm_add(at.all(), of_y.channels, depth, a, of_x.channels, 1, c, of_w.channels, sum, of_y.channels);
            }
          for (std::int64_t b = at.b0; b < at.b1; ++b)
            from_terms(to, of_y, static_cast<int>(b - at.b0) * at.tiles, sums, at.r0, at.r1, start, rows,
                       y + b * g.out * to.points());
        }
      });
}

template void conv_winograd(Context&, const ConvGeometry&, const float*, const float*, std::ptrdiff_t, std::ptrdiff_t,
                            bool, const float*, float*);
template void conv_winograd(Context&, const ConvGeometry&, const double*, const double*, std::ptrdiff_t, std::ptrdiff_t,
                            bool, const double*, double*);

}  // namespace fno::cpu
