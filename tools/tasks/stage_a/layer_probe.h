#pragma once

#include <string>
#include <vector>

#include "models/model.h"
#include "tools/training/json_values.h"

namespace fno::stage_a {

/// A named map inside a forward pass (models/observer.h) of one batch (B, C, H, W).
struct MapState {
  std::string name;
  double mean = 0, std = 0;  ///< over everything
  double below_minus4 = 0;   ///< fraction of values below -4: where GELU and its derivative are zero to 1e-4
  double dead_units = 0;     ///< fraction of channels with nothing above -4
  double over_space = 0;     ///< largest max - min over the pixels of one sample and channel
  double over_samples = 0;   ///< largest max - min over the samples at one pixel of one channel
  double largest = 0;        ///< largest |value|

  /// Into a GELU.
  [[nodiscard]] bool pre_gelu() const;
  /// The map no longer depends on the input, as far as this batch can tell.
  [[nodiscard]] bool same_for_all_samples() const { return over_samples <= kConstant * largest; }
  /// And it is flat. Zero padding gives the maps behind a flat one a rim, so the sharper sign is the one above.
  [[nodiscard]] bool flat() const { return same_for_all_samples() && over_space <= kConstant * largest; }

 private:
  static constexpr double kConstant = 1e-6;
};

/// All maps of a forward pass, in its order; gradients off.
[[nodiscard]] std::vector<MapState> look_inside(const Model& model, const Tensor& batch);

/// Where the path from input to output is cut: the first map of the unbroken run of maps up to the output that are the
/// same for all samples. Empty if the output depends on the input.
[[nodiscard]] std::string first_dead_map(const std::vector<MapState>& maps);

/// Largest |∂(w·output)/∂input| for weights w drawn once, uniform in ±1: exactly 0 if no signal passes.
[[nodiscard]] double input_gradient(const Model& model, const Tensor& batch);

[[nodiscard]] training::Json maps_json(const std::vector<MapState>& maps);

}  // namespace fno::stage_a
