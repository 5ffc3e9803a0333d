#pragma once

#include <cstdint>

#include "cuda/context.h"
#include "framework/kernels/conv.h"

namespace fno::cuda::CU_TARGET {

/// y = w·x + bias at every point, a convolution of kernel 1, and in the same pass the last step of a synthesis along
/// the points of each row, and GELU of it all:
///
///     y[b,o,h,p] = Σ_c w[o,c]·x[b,c,h,p] + bias[o] + scale·Σ_m Re(spectra[h,m,b,o]·conj(waves[m,p]))
template <class T>
struct PointwiseConv {
  const T* x;  // (B, Ci, rows, points)
  const T* w;  // element (o, c) at w[o·w_out + c·w_in]
  std::int64_t w_out, w_in;
  const T* bias;              // (Co) or null
  const Complex<T>* spectra;  // (rows, modes, B·Co), not read if modes is 0
  const Complex<T>* waves;    // (modes, points)
  T scale;
  T* y;          // (B, Co, rows, points)
  T* activated;  // GELU(y), of the same shape, or null
  int batch, in, out, rows, points, modes;
};

[[nodiscard]] inline bool is_pointwise(const ConvGeometry& g) {
  for (int a = 0; a < kGridAxes; ++a)
    if (g.kernel[a] != 1 || g.stride[a] != 1 || g.padding[a] != 0) return false;
  constexpr std::int64_t kMostPoints = 0x7fffff00;  // of a sample: counted by int, a ragged last tile included
  return g.points() <= kMostPoints;
}

/// The convolution, or its gradient in x, of a pointwise geometry without a synthesis.
template <class T>
[[nodiscard]] PointwiseConv<T> pointwise_of(const Conv<T>& j);
template <class T>
[[nodiscard]] PointwiseConv<T> pointwise_of(const ConvInputGrad<T>& j);

/// Whether the weights and waves of a block fit in shared memory; if not, other kernels have to do.
template <class T>
[[nodiscard]] bool fits(const PointwiseConv<T>& j);

template <class T>
void run(Context& context, const PointwiseConv<T>& j);

}  // namespace fno::cuda::CU_TARGET
