#pragma once

#include <string>
#include <vector>

#include "tools/settings/arguments.h"
#include "tools/settings/row.h"
#include "tools/tasks/ptychography/grid_lines.h"

namespace fno::ptychography {

/// The flags of a grid-lines data set, bound to the GridLines at the end of `Path`.
template <class Options, auto... Path>
std::vector<settings::Row<Options>> grid_lines_rows(const std::string& noise_seed_text) {
  using G = GridLines;
  using settings::flag, settings::integer, settings::above, settings::toggle;
  constexpr double kMost = 1 << 20;
  settings::Row<Options> no_noise = flag<Options, Path..., &G::noise>(
      {.key = "no_noise", .rule = toggle(), .help = "mean counts instead of Poisson counts", .fallback_text = "off"});
  no_noise.set = [](Options& options, const settings::Value& value) {
    (options.*....*Path).noise = !std::get<bool>(value);
  };
  return {
      flag<Options, Path..., &G::N>(
          {.key = "N", .rule = integer(2, 4096), .help = "side of a patch and of the detector"}),
      flag<Options, Path..., &G::gridsize>(
          {.key = "gridsize", .rule = integer(1, 2), .help = "patches of a group, squared; only 1 can be made"}),
      flag<Options, Path..., &G::size>({.key = "size", .rule = integer(2, 65536), .help = "side of an object"}),
      flag<Options, Path..., &G::outer_offset_train>(
          {.key = "outer_offset_train", .rule = integer(2, kMost), .help = "twice the step of the training scan"}),
      flag<Options, Path..., &G::outer_offset_test>(
          {.key = "outer_offset_test", .rule = integer(2, kMost), .help = "twice the step of the test scan"}),
      flag<Options, Path..., &G::nimgs_train>(
          {.key = "nimgs_train", .rule = integer(1, kMost), .help = "training objects"}),
      flag<Options, Path..., &G::nimgs_test>({.key = "nimgs_test", .rule = integer(1, kMost), .help = "test objects"}),
      flag<Options, Path..., &G::nimgs_validation>(
          {.key = "nimgs_validation", .rule = integer(0, kMost), .help = "objects of a third split"}),
      flag<Options, Path..., &G::nphotons>(
          {.key = "nphotons", .rule = above(0), .help = "mean photons of a training pattern"}),
      std::move(no_noise),
      flag<Options, Path..., &G::set_phi>({.key = "set_phi", .rule = toggle(), .help = "objects with a phase"}),
      flag<Options, Path..., &G::probe_npz>({.key = "probe_npz",
                                             .rule = settings::path(),
                                             .help = "measured probe: array probeGuess (N, N)",
                                             .metavar = "FILE.npz",
                                             .fallback_text = "none"}),
      flag<Options, Path..., &G::probe_source>({.key = "probe_source",
                                                .rule = settings::names_of<ProbeSource>(),
                                                .help = "where the probe comes from",
                                                .fallback_text = "custom with --probe-npz, else analytic"}),
      flag<Options, Path..., &G::probe_smoothing_sigma>({.key = "probe_smoothing_sigma",
                                                         .rule = settings::at_least(0),
                                                         .help = "pixels; of a measured probe's amplitude"}),
      flag<Options, Path..., &G::probe_mask_diameter>({.key = "probe_mask_diameter",
                                                       .rule = above(0),
                                                       .help = "pixels; the probe is zero outside",
                                                       .fallback_text = "no mask"}),
      flag<Options, Path..., &G::noise_seed>({.key = "noise_seed",
                                              .rule = settings::seed(),
                                              .help = "of the counts and of --patches-train; objects have fixed seeds",
                                              .fallback_text = noise_seed_text}),
      flag<Options, Path..., &G::patches_train>({.key = "patches_train",
                                                 .rule = integer(1, 10000000),
                                                 .help = "keep this many training patches, drawn at random",
                                                 .fallback_text = "all"}),
  };
}

/// Fills in what was not given and follows from the rest: the probe's source, and `noise_seed` for the seed of the
/// noise. Errors: config, for a source and a file that do not go together.
void complete(GridLines& data, const std::vector<settings::Given>& given, std::int64_t noise_seed);

}  // namespace fno::ptychography
