#pragma once

#include <vector>

#include "models/network.h"

namespace fno::test {

/// A small network of every architecture and of each of their forms, with the name of a test.
struct SmallGenerator {
  std::string name;
  NetworkConfig config;
};

[[nodiscard]] inline std::vector<SmallGenerator> small_generators() {
  std::vector<SmallGenerator> all;
  for (const Architecture& a : architectures()) {
    if (a.kind != NetworkKind::patch) continue;
    const std::string name(a.name);
    const int points = name == "cnn" ? 8 : 16;  // its widths are fixed, so its patches are small
    all.push_back(
        {name, {.architecture = name, .points = points, .width = 4, .modes = 5, .blocks = 3, .cnn_blocks = 1}});
  }
  const auto variant = [&](const std::string& name, const std::string& architecture, const auto& change) {
    for (const SmallGenerator& g : std::vector(all))
      if (g.name == architecture) {
        all.push_back({name, g.config});
        change(all.back().config);
      }
  };
  using C = NetworkConfig;
  variant("hybrid_centered", "hybrid", [](C& c) { c.spectral = ModeConvention::centered; });
  variant("hybrid_amp_phase", "hybrid", [](C& c) { c.output_mode = OutputMode::amp_phase; });
  variant("fno_logits", "fno", [](C& c) { c.output_mode = OutputMode::amp_phase_logits; });
  variant("stable_hybrid_zero_gamma", "stable_hybrid", [](C& c) { c.stable_form = StableForm::zero_gamma; });
  variant("hybrid_resnet_wide", "hybrid_resnet", [](C& c) { c.resnet_width = 8; });
  return all;
}

inline void PrintTo(const SmallGenerator& g, std::ostream* out) { *out << g.name; }

}  // namespace fno::test
