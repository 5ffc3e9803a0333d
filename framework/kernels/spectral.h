#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "framework/kernels/scalar.h"

namespace fno {

/// Which frequencies of a grid a spectral layer keeps, and which weight acts on each. One structure serves every mode
/// convention: they differ in these lists alone. Immutable; backends cache their tables by its contents.
struct ModeSet {
  std::array<int, kGridAxes> size{1, 1, 1};  ///< points an axis, padded in front with ones
  /// Steps that one cycle of frequency 1 spans: >= size, or size - 1 where first and last point are the same one. A
  /// longer period is what zeros behind the grid would give, at no cost: they are neither stored nor multiplied.
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
  /// A line of an axis as products with real tables: rows of cosines and of sines of the distinct |k| (0 has no sine).
  /// Sums and differences of the points about the middle of the axis halve the products; if the period is the even
  /// number of points, those about the quarter points, which even and odd k take with opposite signs, halve them again.
  struct LineWork {
    std::int64_t rows, flop;
  };
  [[nodiscard]] LineWork line_work(std::size_t axis) const {
    const std::int64_t n = size[axis];
    const bool twice = folds_twice(axis);
    const std::int64_t half = (n + 1) / 2, pairs = n / 2, quarter = (half + 1) / 2, quarter_pairs = half / 2;
    LineWork w{0, twice ? 2 * n : n};
    for (auto k = frequency[axis].begin(); k != frequency[axis].end(); ++k) {
      const auto same = [k](int other) { return other == *k || other == -*k; };
      if (std::any_of(frequency[axis].begin(), k, same)) continue;
      const bool even = *k % 2 == 0;
      w.rows += *k == 0 ? 1 : 2;
      w.flop += 2 * (!twice ? half : even ? quarter : quarter_pairs);
      if (*k != 0) w.flop += 2 * (!twice ? pairs : even ? quarter_pairs : quarter);
    }
    return w;
  }
  [[nodiscard]] bool folds_twice(std::size_t axis) const {
    return size[axis] % 2 == 0 && size[axis] > 2 && period[axis] == size[axis];
  }
  /// Flop of one plane's transform, either way: the slowest axis first, so that few lines are left for the next.
  [[nodiscard]] std::int64_t transform_flop() const {
    std::int64_t flop = 0, rows = 1, inner = points();
    for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
      inner /= size[axis];
      if (size[axis] == 1 && axis + 1 < kGridAxes) continue;
      const LineWork line = line_work(axis);
      flop += rows * inner * line.flop;
      rows *= line.rows;
    }
    return flop;
  }
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
  [[nodiscard]] Work work() const {
    const std::int64_t planes = std::int64_t{batch} * channels;
    return work_on<T>(planes * modes->points(), 2 * planes * modes->count(), planes * modes->transform_flop());
  }
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
  [[nodiscard]] Work work() const {
    const std::int64_t planes = std::int64_t{batch} * channels, field = planes * modes->points();
    return work_on<T>(2 * planes * modes->count() + (accumulate ? field : 0), field, planes * modes->transform_flop());
  }
};

template <class T>
struct MixChannels {  // y[m,b,o] = Σ_i x[m,b,i] · w[weight_index[m],i,o]
  const ModeSet* modes;
  const Complex<T>* x;  // (n, B, Ci)
  const Complex<T>* w;  // (N, Ci, Co)
  Complex<T>* y;        // (n, B, Co)
  int batch, in, out;
  [[nodiscard]] Work work() const {
    const std::int64_t n = modes->count();
    return work_on<Complex<T>>(n * batch * in + n * in * out, n * batch * out, 8 * n * batch * in * out);
  }
};

template <class T>
struct MixInputGrad {  // dx[m,b,i] = Σ_o dy[m,b,o] · conj(w[weight_index[m],i,o])
  const ModeSet* modes;
  const Complex<T>* dy;  // (n, B, Co)
  const Complex<T>* w;   // (N, Ci, Co)
  Complex<T>* dx;        // (n, B, Ci)
  int batch, in, out;
  [[nodiscard]] Work work() const {
    const std::int64_t n = modes->count();
    return work_on<Complex<T>>(n * batch * out + n * in * out, n * batch * in, 8 * n * batch * in * out);
  }
};

template <class T>
struct MixWeightGrad {  // dw[weight_index[m],i,o] = Σ_b conj(x[m,b,i]) · dy[m,b,o]; 0 in the rows no mode uses
  const ModeSet* modes;
  const Complex<T>* x;   // (n, B, Ci)
  const Complex<T>* dy;  // (n, B, Co)
  Complex<T>* dw;        // (N, Ci, Co), overwritten
  int batch, in, out;
  [[nodiscard]] Work work() const {
    const std::int64_t n = modes->count();
    return work_on<Complex<T>>(n * batch * in + n * batch * out, std::int64_t{modes->weight_modes} * in * out,
                               8 * n * batch * in * out);
  }
};

#define FNO_SPECTRAL_JOBS(X) X(Analyse) X(Synthesise) X(MixChannels) X(MixInputGrad) X(MixWeightGrad)

}  // namespace fno
