#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "framework/autograd/var.h"
#include "framework/names.h"

namespace fno {

/// Which frequencies a spectral layer keeps; m is the number of modes an axis, n the points.
enum class ModeConvention {
  corner,  ///< every axis 0 … m-1, on small grids capped at n (last axis n/2+1). Weights: one block of mᵈ
  classic,  ///< leading axes 0 … m-1 and -m … -1, last axis 0 … m-1. Weights: 2^(d-1) blocks of mᵈ (Li et al. 2020)
  centered,  ///< leading axes -⌊m/2⌋ … m-⌊m/2⌋-1, last axis 0 … ⌊m/2⌋; on small grids the central ones. One block
};
template <>
inline constexpr std::array<std::string_view, 3> kNames<ModeConvention>{"corner", "classic", "centered"};

/// A value for all axes of a grid alike, or one an axis, outermost first.
template <class T>
class PerAxis {
 public:
  PerAxis(T all) : values_{all} {}
  explicit PerAxis(std::vector<T> each) : values_(std::move(each)) {
    if (std::ranges::count(values_, values_.front()) == std::ssize(values_)) values_.resize(1);
  }
  /// Where there is one for all, that.
  operator T() const { return values_.front(); }
  [[nodiscard]] T of(std::size_t axis) const { return values_.size() == 1 ? values_.front() : values_.at(axis); }
  [[nodiscard]] const std::vector<T>& values() const { return values_; }
  [[nodiscard]] bool fits(std::size_t axes) const { return values_.size() == 1 || values_.size() == axes; }

 private:
  std::vector<T> values_;
};

/// Rows of the weights an axis, outermost first, in the order they are stored and saved in: with `dims` axes and m
/// modes. classic: leading axes 2m (first 0 … m-1, then -m … -1), last m. corner: m. centered: leading m, last ⌊m/2⌋+1.
[[nodiscard]] std::vector<std::int64_t> weight_modes(ModeConvention convention, int dims, const PerAxis<int>& modes);

/// The frequencies kept on a grid of 1 to 3 axes, and the weight row of each. Those that a grid lacks are left out:
/// their rows are idle there. Errors: config unless there is at least one mode, and one number for all axes or one an
/// axis.
///
/// `padding` > 0 takes waves that are periodic on (1 + padding) times the domain, for functions that are not periodic,
/// and makes the transform an integral over the domain [0, 1) with nodes i/n: the trapezoidal rule, so that the same
/// weights mean the same operator on every grid up to O(1/n²). No padded point is ever stored.
///
/// `ends`: the nodes are i/(n-1), both ends of the domain among them. The sum is the trapezoidal rule whatever the
/// padding: without any, the last point is the first one once more, and each has half the weight.
[[nodiscard]] std::shared_ptr<const ModeSet> make_modes(ModeConvention convention, const std::vector<int>& grid,
                                                        const PerAxis<int>& modes, const PerAxis<double>& padding = 0.0,
                                                        bool ends = false);

/// Steps of an axis of n points that make up the domain: n, or with both ends among them n-1, at least 1. Point i lies
/// at i over that.
[[nodiscard]] constexpr std::int64_t grid_steps(std::int64_t n, bool ends) {
  return ends ? std::max<std::int64_t>(n - 1, 1) : n;
}

/// The most modes of which none is left out on an axis of n steps (grid_steps): classic n/2 on leading axes, at least
/// 1, and n/2+1 on the last; centered n; no limit for corner.
[[nodiscard]] int most_modes(ModeConvention convention, int n, bool last_axis);

/// Steps by which `padding` lengthens the period of an axis of n steps: padding·n, rounded.
[[nodiscard]] int padded_points(double padding, int n);

/// Mixes channels frequency by frequency and returns to the grid:
///
///     y[o] = irfftn( Σ_i weight[k, i, o] · rfftn(x[i])[k] on the kept modes k, 0 elsewhere )
///
/// Shapes  x (B, Ci, n…) · weight (N, Ci, Co) complex, mode-major · result (B, Co, n…)
/// Scale   rfftn is unnormalised, irfftn divides by the number of points. The result of a non-Hermitian spectrum is
///         defined at Synthesise, for every size, even and odd.
/// Memory  backward keeps the kept modes of x: n·B·Ci complex numbers.
/// Source  Li et al., Fourier Neural Operator for Parametric PDEs, ICLR 2021, section 4.
[[nodiscard]] Var spectral_conv(const Var& x, const Var& weight, const std::shared_ptr<const ModeSet>& modes);

/// The linear part of a Fourier layer, spectral_conv(x) + conv(x) + bias, as one unit: the inverse transform adds into
/// what the convolution wrote, and backward the same way, so neither sum is a pass of its own.
/// conv_weight (Co, Ci, k…) with an odd kernel, padded to keep the grid (zeros outside); bias (Co).
[[nodiscard]] Var fourier_layer(const Var& x, const Var& weight, const Var& conv_weight, const Var& bias,
                                const std::shared_ptr<const ModeSet>& modes);

/// GELU(fourier_layer(…)), activated while the layer's values are in the cache.
struct ActivatedLayer {
  Var z;  ///< what the layer gave, a constant to the derivative
  Var y;  ///< GELU(z)
};
[[nodiscard]] ActivatedLayer fourier_layer_gelu(const Var& x, const Var& weight, const Var& conv_weight,
                                                const Var& bias, const std::shared_ptr<const ModeSet>& modes);

}  // namespace fno
