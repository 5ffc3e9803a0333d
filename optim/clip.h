#pragma once

#include "framework/autograd/parameter.h"
#include "framework/names.h"

namespace fno {

enum class ClipRule {
  norm,      ///< all gradients times min(1, v/(T + 1e-6)), T the norm over all tensors
  value,     ///< every component (each part of a complex one) clamped to [-v, v]
  agc,       ///< adaptive, per tensor: where ‖g‖ > v·max(‖w‖, 1e-3), scaled down to it
  agc_unit,  ///< the same per output unit (Brock et al. 2021); tensors of one axis as a whole
};
template <>
inline constexpr std::array<std::string_view, 4> kNames<ClipRule>{"norm", "value", "agc", "agc_unit"};

struct ClipSettings {
  ClipRule rule = ClipRule::norm;
  double value = 0;  ///< v; 0 is off
};

/// Clips gradients in place, or for `norm` leaves a factor on the device that the optimiser multiplies in, so that the
/// common rule costs no pass of its own and no synchronisation.
class GradientClip {
 public:
  explicit GradientClip(ClipSettings settings) : settings_(settings) {}
  [[nodiscard]] bool active() const { return settings_.value > 0; }
  [[nodiscard]] const ClipSettings& settings() const { return settings_; }

  /// `norm`: grad_norm of the parameters, for a caller that has it anyway; else it is computed where the rule asks for
  /// it. Returns the factor (one float64 on the device), undefined where there is none.
  [[nodiscard]] Tensor apply(const std::vector<Parameter>& parameters, const Tensor& norm = {}) const;

 private:
  ClipSettings settings_;
};

/// Norm over all gradients, one float64 on the device.
[[nodiscard]] Tensor grad_norm(const std::vector<Parameter>& parameters);

}  // namespace fno
