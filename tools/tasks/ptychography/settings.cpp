#include "tools/tasks/ptychography/settings.h"

namespace fno::ptychography {
namespace {

ProbeSource source_of(const settings::GridLinesSettings& flags) {
  if (!flags.probe_source) return flags.probe_npz ? ProbeSource::custom : ProbeSource::analytic;
  switch (*flags.probe_source) {
    case settings::ProbeSource::custom: return ProbeSource::custom;
    case settings::ProbeSource::analytic: return ProbeSource::analytic;
    case settings::ProbeSource::ideal_disk: break;
  }
  return ProbeSource::ideal_disk;
}

std::optional<int> small(const std::optional<std::int64_t>& value) {
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

}  // namespace

GridLines grid_lines(const settings::GridLinesSettings& flags, std::int64_t noise_seed) {
  return {.N = static_cast<int>(flags.N),
          .gridsize = static_cast<int>(flags.gridsize),
          .size = static_cast<int>(flags.size),
          .outer_offset_train = static_cast<int>(flags.outer_offset_train),
          .outer_offset_test = static_cast<int>(flags.outer_offset_test),
          .nimgs_train = static_cast<int>(flags.nimgs_train),
          .nimgs_test = static_cast<int>(flags.nimgs_test),
          .nimgs_validation = static_cast<int>(flags.nimgs_validation),
          .nphotons = flags.nphotons,
          .noise = !flags.no_noise,
          .set_phi = flags.set_phi,
          .probe_source = source_of(flags),
          .probe_npz = flags.probe_npz,
          .probe_smoothing_sigma = flags.probe_smoothing_sigma,
          .probe_mask_diameter = flags.probe_mask_diameter,
          .noise_seed = static_cast<std::uint64_t>(flags.noise_seed.value_or(noise_seed)),
          .patches_train = small(flags.patches_train)};
}

}  // namespace fno::ptychography
