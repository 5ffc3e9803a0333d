#pragma once

#include <optional>

#include "models/layers.h"
#include "models/network_config.h"

namespace fno {

/// (B, C, n…) and (B, C, n…) → (B, 2C, n…): amplitude·cos(phase), then amplitude·sin(phase).
[[nodiscard]] Var from_polar(const Var& amplitude, const Var& phase);
/// π·tanh(x).
[[nodiscard]] Var phase_of(const Var& x);

/// 1×1 from `width` to real and imaginary parts (B, 2C, N, N) in every mode: channels 0 … C-1 real, C … 2C-1
/// imaginary. Parameters output_proj, or in amp_phase output_proj.amplitude and output_proj.phase. Shows `output`.
class OutputHead {
 public:
  OutputHead(ParameterStore& store, int width, int channels, OutputMode mode);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  int channels_;
  OutputMode mode_;
  ConvLayer first_;                  // 2C maps, or the amplitude
  std::optional<ConvLayer> second_;  // the phase, where it has a head of its own
};

}  // namespace fno
