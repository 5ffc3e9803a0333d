#pragma once

#include <array>
#include <vector>

#include "framework/kernels/scalar.h"

namespace fno {

/// Which frequencies of a grid a spectral layer keeps, and which weight acts on each. One structure serves every mode
/// convention: they differ in these lists alone. Immutable; backends cache their tables by its contents.
struct ModeSet {
  std::array<int, kGridAxes> size{1, 1, 1};  ///< points an axis, padded in front with ones
  /// Points that one cycle of frequency 1 spans, >= size. A longer period is what zeros behind the grid would give, at
  /// no cost: they are neither stored nor multiplied.
  std::array<int, kGridAxes> period{1, 1, 1};
  /// Weights of the points in the sum of an analysis, empty for ones. See Analyse.
  std::array<std::vector<double>, kGridAxes> quadrature{};
  std::array<std::vector<int>, kGridAxes> frequency{
      ///< kept signed frequencies an axis, in cycles across the period;
      std::vector{0}, std::vector{0}, std::vector{0}};  ///< on the last axis 0 … period/2, each once
  std::vector<int> weight_index;                        ///< (n) for each kept mode, row-major, its row in the weights
  int weight_modes = 0;                                 ///< N >= n, rows of the weights

  [[nodiscard]] int count() const {
    return static_cast<int>(frequency[0].size() * frequency[1].size() * frequency[2].size());
  }
  [[nodiscard]] std::int64_t points() const { return std::int64_t{size[0]} * size[1] * size[2]; }
  [[nodiscard]] std::int64_t period_points() const { return std::int64_t{period[0]} * period[1] * period[2]; }
};

/// x_hat[k,b,c] = scale · Σ_p w(k,p) x[b,c,p] exp(-iθ(k,p)),  θ = 2π Σ_axes k_a p_a / period_a.
/// w is the product of the axes' quadrature weights at p, or if `weighted` c(k): 1 where the last frequency is 0 or
/// half of an even period, else 2. Spectra are mode-major, so that mixing is a dense product for each mode.
template <class T>
struct Analyse {
  const ModeSet* modes;
  const T* x;         // (B, C, size)
  Complex<T>* x_hat;  // (n, B, C)
  int batch, channels;
  T scale;
  bool weighted;
};

/// y[b,c,p] (+)= scale · Σ_k w(k,p) · Re(y_hat[k,b,c] · exp(+iθ(k,p))). With `weighted` and scale 1/P this inverts the
/// leading axes first and then the last one, ignoring the imaginary parts of column 0 and of the Nyquist column
/// there: the one meaning of the inverse of a non-Hermitian spectrum, for every size.
/// Analyse(weighted) is the adjoint of Synthesise(weighted), and unweighted of unweighted.
template <class T>
struct Synthesise {
  const ModeSet* modes;
  const Complex<T>* y_hat;  // (n, B, C)
  T* y;                     // (B, C, size)
  int batch, channels;
  T scale;
  bool weighted, accumulate;
};

template <class T>
struct MixChannels {  // y[m,b,o] = Σ_i x[m,b,i] · w[weight_index[m],i,o]
  const ModeSet* modes;
  const Complex<T>* x;  // (n, B, Ci)
  const Complex<T>* w;  // (N, Ci, Co)
  Complex<T>* y;        // (n, B, Co)
  int batch, in, out;
};

template <class T>
struct MixInputGrad {  // dx[m,b,i] = Σ_o dy[m,b,o] · conj(w[weight_index[m],i,o])
  const ModeSet* modes;
  const Complex<T>* dy;  // (n, B, Co)
  const Complex<T>* w;   // (N, Ci, Co)
  Complex<T>* dx;        // (n, B, Ci)
  int batch, in, out;
};

template <class T>
struct MixWeightGrad {  // dw[weight_index[m],i,o] = Σ_b conj(x[m,b,i]) · dy[m,b,o]; 0 in the rows no mode uses
  const ModeSet* modes;
  const Complex<T>* x;   // (n, B, Ci)
  const Complex<T>* dy;  // (n, B, Co)
  Complex<T>* dw;        // (N, Ci, Co), overwritten
  int batch, in, out;
};

}  // namespace fno
