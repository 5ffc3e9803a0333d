#include <algorithm>
#include <array>

#include "framework/cpu/context.h"
#include "framework/cpu/fft.h"

namespace fno::cpu {
namespace {

// c(k) of a column of a half spectrum: how many of the full spectrum's it stands for.
template <class T>
T column_weight(int column, int n) {
  return column == 0 || 2 * column == n ? T(1) : T(2);
}

std::int64_t points_of(const int size[]) { return std::int64_t{size[0]} * size[1] * size[2]; }

}  // namespace

template <class T>
void execute(Context& context, const Rfft<T>& j) {
  const std::array<int, 3> shape{j.size[0], j.size[1], j.size[2]};
  const std::int64_t points = points_of(j.size), columns = shape[2] / 2 + 1;
  const std::int64_t spectrum = points / shape[2] * columns;
  context.parallel_with_scratch<std::complex<T>>(
      j.planes, 1 + 4096 / points, fft_workspace<T>(shape),
      [&](std::int64_t first, std::int64_t last, std::complex<T>* scratch) {
        for (std::int64_t plane = first; plane < last; ++plane) {
          auto* out = reinterpret_cast<std::complex<T>*>(j.x_hat + plane * spectrum);
          rfft<T>(shape, j.x + plane * points, out, scratch);
          for (std::int64_t i = 0; i < spectrum; ++i)
            out[i] *= j.weighted ? j.scale * column_weight<T>(static_cast<int>(i % columns), shape[2]) : j.scale;
        }
      });
}

template <class T>
void execute(Context& context, const Irfft<T>& j) {
  const std::array<int, 3> shape{j.size[0], j.size[1], j.size[2]};
  const std::int64_t points = points_of(j.size), columns = shape[2] / 2 + 1;
  const std::int64_t spectrum = points / shape[2] * columns;
  const std::size_t work = fft_workspace<T>(shape);
  context.parallel_with_scratch<std::complex<T>>(
      j.planes, 1 + 4096 / points, work + static_cast<std::size_t>(spectrum),
      [&](std::int64_t first, std::int64_t last, std::complex<T>* scratch) {
        std::complex<T>* in = scratch + work;
        for (std::int64_t plane = first; plane < last; ++plane) {
          const auto* from = reinterpret_cast<const std::complex<T>*>(j.x_hat + plane * spectrum);
          // The inverse counts inner columns twice by itself; unweighted asks for once.
          for (std::int64_t i = 0; i < spectrum; ++i)
            in[i] =
                from[i] * (j.weighted ? j.scale : j.scale / column_weight<T>(static_cast<int>(i % columns), shape[2]));
          irfft<T>(shape, in, j.x + plane * points, scratch, FftScale::none);
        }
      });
}

template <class T>
void execute(Context& context, const Fft<T>& j) {
  const std::array<int, 3> shape{j.size[0], j.size[1], j.size[2]};
  const std::int64_t points = points_of(j.size);
  context.parallel_with_scratch<std::complex<T>>(
      j.planes, 1 + 4096 / points, fft_workspace<T>(shape),
      [&](std::int64_t first, std::int64_t last, std::complex<T>* scratch) {
        for (std::int64_t plane = first; plane < last; ++plane) {
          const auto* in = reinterpret_cast<const std::complex<T>*>(j.x + plane * points);
          auto* out = reinterpret_cast<std::complex<T>*>(j.y + plane * points);
          if (j.inverse)
            cfft_inverse<T>(shape, in, out, scratch, FftScale::none);
          else
            cfft_forward<T>(shape, in, out, scratch);
          if (j.scale != 1)
            for (std::int64_t i = 0; i < points; ++i) out[i] *= j.scale;
        }
      });
}

FNO_INSTANTIATE(Rfft);
FNO_INSTANTIATE(Irfft);
FNO_INSTANTIATE(Fft);

}  // namespace fno::cpu
