#pragma once

#include <array>
#include <vector>

#include "framework/kernels/scalar.h"

namespace fno {

/// Which frequencies of a grid a spectral layer keeps, and which weight acts on each. One structure serves every mode
/// convention: they differ in these lists alone. Immutable; backends cache their tables by its contents.
struct ModeSet {
  std::array<int, kGridAxes> size{1, 1, 1};  ///< points an axis, padded in front with ones
  std::array<std::vector<int>, kGridAxes> frequency{
      ///< kept signed frequencies an axis, in cycles across the grid;
      std::vector{0}, std::vector{0}, std::vector{0}};  ///< on the last axis 0 … size/2, each once
  std::vector<int> weight_index;                        ///< (n) for each kept mode, row-major, its row in the weights
  int weight_modes = 0;                                 ///< N >= n, rows of the weights

  [[nodiscard]] int count() const {
    return static_cast<int>(frequency[0].size() * frequency[1].size() * frequency[2].size());
  }
  [[nodiscard]] std::int64_t points() const { return std::int64_t{size[0]} * size[1] * size[2]; }
};

/// x_hat[k,b,c] = scale · c(k) · Σ_p x[b,c,p] exp(-iθ(k,p)),  θ = 2π Σ_axes k_a p_a / n_a,
/// c(k) = 1 unless `weighted`: then 1 where the last frequency is 0 or half of an even size, else 2.
/// Spectra are mode-major, so that mixing is a dense product for each mode.
template <class T>
struct Analyse {
  const ModeSet* modes;
  const T* x;         // (B, C, size)
  Complex<T>* x_hat;  // (n, B, C)
  int batch, channels;
  T scale;
  bool weighted;
};

/// y[b,c,p] (+)= scale · Σ_k c(k) · Re(y_hat[k,b,c] · exp(+iθ(k,p))). With `weighted` and scale 1/P this inverts the
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
