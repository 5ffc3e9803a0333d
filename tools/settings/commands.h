#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/settings/row.h"
#include "tools/settings/settings.h"

namespace fno::settings {

/// fno simulate darcy
struct SimulateDarcyOptions : CommonOptions {
  std::string output;
  std::int64_t samples = 0, grid = 0;  ///< grid: points per side before the stride
  Interval contrast{};                 ///< the two values of the coefficient
  std::int64_t stride = 1;             ///< every stride-th node is stored; divides grid
};

enum class ProbeSource { custom, analytic, ideal_disk };
template <>
inline constexpr std::array<std::string_view, 3> kNames<ProbeSource>{"custom", "analytic", "ideal_disk"};

/// What makes a grid-lines data set, for simulate and compare. Member by member ptychography::GridLines; the seed of
/// the noise is `noise_seed`, for objects have their own fixed seeds.
struct GridLinesSettings {
  std::int64_t N = 64, gridsize = 1, size = 392, outer_offset_train = 8, outer_offset_test = 20;
  std::int64_t nimgs_train = 2, nimgs_test = 2, nimgs_validation = 0;
  double nphotons = 1e9;
  bool no_noise = false, set_phi = false;
  std::optional<std::string> probe_npz;
  std::optional<ProbeSource> probe_source;  ///< absent: custom with probe_npz, else analytic
  double probe_smoothing_sigma = 0.5;
  std::optional<double> probe_mask_diameter;
  std::optional<std::int64_t> noise_seed;
  std::optional<std::int64_t> patches_train;
};

/// fno simulate grid-lines
struct SimulateGridLinesOptions : CommonOptions, GridLinesSettings {
  std::string output;
};

enum class Weights { last, best };
template <>
inline constexpr std::array<std::string_view, 2> kNames<Weights>{"last", "best"};

/// fno evaluate
struct EvaluateOptions : CommonOptions {
  std::string run, data;
  Weights weights = Weights::last;
  std::optional<std::string> output;  ///< JSON file for the metrics, beside the standard output
};

/// fno inspect
struct InspectOptions : CommonOptions {
  std::string path;
};

/// fno devices
struct DevicesOptions : CommonOptions {};

[[nodiscard]] std::vector<Row<SimulateDarcyOptions>> simulate_darcy_rows();
[[nodiscard]] std::vector<Row<SimulateGridLinesOptions>> simulate_grid_lines_rows();
[[nodiscard]] std::vector<Row<EvaluateOptions>> evaluate_rows();
[[nodiscard]] std::vector<Row<InspectOptions>> inspect_rows();
[[nodiscard]] std::vector<Row<DevicesOptions>> devices_rows();

/// Rules between the flags. Errors: config.
void check_together(const SimulateDarcyOptions& options);
void check_together(const GridLinesSettings& options);

/// The rows of GridLinesSettings bound to `Options`, which derives from it.
template <class Options>
[[nodiscard]] std::vector<Row<Options>> grid_lines_rows(const std::string& noise_seed_text) {
  using O = Options;
  constexpr double kMost = 1 << 20, kLargestSeed = 9007199254740991.0;
  return {
      bind<O, &O::N>({.key = "N",
                      .rule = integer(2, 4096),
                      .fallback = std::int64_t{64},
                      .help = "side of a patch and of the detector"}),
      bind<O, &O::gridsize>({.key = "gridsize",
                             .rule = integer(1, 2),
                             .fallback = std::int64_t{1},
                             .help = "patches of a group, squared; only 1 can be made"}),
      bind<O, &O::size>(
          {.key = "size", .rule = integer(2, 65536), .fallback = std::int64_t{392}, .help = "side of an object"}),
      bind<O, &O::outer_offset_train>({.key = "outer_offset_train",
                                       .rule = integer(2, kMost),
                                       .fallback = std::int64_t{8},
                                       .help = "twice the step of the training scan"}),
      bind<O, &O::outer_offset_test>({.key = "outer_offset_test",
                                      .rule = integer(2, kMost),
                                      .fallback = std::int64_t{20},
                                      .help = "twice the step of the test scan"}),
      bind<O, &O::nimgs_train>(
          {.key = "nimgs_train", .rule = integer(1, kMost), .fallback = std::int64_t{2}, .help = "training objects"}),
      bind<O, &O::nimgs_test>(
          {.key = "nimgs_test", .rule = integer(1, kMost), .fallback = std::int64_t{2}, .help = "test objects"}),
      bind<O, &O::nimgs_validation>({.key = "nimgs_validation",
                                     .rule = integer(0, kMost),
                                     .fallback = std::int64_t{0},
                                     .help = "objects of a third split"}),
      bind<O, &O::nphotons>(
          {.key = "nphotons", .rule = above(0), .fallback = 1e9, .help = "mean photons of a training pattern"}),
      bind<O, &O::no_noise>(
          {.key = "no_noise", .rule = toggle(), .fallback = false, .help = "mean counts instead of Poisson counts"}),
      bind<O, &O::set_phi>({.key = "set_phi", .rule = toggle(), .fallback = false, .help = "objects with a phase"}),
      bind<O, &O::probe_npz>({.key = "probe_npz",
                              .rule = path(),
                              .help = "measured probe: array probeGuess (N, N)",
                              .metavar = "FILE.npz",
                              .fallback_text = "none"}),
      bind<O, &O::probe_source>({.key = "probe_source",
                                 .rule = names_of<ProbeSource>(),
                                 .help = "where the probe comes from",
                                 .fallback_text = "custom with --probe-npz, else analytic"}),
      bind<O, &O::probe_smoothing_sigma>({.key = "probe_smoothing_sigma",
                                          .rule = at_least(0),
                                          .fallback = 0.5,
                                          .help = "pixels; of a measured probe's amplitude"}),
      bind<O, &O::probe_mask_diameter>({.key = "probe_mask_diameter",
                                        .rule = above(0),
                                        .help = "pixels; the probe is zero outside",
                                        .fallback_text = "no mask"}),
      bind<O, &O::noise_seed>({.key = "noise_seed",
                               .rule = integer(0, kLargestSeed),
                               .help = "of the counts and of --patches-train; objects have fixed seeds",
                               .fallback_text = noise_seed_text}),
      bind<O, &O::patches_train>({.key = "patches_train",
                                  .rule = integer(1, 10000000),
                                  .help = "keep this many training patches, drawn at random",
                                  .fallback_text = "all"}),
  };
}

}  // namespace fno::settings
