#pragma once

#include <optional>

#include "cuda/context.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/spectral.h"

namespace fno::cuda::CU_TARGET {

/// A synthesis up to its last axis: the spectra of the grid's rows. What is left is, for each row r of a plane,
/// y[plane, r, p] = scale · Σ_m Re(spectra[r, m, plane] · conj(waves[m, p])).
template <class T>
class RowSpectra {
 public:
  RowSpectra(Context& context, const Synthesise<T>& j);

  const Complex<T>* spectra;  // (rows, modes, planes); j.y_hat itself where there is no other axis
  const Complex<T>* waves;    // (modes, points)
  int planes, rows, modes, points;

 private:
  std::optional<Scratch<Complex<T>>> first_, second_;
};

/// Analyses GELU'(z)·dy in the pass that makes it: j.x = activation.dx is written. False, and nothing done, where the
/// modes of the last axis would need more than one pass over z and dy.
template <class T>
[[nodiscard]] bool analyse_activation_grad(Context& context, const UnaryBackward<T>& activation, const Analyse<T>& j);

}  // namespace fno::cuda::CU_TARGET
